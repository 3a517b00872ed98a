import type { Job } from '../job';
import { eigh } from '../linalg/eigh';
import { gram } from '../linalg/gram';
import { createMatrix, identity, type Matrix } from '../linalg/matrix';
import { kernels } from '../kernels';
import { multiply } from '../linalg/multiply';
import { qr } from '../linalg/qr';
import { dot } from '../linalg/vectors';
import { resident } from './khatriRao';
import { splitLeft } from './leftBasis';
import { project } from './projection';

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

/** Share of the squared norm above which eigenvalues of an f32 Gram matrix tell what is lost. */
const gramSuffices = 1e-4;
/** Where forming few of all eigenvectors saves time: for a sixth of a large matrix it halves it. */
const few = { sizeFrom: 512, share: 1 / 6 };

/**
 * `whole` where nothing is truncated and any orthonormal basis will do, `few` where only the leading
 * vectors of a large unfolding are formed, `full` otherwise.
 */
export function splitKind(rows: number, columns: number, rank: number): SplitKind {
  const full = Math.min(rows, columns);
  if (rank >= full) {
    return 'whole';
  }
  return full >= few.sizeFrom && rank <= full * few.share ? 'few' : 'full';
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
 * The leading `rank` vectors and the rows in their basis, computed in f32, and the squared error of keeping
 * them.
 * Undefined where they hold so nearly all of A that f32 cannot tell what is lost.
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
  return kernels().arena.asyncScope(async () => {
    const copy = resident(A);
    const total = squaredNorm(copy.data);
    const options = { precision: 'single', bound: Math.sqrt(total) } as const;
    const G = await gram(copy, 'rows', job, options);
    const { vectors: U } = eigh(G, job, { count: rank, ...options });
    const projected = await project(U, copy, { ...options, job });
    const Z = createMatrix(rank, A.columns, new Float64Array(projected.data));
    // U is orthonormal in f64, so this is what U Z misses, whatever rounding did to U's direction.
    const loss = total - squaredNorm(Z.data);
    return loss > gramSuffices * total ? { U, Z, loss } : undefined;
  });
}

function squaredLength({ data, columns }: Matrix, row: number): number {
  return dot(data, row * columns, data, row * columns, columns);
}

function squaredNorm(data: Float64Array): number {
  return dot(data, 0, data, 0, data.length);
}
