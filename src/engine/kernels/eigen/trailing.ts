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
   * of `width` rows, {@link panelWidth} at most.
   */
  update(from: number, panel: Float64Array, width: number): void;
}

/** Columns reduced before the rest of the matrix is brought up to date. */
export const panelWidth = 32;

/** `single`: the matrix is kept, multiplied and updated in f32. */
export type TridiagonalPrecision = 'double' | 'single';
