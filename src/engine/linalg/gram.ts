import type { Job } from '../job';
import type { FloatArray } from '../tensor/tensor';
import { addProduct } from './blockedProduct';
import { createMatrix, type Matrix } from './matrix';
import { largestMagnitude } from './vectors';

export interface GramOptions {
  /** `single`: f32 inside blocks of 512 steps, which are summed in f64. */
  readonly precision?: 'double' | 'single';
  /** `single`: a bound of the magnitudes of A, where one is known without a look at each. */
  readonly bound?: number;
}

/** A A^T (`rows`) or A^T A (`columns`); half the work of a product, exactly symmetric. */
export async function gram(
  a: { readonly rows: number; readonly columns: number; readonly data: FloatArray },
  side: 'rows' | 'columns',
  job?: Job,
  { precision = 'double', bound }: GramOptions = {},
): Promise<Matrix> {
  const byRows = { data: a.data, rowStride: a.columns, columnStride: 1 };
  const byColumns = { data: a.data, rowStride: 1, columnStride: a.columns };
  const n = side === 'rows' ? a.rows : a.columns;
  const k = side === 'rows' ? a.columns : a.rows;
  const [left, right] = side === 'rows' ? [byRows, byColumns] : [byColumns, byRows];
  const largest = precision === 'single' ? (bound ?? largestMagnitude(a.data)) : undefined;
  const bounds = { a: largest, b: largest };
  const result = createMatrix(n, n);
  addProduct({ m: n, n, k }, left, right, result.data, {
    upperOnly: true,
    into: 'replace',
    precision,
    bounds,
    job,
  });
  mirrorUpper(result);
  return result;
}

/** Edge of the squares that are copied at a time, so that both sides stay in cache. */
const tile = 32;

function mirrorUpper({ rows: n, data }: Matrix): void {
  for (let i0 = 0; i0 < n; i0 += tile) {
    const iEnd = Math.min(n, i0 + tile);
    for (let j0 = 0; j0 < iEnd; j0 += tile) {
      for (let i = i0; i < iEnd; i++) {
        const jEnd = Math.min(i, j0 + tile);
        for (let j = j0; j < jEnd; j++) {
          data[i * n + j] = data[j * n + i];
        }
      }
    }
  }
}
