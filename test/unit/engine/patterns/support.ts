import type { BlockPattern } from '../../../../src/protocol/patterns';
import type { Scheme } from '../../../../src/engine/ranks/matricisation';
import { noise } from '../../../support/pressing';

/** Values that f32 holds exactly, so that what is read is what was written. */
export function singles(seed: number, shape: readonly number[]): Float64Array {
  return noise(seed, shape).map(Math.fround);
}

export function blocks(
  block: readonly [number, number],
  more: Partial<BlockPattern> = {},
): BlockPattern {
  return {
    kind: 'block',
    scheme: 'matrix',
    block,
    criterion: 'frobenius',
    scope: 'matrix',
    ...more,
  };
}

/** Rows of the matrix that `scheme` makes of a kernel (T, C, H, W), by its definition. */
export function matrixOf(
  [t, c, h, w]: readonly [number, number, number, number],
  values: ArrayLike<number>,
  scheme: Scheme,
): number[][] {
  const rows: number[][] = [];
  for (let at = 0; at < t * c * h * w; at++) {
    const j = at % w;
    const i = Math.floor(at / w) % h;
    const k = Math.floor(at / (w * h)) % c;
    const o = Math.floor(at / (w * h * c));
    const [row, column] =
      scheme === 'channel-in'
        ? [(o * h + i) * w + j, k]
        : scheme === 'spatial'
          ? [k * h + i, o * w + j]
          : [o, (k * h + i) * w + j];
    (rows[row] ??= [])[column] = values[at];
  }
  return rows;
}

export function rowsOf(columns: number, values: ArrayLike<number>): number[][] {
  return Array.from({ length: values.length / columns }, (_, i) =>
    Array.from({ length: columns }, (__, j) => values[i * columns + j]),
  );
}

/** The entries of every block, blocks row by row, without padding. */
export function blockEntries(
  rows: readonly number[][],
  [bm, bn]: readonly [number, number],
): number[][] {
  const result: number[][] = [];
  for (let top = 0; top < rows.length; top += bm) {
    for (let left = 0; left < rows[0].length; left += bn) {
      result.push(rows.slice(top, top + bm).flatMap((row) => row.slice(left, left + bn)));
    }
  }
  return result;
}

export function normOf(values: Iterable<number>): number {
  return Math.hypot(...values);
}
