/** Where the entries of a vector are that are not zero: in the first half, both, or the second. */
export const support = { first: 0, both: 1, second: 2 } as const;

export interface Deflation {
  /** Entries that take part in the secular equation, d ascending. */
  readonly kept: readonly number[];
  /** Entries whose value and vector stand already, d ascending. */
  readonly dropped: readonly number[];
}

/**
 * Takes out of diag(d) + rho z z^T (d ascending, rho >= 0) what is solved already: entries whose z
 * is negligible, and one of two whose d are so close that a plane rotation makes its z negligible
 * (LAPACK's dlaed2). `rotate(i, j, c, s)` is told to replace vectors i and j by c x_i + s x_j and
 * c x_j - s x_i. Changes d, z and the supports.
 */
export function deflate(
  d: Float64Array,
  z: Float64Array,
  rho: number,
  supports: Uint8Array,
  rotate: (i: number, j: number, c: number, s: number) => void,
): Deflation {
  let largest = 0;
  for (let i = 0; i < d.length; i++) {
    largest = Math.max(largest, Math.abs(d[i]), Math.abs(z[i]));
  }
  const tolerance = 8 * Number.EPSILON * largest;
  const kept: number[] = [];
  const dropped: number[] = [];
  let previous = -1;
  for (let next = 0; next < d.length; next++) {
    if (rho * Math.abs(z[next]) <= tolerance) {
      dropped.push(next);
      continue;
    }
    if (previous >= 0) {
      const length = Math.hypot(z[previous], z[next]);
      const c = z[next] / length;
      const s = -z[previous] / length;
      if (Math.abs((d[next] - d[previous]) * c * s) <= tolerance) {
        z[next] = length;
        z[previous] = 0;
        if (supports[previous] !== supports[next]) {
          supports[previous] = supports[next] = support.both;
        }
        rotate(previous, next, c, s);
        const [low, high] = [d[previous], d[next]];
        d[previous] = low * c * c + high * s * s;
        d[next] = low * s * s + high * c * c;
        dropped.push(previous);
      } else {
        kept.push(previous);
      }
    }
    previous = next;
  }
  if (previous >= 0) {
    kept.push(previous);
  }
  dropped.sort((i, j) => d[i] - d[j] || i - j);
  return { kept, dropped };
}
