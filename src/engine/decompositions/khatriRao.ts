import type { Job } from '../job';
import { createMatrix, type Matrix } from '../linalg/matrix';

/**
 * The column-wise Kronecker product of `factors` (I_k x R): (product of I_k) x R, the last
 * factor's row varying fastest, which is the order of a row-major tensor's elements.
 */
export function khatriRao(factors: readonly Matrix[], job?: Job): Matrix {
  return factors.slice(1).reduce((left, right) => {
    const R = left.columns;
    const result = createMatrix(left.rows * right.rows, R);
    for (let i = 0, at = 0; i < left.rows; i++) {
      job?.throwIfCancelled();
      for (let j = 0; j < right.rows; j++) {
        for (let r = 0; r < R; r++, at++) {
          result.data[at] = left.data[i * R + r] * right.data[j * R + r];
        }
      }
    }
    return result;
  }, factors[0]);
}

/** P (rows x inner x R) and K (inner x R): M[i,r] = sum over q of P[i,q,r] K[q,r]. */
export function contractTrailing(P: Float64Array, rows: number, K: Matrix, job?: Job): Matrix {
  const { rows: inner, columns: R, data } = K;
  const M = createMatrix(rows, R);
  for (let i = 0, at = 0; i < rows; i++) {
    job?.throwIfCancelled();
    const to = i * R;
    for (let q = 0; q < inner; q++) {
      const from = q * R;
      for (let r = 0; r < R; r++, at++) {
        M.data[to + r] += P[at] * data[from + r];
      }
    }
  }
  return M;
}

/** P (I x inner x R) and A (I x R): the sum over i of P[i,q,r] A[i,r], (inner x R). */
export function contractLeading(P: Float64Array, A: Matrix, job?: Job): Float64Array {
  const { rows, columns: R, data } = A;
  const size = P.length / rows;
  const result = new Float64Array(size);
  for (let i = 0, at = 0; i < rows; i++) {
    job?.throwIfCancelled();
    const from = i * R;
    for (let q = 0; q < size; q += R) {
      for (let r = 0; r < R; r++, at++) {
        result[q + r] += P[at] * data[from + r];
      }
    }
  }
  return result;
}
