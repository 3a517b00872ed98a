import type { Job } from '../job';
import { eigh } from '../linalg/eigh';
import { gram } from '../linalg/gram';
import { isLeadingFew, leadingSubspace } from '../linalg/leadingSubspace';
import { identity, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { qr } from '../linalg/qr';
import { dot } from '../linalg/vectors';
import { splitLeft } from './leftBasis';

/** One step of TT-SVD: A ~ U Z, U with orthonormal columns, Z the rows of A in that basis. */
export interface Split {
  readonly U: Matrix;
  readonly Z: Matrix;
}

/** A split that serves every rank: rows of Z by descending length. */
export interface FullSplit extends Split {
  /** `discarded[r]`: the squared error of keeping r; the last entry, of keeping all, is 0. */
  readonly discarded: Float64Array;
}

/** How a step at one rank is computed, which depends on sizes and rank alone. */
export type SplitKind = 'whole' | 'few' | 'full';

/** Of the random start; the result is the same each time. */
const seed = 0;
/** Share of the squared norm below which a difference of squared norms has lost digits. */
const subtractable = 1e-4;

/**
 * `whole` where nothing is truncated and any orthonormal basis will do, `few` where an iteration
 * finds the leading vectors sooner than a decomposition finds all, `full` otherwise.
 */
export function splitKind(rows: number, columns: number, rank: number): SplitKind {
  const full = Math.min(rows, columns);
  return rank >= full ? 'whole' : isLeadingFew(full, rank) ? 'few' : 'full';
}

/** Everything there is to keep. */
export function splitWhole(A: Matrix, job: Job): Split {
  if (A.rows <= A.columns) {
    return { U: identity(A.rows), Z: A };
  }
  const { Q, R } = qr(A, job);
  return { U: Q, Z: R };
}

export async function splitFully(A: Matrix, job: Job): Promise<FullSplit> {
  const { U, Z } = await splitLeft(A, job);
  const discarded = new Float64Array(Z.rows + 1);
  for (let row = Z.rows - 1; row >= 0; row--) {
    discarded[row] = discarded[row + 1] + squaredLength(Z, row);
  }
  return { U, Z, discarded };
}

/**
 * The leading `rank` vectors by {@link leadingSubspace}, and the squared error of keeping them.
 * Undefined where they hold so nearly all of A that the error is beneath the rounding of squares.
 */
export async function splitFew(
  A: Matrix,
  rank: number,
  job: Job,
): Promise<(Split & { readonly loss: number }) | undefined> {
  if (A.rows > A.columns) {
    const { Q, R } = qr(A, job);
    const small = await splitFew(R, rank, job);
    return small && { ...small, U: await multiply(Q, small.U, { job }) };
  }
  const basis = leadingSubspace(await gram(A, 'rows', job), rank, seed, job);
  const projected = await multiply(basis, A, { transposeA: true, job });
  const rotation = eigh(await gram(projected, 'rows', job), job, { count: rank }).vectors;
  const U = await multiply(basis, rotation, { job });
  const Z = await multiply(rotation, projected, { transposeA: true, job });
  const total = dot(A.data, 0, A.data, 0, A.data.length);
  const loss = total - dot(Z.data, 0, Z.data, 0, Z.data.length);
  return loss > subtractable * total ? { U, Z, loss } : undefined;
}

function squaredLength({ data, columns }: Matrix, row: number): number {
  return dot(data, row * columns, data, row * columns, columns);
}
