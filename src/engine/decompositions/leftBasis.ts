import type { Job } from '../job';
import { eigh } from '../linalg/eigh';
import { gram } from '../linalg/gram';
import type { Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { qr } from '../linalg/qr';

/**
 * All left singular vectors of A (m x n): U (m x min(m, n)), orthonormal to rounding whatever the
 * spectrum, ordered by descending singular value. Unfoldings are short and wide, so they come from
 * the eigenvectors of A A^T; a tall A is reduced to R of its QR first. Where singular values lie
 * below 1e-8 of the largest, the Gram matrix cannot tell their vectors apart: the basis is then
 * orthonormal still, but its last columns are in no particular order.
 */
export async function leftBasis(A: Matrix, job: Job): Promise<Matrix> {
  if (A.rows <= A.columns) {
    return eigh(await gram(A, 'rows', job), job).vectors;
  }
  const { Q, R } = qr(A, job);
  return multiply(Q, eigh(await gram(R, 'rows', job), job).vectors, { job });
}

/**
 * A = U Z with U = {@link leftBasis} and Z = U^T A, whose rows are orthogonal and descend in
 * length: dropping rows from the end truncates the SVD, and their squared lengths sum to the
 * squared error without cancellation.
 */
export async function splitLeft(A: Matrix, job: Job): Promise<{ U: Matrix; Z: Matrix }> {
  const U = await leftBasis(A, job);
  return { U, Z: await multiply(U, A, { transposeA: true, job }) };
}
