import type { Job } from '../../engine/job';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import type { ByteSink } from '../format';
import type { SparseSource } from './sparseSource';

/** A sparse matrix or tensor as read from a file, with what the file held beyond it. */
export interface SparseFile {
  /** Id of the format. */
  readonly format: string;
  readonly name: string;
  /** Bytes of the file itself, compressed where it is. */
  readonly size: number;
  readonly tensor: SparseTensor;
  /** Entries the file stores: those of zeros and duplicates included, mirrored ones not. */
  readonly stored: number;
  /** Stored entries that were added to another one at the same place. */
  readonly duplicates: number;
  /** Places that were stored although their value, or the sum of their values, is 0. */
  readonly zeros: number;
  /** What else was done on reading, in sentences. */
  readonly notes: readonly string[];
}

export interface SparseFormat {
  readonly id: string;
  readonly label: string;
  /** With the dot, lower case, without `.gz`. */
  readonly extensions: readonly string[];
  /** Decides by content. */
  matches(source: SparseSource): boolean | Promise<boolean>;
  /**
   * @throws FormatError naming the line or array that is wrong; UnsupportedError for what is legal
   * but not read (complex numbers, more than 2^32 indices); FileError as the file's reads.
   */
  read(source: SparseSource, job: Job): Promise<SparseFile>;
  /** @throws UsageError for a tensor the format cannot hold. */
  write?(sink: ByteSink, tensor: SparseTensor, job?: Job): Promise<void>;
}
