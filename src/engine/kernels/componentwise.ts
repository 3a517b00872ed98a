import type { ThreadContext } from './operation';

/** Rows of R components: parameters and items of the operations of a CP sweep. */

/** [left, right, out, leftRows, rightRows, R, leftRows of an item]: Khatri-Rao product. */
export function khatriRaoItem({ exports }: ThreadContext, p: Float64Array, item: number): void {
  const [left, right, out, leftRows, rightRows, R, step] = p;
  const bytes = R * 8;
  const end = Math.min(leftRows, (item + 1) * step);
  for (let i = item * step; i < end; i++) {
    for (let j = 0; j < rightRows; j++) {
      exports.multiplyInto(
        out + (i * rightRows + j) * bytes,
        left + i * bytes,
        right + j * bytes,
        R,
      );
    }
  }
}

/** [P, K, out, rows, inner, R, rows of an item]: out[i,r] = sum over q of P[i,q,r] K[q,r]. */
export function contractTrailingItem(
  { exports }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [P, K, out, rows, inner, R, step] = p;
  const bytes = R * 8;
  const end = Math.min(rows, (item + 1) * step);
  for (let i = item * step; i < end; i++) {
    exports.multiplyInto(out + i * bytes, P + i * inner * bytes, K, R);
    for (let q = 1; q < inner; q++) {
      exports.addProducts(out + i * bytes, P + (i * inner + q) * bytes, K + q * bytes, R);
    }
  }
}

/** [P, A, out, rows, inner, R]: out[q,r] = sum over i of P[i,q,r] A[i,r]; an item is one q. */
export function contractLeadingItem(
  { exports }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [P, A, out, rows, inner, R] = p;
  const bytes = R * 8;
  exports.multiplyInto(out + item * bytes, P + item * bytes, A, R);
  for (let i = 1; i < rows; i++) {
    exports.addProducts(out + item * bytes, P + (i * inner + item) * bytes, A + i * bytes, R);
  }
}

/**
 * [out, count, size, elements of an item, of which...]: out = the entrywise product of `count`
 * arrays of `size` elements, whose addresses follow.
 */
export function hadamardItem({ exports }: ThreadContext, p: Float64Array, item: number): void {
  const [out, count, size, step] = p;
  const from = item * step;
  const length = Math.min(step, size - from);
  const at = out + from * 8;
  exports.multiplyInto(at, p[4] + from * 8, p[5] + from * 8, length);
  for (let k = 2; k < count; k++) {
    exports.multiplyInto(at, at, p[4 + k] + from * 8, length);
  }
}
