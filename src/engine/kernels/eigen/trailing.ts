import { addressOf, type Runner } from './runner';
import { symmetricProduct, symmetricProductSpace } from './symmetricProduct';
import { TrailingSingle, trailingSingleSpace } from './trailingSingle';

/**
 * What of a symmetric matrix is not yet tridiagonal, of which the upper triangle counts. Rows and
 * columns are numbered as in the whole matrix.
 */
export interface Trailing {
  /** Row i from its diagonal on, to `target`. */
  row(i: number, target: Float64Array): void;
  /** y = A x for the rows and columns from `from` on; `x` is an address. */
  multiply(from: number, x: number, y: Float64Array): void;
  /**
   * A -= V^T W + W^T V for the rows and columns from `from` on. `panel` holds V, W and V again, each
   * of `width` rows.
   */
  update(from: number, panel: Float64Array, width: number): void;
}

/** `single`: the matrix is kept, multiplied and updated in f32. */
export type TridiagonalPrecision = 'double' | 'single';

/** Elements of workspace that {@link trailingOf} needs. */
export function trailingSpace(n: number, stride: number, precision: TridiagonalPrecision): number {
  return precision === 'single' ? trailingSingleSpace(n, stride) : symmetricProductSpace(n);
}

/**
 * The n x n matrix `a`, rows `stride` elements apart. In f64 it works on `a`, in f32 on a copy, which
 * leaves all of `a` to others; with f64 they may have the rows that were read.
 */
export function trailingOf(
  runner: Runner,
  a: Float64Array,
  n: number,
  stride: number,
  precision: TridiagonalPrecision,
): Trailing {
  return precision === 'single'
    ? new TrailingSingle(runner, a, n, stride)
    : trailingDouble(runner, a, n, stride);
}

function trailingDouble(runner: Runner, a: Float64Array, n: number, stride: number): Trailing {
  const space = runner.arena.doubles(symmetricProductSpace(n));
  return {
    row(i, target): void {
      target.set(a.subarray(i * stride + i, i * stride + n));
    },
    multiply(from, x, y): void {
      const corner = addressOf(a, from * stride + from);
      symmetricProduct(runner, n - from, corner, stride, x, y, space);
    },
    update(from, panel, width): void {
      const m = n - from;
      runner.product(
        { m, n: m, k: 2 * width },
        { data: panel.subarray(from), rowStride: 1, columnStride: stride },
        { data: panel.subarray(width * stride + from), rowStride: stride, columnStride: 1 },
        { data: a.subarray(from * stride + from), rowStride: stride },
        { alpha: -1, upperOnly: true },
      );
    },
  };
}
