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

/** y += a x. */
export function addScaled(
  a: number,
  x: Float64Array,
  xFrom: number,
  y: Float64Array,
  yFrom: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    y[yFrom + i] += a * x[xFrom + i];
  }
}

/** (x, y) <- (c x - s y, s x + c y), a plane rotation. */
export function rotate(
  x: Float64Array,
  xFrom: number,
  y: Float64Array,
  yFrom: number,
  count: number,
  c: number,
  s: number,
): void {
  for (let i = 0; i < count; i++) {
    const a = x[xFrom + i];
    const b = y[yFrom + i];
    x[xFrom + i] = c * a - s * b;
    y[yFrom + i] = s * a + c * b;
  }
}

/** Largest magnitude; NaN when there is one among the entries. */
export function largestMagnitude(x: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const magnitude = Math.abs(x[i]);
    if (!(magnitude <= largest)) {
      largest = magnitude;
      if (Number.isNaN(magnitude)) {
        return NaN;
      }
    }
  }
  return largest;
}

/** The power of two just above `value`: scaling by it is exact. 1 for zero. */
export function powerOfTwoAbove(value: number): number {
  return value > 0 ? 2 ** Math.min(1023, Math.floor(Math.log2(value)) + 1) : 1;
}
