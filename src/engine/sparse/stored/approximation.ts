import type { Job } from '../../job';
import type { SparseTensor } from '../sparseTensor';

/**
 * Some elements of a tensor without its empty slices, seen as a matrix: its columns are the last mode,
 * its rows all combinations of the others, row-major.
 */
export interface Box {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** What the factors of a file approximate. */
export interface Approximation {
  readonly parameters: number;
  readonly hasOrders: boolean;
  /** Without orders: sizes of the grid in which rows and columns have places that nobody knows. */
  readonly grid?: readonly number[];
  /** Per mode the indices that can have elements other than 0; undefined for all. */
  readonly places: readonly (Uint32Array | undefined)[];
  /** How many columns a box should have: `tile` for products of blocks, `all` for whole rows. */
  readonly width: 'tile' | 'all';
  /** At an index inside the tensor. */
  entry(index: readonly number[]): number;
  /** Writes the elements of a box, row-major, over what `target` holds. */
  fill(box: Box, target: Float64Array, job: Job): void;
  /** ||X - X~||^2 for X of the same sizes. */
  squaredError(X: SparseTensor, job: Job): number;
}
