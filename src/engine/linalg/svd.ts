import { UsageError } from '../../failures';
import { unattended, type Job } from '../job';
import { eigh } from './eigh';
import { gram } from './gram';
import {
  createMatrix,
  firstColumns,
  scaleColumns,
  transpose,
  type Matrix,
  type SingularValueDecomposition,
} from './matrix';
import { multiply } from './multiply';
import { completeColumns, oneSidedJacobi } from './oneSidedJacobi';
import { qr } from './qr';
import { randomisedSvd, sketchSize } from './randomisedSvd';
import { fixSigns } from './signs';
import { dot, largestMagnitude, powerOfTwoAbove } from './vectors';

/** Up to this many columns every singular value is found to full accuracy. */
const jacobiUpTo = 1024;
/** Above this many columns a small rank is found from a random sketch. */
const exactUpTo = 1600;
const elementsPerCheck = 2 ** 20;

export interface SvdOptions {
  /** Number of triplets wanted; all min(m, n) when left out. */
  readonly rank?: number;
  /** Of the random sketch; the result is the same for the same seed. Default 0. */
  readonly seed?: number;
}

/**
 * Truncated singular value decomposition, the only door to one. Columns of U have their entry of
 * largest magnitude positive; zero singular values get an orthonormal completion.
 *
 * With n = min(rows, columns): up to 1024, one-sided Jacobi (after a QR of a long matrix), accurate
 * for every singular value; above, eigenvectors of the Gram matrix on the short side, whose
 * singular vectors on the long side lose orthogonality below about 1e-6 of the largest value;
 * above 1600, when the sketch for `rank` is less than half of n, randomised subspace iteration.
 * @throws UsageError when an entry is not finite.
 */
export async function svd(
  a: Matrix,
  options: SvdOptions = {},
  job: Job = unattended,
): Promise<SingularValueDecomposition> {
  const largest = largestMagnitude(a.data);
  if (!Number.isFinite(largest)) {
    throw new UsageError(
      `A ${a.rows} x ${a.columns} matrix holds NaN or infinity; singular values need finite numbers.`,
    );
  }
  if (a.rows < a.columns) {
    const { U, s, V } = await svdOfTall(transpose(a, job), largest, options, job);
    return withFixedSigns({ U: V, s, V: U });
  }
  return withFixedSigns(await svdOfTall(a, largest, options, job));
}

/** Whether {@link svd} answers exactly, whatever the rank, for a matrix of this size. */
export function isExact(rows: number, columns: number): boolean {
  return Math.min(rows, columns) <= exactUpTo;
}

/** Number of singular values that stand clear of rounding: s_i > max(m, n) eps s_1. */
export function numericalRank(s: Float64Array, rows: number, columns: number): number {
  const threshold = Math.max(rows, columns) * Number.EPSILON * (s[0] ?? 0);
  let rank = 0;
  while (rank < s.length && s[rank] > threshold) {
    rank++;
  }
  return rank;
}

/** rows >= columns; signs not yet fixed. */
async function svdOfTall(
  a: Matrix,
  largest: number,
  options: SvdOptions,
  job: Job,
): Promise<SingularValueDecomposition> {
  const n = a.columns;
  const rank = Math.max(1, Math.min(options.rank ?? n, n));
  // An exact scale: squares of the entries then neither overflow nor vanish.
  const scale = powerOfTwoAbove(largest);
  const scaled = dividedBy(a, scale, job);
  const result =
    n > exactUpTo && sketchSize(rank) < n / 2
      ? await randomisedSvd(scaled, rank, options.seed ?? 0, exactSvd, job)
      : await exactSvd(scaled, job);
  return {
    U: firstColumns(result.U, rank),
    s: result.s.subarray(0, rank).map((value) => value * scale),
    V: firstColumns(result.V, rank),
  };
}

/** All triplets of a matrix with entries of order one, either way round. */
async function exactSvd(a: Matrix, job: Job): Promise<SingularValueDecomposition> {
  if (a.rows < a.columns) {
    const { U, s, V } = await exactSvd(transpose(a, job), job);
    return { U: V, s, V: U };
  }
  if (a.columns > jacobiUpTo) {
    const { vectors } = eigh(await gram(a, 'columns', job), job);
    const left = transpose(await multiply(a, vectors, { job }));
    return sortTriplets(left, transpose(vectors), job);
  }
  if (a.rows > a.columns) {
    const { Q, R } = qr(a, job);
    const { left, right } = await oneSidedJacobi(R, job);
    const { U, s, V } = sortTriplets(left, right, job);
    return { U: await multiply(Q, U, { job }), s, V };
  }
  const { left, right } = await oneSidedJacobi(a, job);
  return sortTriplets(left, right, job);
}

/** From rows s_j u_j and v_j to U, s descending, V. */
function sortTriplets(left: Matrix, right: Matrix, job: Job): SingularValueDecomposition {
  const { rows: n, columns: m } = left;
  const norms = Float64Array.from({ length: n }, (_, j) =>
    Math.sqrt(dot(left.data, j * m, left.data, j * m, m)),
  );
  const order = Array.from(norms.keys()).sort((i, j) => norms[j] - norms[i] || i - j);
  const s = Float64Array.from(order, (j) => norms[j]);
  const U = transpose(pickRows(left, order));
  const V = transpose(pickRows(right, order));
  const inverse = s.map((value) => (value > 0 ? 1 / value : 0));
  const unit = scaleColumns(U, inverse);
  const missing = order.flatMap((_, k) => (s[k] > 0 ? [] : [k]));
  completeColumns(unit, missing, job);
  return { U: unit, s, V };
}

function dividedBy(a: Matrix, divisor: number, job: Job): Matrix {
  const result = createMatrix(a.rows, a.columns);
  for (let from = 0; from < result.data.length; from += elementsPerCheck) {
    job.throwIfCancelled();
    const end = Math.min(result.data.length, from + elementsPerCheck);
    for (let i = from; i < end; i++) {
      result.data[i] = a.data[i] / divisor;
    }
  }
  return result;
}

function pickRows(a: Matrix, order: readonly number[]): Matrix {
  const result = createMatrix(order.length, a.columns);
  order.forEach((row, k) => {
    result.data.set(a.data.subarray(row * a.columns, (row + 1) * a.columns), k * a.columns);
  });
  return result;
}

function withFixedSigns(result: SingularValueDecomposition): SingularValueDecomposition {
  fixSigns(result.U, result.V);
  return result;
}
