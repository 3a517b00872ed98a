import { acceleratorFor } from '../backends/productRoute';
import type { Job } from '../job';
import { kernels } from '../kernels';
import { addProduct } from '../linalg/blockedProduct';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';

export interface ProjectionOptions {
  /** `single`: f32 inside blocks of 512 steps, which are summed in f64. */
  readonly precision: 'double' | 'single';
  /** A bound of the magnitudes of A. */
  readonly bound: number;
  readonly job: Job;
}

/**
 * U^T A for U with orthonormal columns, in the kernels' memory where they compute it; A should lie
 * there, too. Must be called in a scope of the arena.
 */
export async function project(
  U: Matrix,
  A: Matrix,
  { precision, bound, job }: ProjectionOptions,
): Promise<Matrix> {
  const size = { m: U.columns, n: A.columns, k: U.rows };
  if (precision === 'single' && acceleratorFor(size)) {
    return multiply(U, A, { transposeA: true, precision, job });
  }
  const { arena } = kernels();
  const result = createMatrix(U.columns, A.columns, arena.doubles(U.columns * A.columns));
  addProduct(
    size,
    { data: U.data, rowStride: 1, columnStride: U.columns },
    { data: A.data, rowStride: A.columns, columnStride: 1 },
    result.data,
    // Entries of an orthonormal basis are at most one.
    { into: 'replace', precision, bounds: { a: 1, b: bound }, job },
  );
  return result;
}
