import type { Job } from '../job';
import { addProduct } from '../linalg/blockedProduct';
import { createMatrix, type Matrix } from '../linalg/matrix';

/** A B in f32 on the kernels. */
export function kernelProduct(a: Matrix, b: Matrix, job?: Job): Matrix {
  const result = createMatrix(a.rows, b.columns);
  addProduct(
    { m: a.rows, n: b.columns, k: a.columns },
    { data: a.data, rowStride: a.columns, columnStride: 1 },
    { data: b.data, rowStride: b.columns, columnStride: 1 },
    result.data,
    { into: 'replace', precision: 'single', job },
  );
  return result;
}
