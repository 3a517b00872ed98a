import { largestMagnitude, powerOfTwoAbove } from '../../linalg/vectors';
import type { KernelExports } from '../exports';
import { addressOf } from './runner';

/** Squares of a row's tail below this have lost digits to underflow; the row is scaled first. */
const smallSquare = 2 ** -960;
/** The reciprocals of powers of two from here on are finite. */
const smallestPower = 2 ** -1000;

export interface Reflector {
  /** tau of H = I - tau v v^T, or 0 for the identity. */
  readonly scale: number;
  /** H x = beta e_1. */
  readonly beta: number;
}

/**
 * Turns x (`count` entries at `at`, of magnitude one or less) into the Householder vector v with
 * v_1 = 1 that maps it to a multiple of the first unit vector (LAPACK's dlarfg).
 */
export function makeReflector(
  exports: KernelExports,
  data: Float64Array,
  at: number,
  count: number,
): Reflector {
  const tail = addressOf(data, at + 1);
  let square = exports.dot(tail, tail, count - 1);
  let power = 1;
  if (square < smallSquare) {
    const largest = largestMagnitude(data.subarray(at + 1, at + count));
    if (largest === 0) {
      const beta = data[at];
      data[at] = 1;
      return { scale: 0, beta };
    }
    const size = Math.max(largest, Math.abs(data[at]));
    power = Math.max(smallestPower, powerOfTwoAbove(size));
    exports.scaleRow(count, 1 / power, addressOf(data, at));
    square = exports.dot(tail, tail, count - 1);
  }
  const alpha = data[at];
  const norm = Math.sqrt(alpha * alpha + square);
  const beta = alpha > 0 ? -norm : norm;
  data[at] = 1;
  exports.scaleRow(count - 1, 1 / (alpha - beta), tail);
  return { scale: (beta - alpha) / beta, beta: beta * power };
}
