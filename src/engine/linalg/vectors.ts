/**
 * Loops over contiguous stretches of f64 arrays. Four partial sums break the dependency of one
 * addition on the last, which is what bounds a plain loop.
 */
export function dot(
  x: Float64Array,
  xFrom: number,
  y: Float64Array,
  yFrom: number,
  count: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < count; i += 4) {
    s0 += x[xFrom + i] * y[yFrom + i];
    s1 += x[xFrom + i + 1] * y[yFrom + i + 1];
    s2 += x[xFrom + i + 2] * y[yFrom + i + 2];
    s3 += x[xFrom + i + 3] * y[yFrom + i + 3];
  }
  for (; i < count; i++) {
    s0 += x[xFrom + i] * y[yFrom + i];
  }
  return s0 + s1 + (s2 + s3);
}

/** Largest magnitude; NaN when there is one among the entries. */
export function largestMagnitude(x: ArrayLike<number>): number {
  const { length } = x;
  let even = 0;
  let odd = 0;
  // Adding zero times an entry leaves a NaN, or an infinity, behind for the check at the end.
  let poison = 0;
  let i = 0;
  for (; i + 1 < length; i += 2) {
    const a = Math.abs(x[i]);
    const b = Math.abs(x[i + 1]);
    even = a > even ? a : even;
    odd = b > odd ? b : odd;
    poison += 0 * a + 0 * b;
  }
  if (i < length) {
    const a = Math.abs(x[i]);
    even = a > even ? a : even;
    poison += 0 * a;
  }
  if (poison === 0) {
    return Math.max(even, odd);
  }
  for (let at = 0; at < length; at++) {
    if (Number.isNaN(x[at])) {
      return NaN;
    }
  }
  return Infinity;
}

/** The power of two just above `value`: scaling by it is exact. 1 for zero. */
export function powerOfTwoAbove(value: number): number {
  return value > 0 ? 2 ** Math.min(1023, Math.floor(Math.log2(value)) + 1) : 1;
}
