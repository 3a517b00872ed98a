import type { Job } from '../job';
import { createMatrix, type Matrix } from './matrix';

/** Edge of the squares that are turned at a time, so that both sides stay in cache. */
const tile = 32;

/** Rows of equal length in the kernels' memory, `stride` elements apart. */
export interface ArenaRows {
  readonly data: Float64Array;
  readonly stride: number;
}

/** The lower triangle of a square matrix, divided by `scale`, as the upper triangle of `target`. */
export function copyLowerTurned(
  { rows: n, data }: Matrix,
  scale: number,
  target: ArenaRows,
  job: Job,
): void {
  for (let i0 = 0; i0 < n; i0 += tile) {
    job.throwIfCancelled();
    const iEnd = Math.min(n, i0 + tile);
    for (let j0 = 0; j0 < iEnd; j0 += tile) {
      for (let i = i0; i < iEnd; i++) {
        const jEnd = Math.min(i + 1, j0 + tile);
        for (let j = j0; j < jEnd; j++) {
          target.data[j * target.stride + i] = data[i * n + j] / scale;
        }
      }
    }
  }
}

/** The columns of a matrix, divided by `scale`, as rows. */
export function copyTurned(
  { rows, columns, data }: Matrix,
  scale: number,
  target: ArenaRows,
  job: Job,
): void {
  for (let i0 = 0; i0 < rows; i0 += tile) {
    job.throwIfCancelled();
    const iEnd = Math.min(rows, i0 + tile);
    for (let j0 = 0; j0 < columns; j0 += tile) {
      const jEnd = Math.min(columns, j0 + tile);
      for (let j = j0; j < jEnd; j++) {
        for (let i = i0; i < iEnd; i++) {
          target.data[j * target.stride + i] = data[i * columns + j] / scale;
        }
      }
    }
  }
}

/**
 * A matrix whose column k is row order[k] of `rows` (`length` entries). With `fixSigns`, its entry
 * of largest magnitude (the first of equals) is made positive.
 */
export function columnsFromRows(
  rows: ArenaRows,
  length: number,
  order: ArrayLike<number>,
  options: { readonly fixSigns: boolean },
  job: Job,
): Matrix {
  const count = order.length;
  const result = createMatrix(length, count);
  const { data } = result;
  for (let k0 = 0; k0 < count; k0 += tile) {
    job.throwIfCancelled();
    const kEnd = Math.min(count, k0 + tile);
    const signs = new Float64Array(tile).fill(1);
    for (let k = k0; options.fixSigns && k < kEnd; k++) {
      signs[k - k0] = signOf(rows.data, order[k] * rows.stride, length);
    }
    for (let i0 = 0; i0 < length; i0 += tile) {
      const iEnd = Math.min(length, i0 + tile);
      for (let k = k0; k < kEnd; k++) {
        const from = order[k] * rows.stride;
        const sign = signs[k - k0];
        for (let i = i0; i < iEnd; i++) {
          data[i * count + k] = sign * rows.data[from + i];
        }
      }
    }
  }
  return result;
}

function signOf(data: Float64Array, from: number, count: number): number {
  let largest = from;
  for (let at = from; at < from + count; at++) {
    if (Math.abs(data[at]) > Math.abs(data[largest])) {
      largest = at;
    }
  }
  return data[largest] < 0 ? -1 : 1;
}
