import type { FileSummary, TensorStatistics } from './engine';
import type { Thumbnail } from './patterns';
import type { FailureData } from '../failures';

/** The words of this contract, so that the page needs no other import. */
export type { FailureData, FileSummary, TensorStatistics, Thumbnail };

/** One editor, contributed twice: the default for the first, offered for the second. */
export const inspectorViewTypes = {
  safetensors: 'tensorpress.inspector',
  arrays: 'tensorpress.arrayInspector',
} as const;

/** What the inspector's page may ask of the host. */
export interface InspectorHost {
  /** First call of the page; the host answers with the file's table. */
  ready(params: Record<string, never>): { file: FileSummary } | { failure: FailureData };
  statistics(
    params: { tensor: string },
    progress: (part: TensorStatistics) => void,
  ): TensorStatistics;
  /** Streams a small picture of each tensor, at most `size` tiles in either direction. */
  thumbnails(
    params: { tensors: readonly string[]; size: number },
    progress: (part: Thumbnail) => void,
  ): Record<string, never>;
  compress(params: Record<string, never>): void;
  /** Shows the block-sparse patterns of a tensor. */
  patterns(params: { tensor: string }): void;
  /** Compares what a tensor with many zeros can be compressed to. */
  sparse(params: { tensor: string }): void;
  reconstruct(params: Record<string, never>): void;
  copy(params: { text: string }): void;
}

/** What the host tells the inspector's page. */
export interface InspectorPageEvents {
  /** The file changed on disk and was read again. */
  fileChanged: { file: FileSummary } | { failure: FailureData };
}

/** Kept by the page over a reload. */
export interface InspectorState {
  readonly selected?: string;
  readonly filter: string;
  readonly sort:
    | {
        readonly column: 'name' | 'shape' | 'dtype' | 'parameters' | 'bytes';
        readonly descending: boolean;
      }
    | undefined;
}
