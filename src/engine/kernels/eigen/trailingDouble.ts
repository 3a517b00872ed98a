import { addressOf, type Runner } from './runner';
import { symmetricProduct, symmetricProductSpace } from './symmetricProduct';
import type { Trailing } from './trailing';

/** The n x n matrix `a` in f64, rows `stride` elements apart, which is overwritten. */
export function trailingDouble(
  runner: Runner,
  a: Float64Array,
  n: number,
  stride: number,
): Trailing {
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
