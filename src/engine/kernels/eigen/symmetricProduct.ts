import type { KernelExports } from '../exports';
import type { ThreadContext } from '../operation';
import type { SymmetricRows } from './exports';
import { addressOf, type Runner } from './runner';

/** Rows from which the work of a product is worth a hand-over to other threads. */
export const sharedFrom = 1024;
export const bands = 8;

/** Elements of workspace that {@link symmetricProduct} needs. */
export function symmetricProductSpace(n: number): number {
  return n < sharedFrom ? 0 : bands * n;
}

/**
 * y = A x for a symmetric matrix (n x n at address `a`, rows `stride` elements apart) of which the
 * upper triangle is read, each element once. A large matrix is divided into bands of rows, each
 * with a sum of its own; n alone decides, so the result does not depend on who computes them.
 */
export function symmetricProduct(
  runner: Runner,
  n: number,
  a: number,
  stride: number,
  x: number,
  y: Float64Array,
  space: Float64Array,
): void {
  const { exports } = runner;
  y.fill(0, 0, n);
  if (n < sharedFrom) {
    exports.symmetricRows(n, a, stride * 8, 0, n, x, addressOf(y));
    return;
  }
  const sums = addressOf(space);
  runner.run('symmetricRows', [n, a, stride * 8, x, sums], bands, (n * n) / bands);
  for (let band = 0; band < bands; band++) {
    const from = bandStart(n, band);
    exports.addScaled(addressOf(y, from), sums + (band * n + from) * 8, 1, n - from);
  }
}

/** One band of {@link symmetricProduct}. */
export function symmetricRowsItem(
  { exports }: ThreadContext,
  parameters: Float64Array,
  item: number,
): void {
  multiplyBand(exports, exports.symmetricRows, 8, parameters, item);
}

/** The same of a matrix and vectors in f32. */
export function symmetricRowsSingleItem(
  { exports }: ThreadContext,
  parameters: Float64Array,
  item: number,
): void {
  multiplyBand(exports, exports.symmetricRowsSingle, 4, parameters, item);
}

/** @param size bytes of an element */
function multiplyBand(
  { zeroBytes }: KernelExports,
  symmetricRows: SymmetricRows,
  size: number,
  parameters: Float64Array,
  item: number,
): void {
  const [first, n, a, stride, x, sums] = parameters;
  const band = first + item;
  const from = bandStart(n, band);
  const y = sums + band * n * size;
  zeroBytes(y + from * size, (n - from) * size);
  symmetricRows(n, a, stride, from, bandStart(n, band + 1), x, y);
}

/** Bands of equal area, of whole groups of four rows. */
export function bandStart(n: number, band: number): number {
  return band === bands ? n : Math.floor((n * (1 - Math.sqrt(1 - band / bands))) / 4) * 4;
}
