import { Failure } from '../failures';
import type { WeightErrors } from './selection/choice';

/** The three errors of one target: absolute, relative to the original's norm, per element. */
export type ErrorTriple = WeightErrors;

/**
 * The errors of weights W approximated by W~, from ||W - W~||, ||W|| and the number of elements.
 * The relative error of an approximated zero tensor is 0 if it is exact, otherwise infinite.
 */
export function weightErrors(absoluteError: number, norm: number, count: number): WeightErrors {
  return {
    absolute: absoluteError,
    relative: absoluteError === 0 ? 0 : absoluteError / norm,
    scaled: count === 0 ? 0 : absoluteError / count,
  };
}

/** ||a - b||, Frobenius, in f64; scaled where squares would overflow or vanish. */
export function residualNorm(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new Failure('internal', `Cannot compare ${a.length} with ${b.length} elements.`);
  }
  return scaledNorm(a.length, (i) => a[i] - b[i]);
}

/** ||a||, Frobenius, in f64; scaled where squares would overflow or vanish. */
export function frobeniusNorm(a: ArrayLike<number>): number {
  return scaledNorm(a.length, (i) => a[i]);
}

/** Collects the errors of a layer's outputs, input by input. */
export interface FeatureErrors {
  /** Output F of the original layer and F~ of the compressed one for one and the same input. */
  add(original: ArrayLike<number>, approximate: ArrayLike<number>): void;
  /** Means over the inputs so far; undefined before the first. */
  result(): ErrorTriple | undefined;
}

/**
 * The feature errors of a layer: the norm is taken per input (one image, batch size 1) and the
 * three ratios are then averaged, which differs from the norm over a batch.
 */
export function createFeatureErrors(): FeatureErrors {
  let inputs = 0;
  const sums = { absolute: 0, relative: 0, scaled: 0 };
  return {
    add(original, approximate) {
      const absolute = residualNorm(original, approximate);
      const errors = weightErrors(absolute, frobeniusNorm(original), original.length);
      inputs++;
      sums.absolute += errors.absolute;
      sums.relative += errors.relative;
      sums.scaled += errors.scaled;
    },
    result() {
      return inputs === 0
        ? undefined
        : {
            absolute: sums.absolute / inputs,
            relative: sums.relative / inputs,
            scaled: sums.scaled / inputs,
          };
    },
  };
}

/** Squares outside this range lose digits or overflow when many are summed. */
const safeSquare = { low: 1e-280, high: 1e280 };

function scaledNorm(count: number, entry: (i: number) => number): number {
  let sum = 0;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const value = entry(i);
    sum += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  if ((sum > safeSquare.low && sum < safeSquare.high) || largest === 0 || !isFinite(largest)) {
    return Math.sqrt(sum);
  }
  sum = 0;
  for (let i = 0; i < count; i++) {
    const value = entry(i) / largest;
    sum += value * value;
  }
  return largest * Math.sqrt(sum);
}
