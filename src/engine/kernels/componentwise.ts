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
 * [out, count, n, rows of an item, of which...]: the upper triangle of out = the entrywise product of
 * `count` matrices (n x n), whose addresses follow.
 */
export function hadamardItem({ exports }: ThreadContext, p: Float64Array, item: number): void {
  const [out, count, n, step] = p;
  const end = Math.min(n, (item + 1) * step);
  for (let i = item * step; i < end; i++) {
    const from = (i * n + i) * 8;
    exports.multiplyInto(out + from, p[4] + from, p[5] + from, n - i);
    for (let k = 2; k < count; k++) {
      exports.multiplyInto(out + from, out + from, p[4 + k] + from, n - i);
    }
  }
}
