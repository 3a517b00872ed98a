import type { Job } from '../job';
import { createMatrix, type Matrix } from './matrix';

/** Edge of the squares that are turned at a time, so that both sides stay in cache. */
const tile = 32;

/** Rows of equal length in the kernels' memory, `stride` elements apart. */
export interface ArenaRows {
  readonly data: Float64Array;
  readonly stride: number;
}

/** The upper triangle of a square matrix, divided by `scale`. */
export function copyUpper(
  { rows: n, data }: Matrix,
  scale: number,
  target: ArenaRows,
  job: Job,
): void {
  for (let i = 0; i < n; i++) {
    if (i % tile === 0) {
      job.throwIfCancelled();
    }
    const shift = i * (target.stride - n);
    for (let at = i * n + i; at < (i + 1) * n; at++) {
      target.data[at + shift] = data[at] / scale;
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
    const starts = new Float64Array(tile);
    for (let k = k0; k < kEnd; k++) {
      const start = order[k] * rows.stride;
      starts[k - k0] = start;
      if (options.fixSigns) {
        signs[k - k0] = signOf(rows.data, start, length);
      }
    }
    for (let i0 = 0; i0 < length; i0 += tile) {
      const iEnd = Math.min(length, i0 + tile);
      for (let i = i0; i < iEnd; i++) {
        for (let k = k0, at = i * count + k0; k < kEnd; k++, at++) {
          data[at] = signs[k - k0] * rows.data[starts[k - k0] + i];
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
