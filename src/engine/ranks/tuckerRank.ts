import { elementCount } from '../tensor/tensor';
import { roundHalfEven } from './rounding';

/** Modes whose rank is chosen; a convolution's spatial modes keep their full size. */
export const freeModes = 2;

/**
 * TensorLy's rule: every free rank is x I_k, with x the root in [0, 1] of
 * n x^p + (sum over free of I_k^2) x + (sum over fixed of I_k^2) x = kept n (p free modes).
 */
export function proportionalTuckerRank(shape: readonly number[], kept: number): number[] {
  const n = elementCount(shape);
  const slope = shape.reduce((sum, size) => sum + size * size, 0);
  // n x^2 + slope x - kept n = 0, in the form that does not cancel.
  const x = (2 * kept * n) / (slope + Math.sqrt(slope * slope + 4 * n * kept * n));
  return tuckerRankAt(shape, x);
}

/** The rank whose free modes are the fraction x of their size, and whose other modes are full. */
export function tuckerRankAt(shape: readonly number[], x: number): number[] {
  return shape.map((size, k) => (k < freeModes ? Math.max(1, roundHalfEven(size * x)) : size));
}

/**
 * Modes outside `free` get their full size; no rank of a free one exceeds its mode's size, nor the
 * product of the other ranks (the core's width).
 */
export function clipTuckerRank(
  shape: readonly number[],
  rank: readonly number[],
  free: readonly number[] = [...shape.keys()].slice(0, freeModes),
): number[] {
  const clipped = shape.map((size, k) => (free.includes(k) ? Math.min(rank[k], size) : size));
  for (let changed = true; changed;) {
    changed = false;
    for (const k of free) {
      const others = elementCount(clipped) / clipped[k];
      changed ||= clipped[k] > others;
      clipped[k] = Math.min(clipped[k], others);
    }
  }
  return clipped;
}
