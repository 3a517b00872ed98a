import type { Job } from '../job';
import type { FloatArray } from '../tensor/tensor';
import { addProduct } from './blockedProduct';
import { createMatrix, type Matrix } from './matrix';
import { largestMagnitude } from './vectors';

/** A A^T (`rows`) or A^T A (`columns`); half the work of a product, exactly symmetric. */
export async function gram(
  a: { readonly rows: number; readonly columns: number; readonly data: FloatArray },
  side: 'rows' | 'columns',
  job?: Job,
  precision: 'double' | 'single' = 'double',
): Promise<Matrix> {
  const byRows = { data: a.data, rowStride: a.columns, columnStride: 1 };
  const byColumns = { data: a.data, rowStride: 1, columnStride: a.columns };
  const n = side === 'rows' ? a.rows : a.columns;
  const k = side === 'rows' ? a.columns : a.rows;
  const [left, right] = side === 'rows' ? [byRows, byColumns] : [byColumns, byRows];
  const largest = precision === 'single' ? largestMagnitude(a.data) : undefined;
  const bounds = { a: largest, b: largest };
  const result = createMatrix(n, n);
  addProduct({ m: n, n, k }, left, right, result.data, {
    upperOnly: true,
    into: 'replace',
    precision,
    bounds,
    job,
  });
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) {
      result.data[i * n + j] = result.data[j * n + i];
    }
  }
  return result;
}
