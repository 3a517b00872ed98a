import type { Job } from '../job';
import { rowStrideOf } from '../kernels/eigen/eigenSystem';
import { createMatrix, type Matrix } from './matrix';

const tile = 32;

/** The lower triangle, divided by `scale`, as the upper triangle of `target`; tile by tile. */
export function copyUpper(
  { rows: n, data }: Matrix,
  scale: number,
  target: Float64Array,
  job: Job,
): void {
  const stride = rowStrideOf(n);
  for (let i0 = 0; i0 < n; i0 += tile) {
    job.throwIfCancelled();
    const iEnd = Math.min(n, i0 + tile);
    for (let j0 = 0; j0 < iEnd; j0 += tile) {
      for (let i = i0; i < iEnd; i++) {
        const jEnd = Math.min(i + 1, j0 + tile);
        for (let j = j0; j < jEnd; j++) {
          target[j * stride + i] = data[i * n + j] / scale;
        }
      }
    }
  }
}

/**
 * Eigenvectors as columns: column k is row order[k] of `rows`, with the sign that makes its entry
 * of largest magnitude (the first of equals) positive.
 */
export function vectorsFromRows(
  rows: Float64Array,
  n: number,
  order: ArrayLike<number>,
  job: Job,
): Matrix {
  const stride = rowStrideOf(n);
  const count = order.length;
  const result = createMatrix(n, count);
  const { data } = result;
  for (let k0 = 0; k0 < count; k0 += tile) {
    job.throwIfCancelled();
    const kEnd = Math.min(count, k0 + tile);
    const signs = new Float64Array(tile);
    for (let k = k0; k < kEnd; k++) {
      signs[k - k0] = signOf(rows, order[k] * stride, n);
    }
    for (let i0 = 0; i0 < n; i0 += tile) {
      const iEnd = Math.min(n, i0 + tile);
      for (let k = k0; k < kEnd; k++) {
        const from = order[k] * stride;
        const sign = signs[k - k0];
        for (let i = i0; i < iEnd; i++) {
          data[i * count + k] = sign * rows[from + i];
        }
      }
    }
  }
  return result;
}

function signOf(rows: Float64Array, from: number, n: number): number {
  let largest = from;
  for (let at = from; at < from + n; at++) {
    if (Math.abs(rows[at]) > Math.abs(rows[largest])) {
      largest = at;
    }
  }
  return rows[largest] < 0 ? -1 : 1;
}
