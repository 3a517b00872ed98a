import type { Job } from '../../job';
import type { Elements } from '../neukron/decoder';
import type { SparseMethod } from '../sparseModel';
import type { SparseTensor } from '../sparseTensor';

/** A compressed tensor in a file: `.neukron`, or factors in safetensors. */
export interface StoredSparse {
  readonly method: SparseMethod;
  /** Of the tensor; without orders of the grid its places lie in, those of the source in `details.sizes`. */
  readonly dims: readonly number[];
  /** Bytes of the file. */
  readonly size: number;
  /** As the method's publication counts them; of CUR every column and row once. */
  readonly parameters: number;
  /**
   * Without orders rows and columns come in an order of the model's own: they are some of those of the
   * padded grid, and the file does not say which.
   */
  readonly hasOrders: boolean;
  /** Nonzeros of the source, where the file says. */
  readonly nonzeros?: number;
  /** Settings of the fit; of `.neukron`, which does not hold them, what its network is. */
  readonly details: Readonly<Record<string, string | number | boolean | readonly number[]>>;
  /** What the file says of the tensor it was made from, and how well it was met. */
  readonly stated?: { readonly squaredNorm: number; readonly squaredError: number };
  /** Per mode the indices whose slices may hold something else than 0, ascending; undefined for all. */
  readonly places: readonly (Uint32Array | undefined)[];
  /** @throws UsageError for an index outside `dims`. */
  entry(index: readonly number[]): number;
  /**
   * Every element once, in pieces of some 10^5, in no particular order.
   * @throws UsageError beyond 2^53 elements; CancelledError.
   */
  forEachPiece(use: (piece: Elements) => void, job: Job): void;
  /** As {@link forEachPiece}, of the elements in `places` only: all that can differ from 0. */
  forEachPossible(use: (piece: Elements) => void, job: Job): void;
  /**
   * ||X - X~||^2 of what the file holds, without writing X~ out. NeuKron: over the padded grid; of two
   * networks exact up to 2^22 elements and an upper bound beyond. Of a file without orders X lies in the
   * grid, at the positions of the model it was written from.
   * @throws UsageError for a tensor of other sizes; OutOfMemoryError, CancelledError.
   */
  squaredError(X: SparseTensor, job: Job): number;
}
