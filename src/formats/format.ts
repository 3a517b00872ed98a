import type { DType } from '../engine/tensor/dtype';
import type { Job } from '../engine/job';
import type { RandomAccessFile } from '../io/randomAccessFile';

/** A line of a file's tensor table. */
export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** Undefined when the product does not know the type: the tensor is listed, not the file refused. */
  readonly dtype: DType | undefined;
  /** What the file itself calls the type, e.g. `BF16`, `<f4`. */
  readonly storedDtype: string;
  readonly parameters: number;
  readonly bytes: number;
  /** Why this tensor cannot be read, in a sentence. */
  readonly problem?: string;
}

/** An open weights file: the header is in memory, the tensors are not. */
export interface WeightsFile {
  readonly format: string;
  readonly name: string;
  readonly size: number;
  readonly tensors: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * The tensor's stored bytes, little-endian, row-major. Those of a type the product does not know
   * are handed out too where they are plain bytes, so that they can be passed through unchanged.
   * @throws UnsupportedError where they are not (Python objects, structures, encrypted members);
   * FormatError, FileError when the file is damaged or has changed.
   */
  readBytes(tensor: TensorEntry, job?: Job): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** A tensor about to be written; `bytes` is called once, when its turn has come. */
export interface TensorSource {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Overrides `dtype` when bytes of a type unknown to the product are passed through. */
  readonly storedDtype?: string;
  readonly byteLength: number;
  bytes(): Promise<Uint8Array>;
}

/** Where a writer puts its bytes, in order. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

export interface WeightsFormat {
  readonly id: string;
  readonly label: string;
  /** With the dot, lower case. */
  readonly extensions: readonly string[];
  /** Decides by the first bytes; by name only where the bytes cannot tell. */
  matches(head: Uint8Array, file: RandomAccessFile): boolean;
  open(file: RandomAccessFile): Promise<WeightsFile>;
  write?(
    sink: ByteSink,
    tensors: readonly TensorSource[],
    metadata: Readonly<Record<string, string>>,
    job?: Job,
  ): Promise<void>;
}
