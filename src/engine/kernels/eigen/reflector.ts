import type { KernelExports } from '../exports';
import { addressOf } from './runner';

/** Squares of a row's tail below this have lost digits to underflow; the row counts as zero. */
const negligibleSquare = 2 ** -960;

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
  sum: Float64Array,
): Reflector {
  const alpha = data[at];
  const tail = addressOf(data, at + 1);
  exports.rowDots(1, tail, 0, count - 1, tail, addressOf(sum));
  data[at] = 1;
  if (!(sum[0] > negligibleSquare)) {
    data.fill(0, at + 1, at + count);
    return { scale: 0, beta: alpha };
  }
  const norm = Math.sqrt(alpha * alpha + sum[0]);
  const beta = alpha > 0 ? -norm : norm;
  exports.scaleRow(count - 1, 1 / (alpha - beta), tail);
  return { scale: (beta - alpha) / beta, beta };
}
