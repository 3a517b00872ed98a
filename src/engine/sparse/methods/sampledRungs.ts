import { crossBytes } from '../columnRowSampling';
import { rawBytes } from '../sizes';
import type { SparseTensor } from '../sparseTensor';
import { bearable, ladder } from './ladder';
import { profileOf } from './profile';

/** Settings of CUR and CMD. */
export interface Rung {
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
}

/**
 * Rows and columns in proportion to the matrix, as published, with a rank of a tenth of the fewer
 * ones: small singular values of the sampled columns are estimated so badly that they do harm.
 */
export function sampledRungs(X: SparseTensor): Rung[] {
  const { occupied: dims, drawn } = profileOf(X);
  const longer = Math.max(...dims);
  const counts = (step: number): number[] =>
    dims.map((size) => Math.max(1, Math.round((step * size) / longer)));
  const bytes = (step: number): number => {
    const [rows, columns] = counts(step).map((count, mode) => ({
      count,
      entries: count * drawn[mode],
    }));
    return crossBytes(X.dims, columns, rows).bytes;
  };
  const rungs = ladder(bytes, rawBytes(X), { most: longer }).map((step) => {
    const [rows, columns] = counts(step);
    return { rows, columns, rank: Math.max(1, Math.round(Math.min(rows, columns) / 10)) };
  });
  return bearable(rungs, (rung) => sampledSeconds(X, rung));
}

/** Eigenvalues of the shorter Gram matrix of the columns, and products of the rows with the vectors. */
export function sampledSeconds(
  X: Pick<SparseTensor, 'dims' | 'values'>,
  { rows, columns, rank }: Rung,
): number {
  const N = Math.min(X.dims[0], X.values.length);
  const side = Math.min(columns, N);
  const used = rank === 0 ? side : Math.min(rank, side);
  return 0.05 + 1e-9 * side ** 3 + 2e-9 * rows * N * (used + 5) + 1e-7 * X.values.length;
}
