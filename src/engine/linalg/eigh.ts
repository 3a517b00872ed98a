import { Failure } from '../../failures';
import { unattended, type Job } from '../job';
import { createMatrix, type EigenDecomposition, type Matrix } from './matrix';
import { fixSigns } from './signs';
import { addScaled, dot, largestMagnitude, powerOfTwoAbove, rotate } from './vectors';

const maxIterations = 60;

/**
 * All eigenvalues (descending) and orthonormal eigenvectors (columns) of a symmetric matrix, of
 * which the lower triangle is read: Householder tridiagonalisation, then implicit QL (Golub and
 * Van Loan, Matrix Computations, 8.3). Each eigenvalue is right to a few eps of the largest.
 * @throws Failure (internal) when an entry is not finite.
 */
export function eigh(symmetric: Matrix, job: Job = unattended): EigenDecomposition {
  const n = symmetric.rows;
  const largest = largestMagnitude(symmetric.data);
  if (!Number.isFinite(largest)) {
    throw new Failure('internal', `A ${n} x ${n} matrix holds an entry that is not finite.`);
  }
  const scale = powerOfTwoAbove(largest);
  const a = symmetric.data.map((value) => value / scale);
  const diagonal = new Float64Array(n);
  const below = new Float64Array(n);
  tridiagonalise(a, n, diagonal, below, job);
  const rows = accumulateReflectors(a, n, job);
  diagonalise(diagonal, below, rows, n, job);
  return sortDescending(diagonal, rows, n, scale);
}

/**
 * A = Q T Q^T with T tridiagonal: `diagonal[i]` = T_ii, `below[i]` = T_{i,i-1}. Row i of `a` is
 * overwritten by the reflector (v^T v = 2 or 0, entries 0..i-1) that reduced it.
 */
function tridiagonalise(
  a: Float64Array,
  n: number,
  diagonal: Float64Array,
  below: Float64Array,
  job: Job,
): void {
  const p = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    job.throwIfCancelled();
    const v = i * n;
    diagonal[i] = a[v + i];
    below[i] = makeReflector(a, v, i);
    if (a[v + i - 1] === 0) {
      continue;
    }
    // p = A v from the lower triangle, each row read once.
    p.fill(0, 0, i);
    for (let row = 0; row < i; row++) {
      const from = row * n;
      p[row] += dot(a, from, a, v, row + 1);
      addScaled(a[v + row], a, from, p, 0, row);
    }
    // w = p - (v^T p / 2) v, then A <- A - v w^T - w v^T.
    addScaled(-dot(p, 0, a, v, i) / 2, a, v, p, 0, i);
    for (let row = 0; row < i; row++) {
      subtractPair(a, row * n, a[v + row], p, p[row], v, row + 1);
    }
  }
  if (n > 0) {
    diagonal[0] = a[0];
  }
}

/** a[at..] -= x p + y a[v..]. */
function subtractPair(
  a: Float64Array,
  at: number,
  x: number,
  p: Float64Array,
  y: number,
  v: number,
  count: number,
): void {
  for (let j = 0; j < count; j++) {
    a[at + j] -= x * p[j] + y * a[v + j];
  }
}

/**
 * Turns the row at `from` (entries 0..count-1) into v of H = I - v v^T with H row = alpha times
 * the last unit vector; returns alpha. v is zero when the row needs no reflection.
 */
function makeReflector(a: Float64Array, from: number, count: number): number {
  const last = from + count - 1;
  let largest = 0;
  for (let j = from; j < last; j++) {
    largest = Math.max(largest, Math.abs(a[j]));
  }
  if (largest === 0) {
    const alpha = a[last];
    a.fill(0, from, last + 1);
    return alpha;
  }
  largest = Math.max(largest, Math.abs(a[last]));
  for (let j = from; j <= last; j++) {
    a[j] /= largest;
  }
  const norm = Math.sqrt(dot(a, from, a, from, count));
  const alpha = a[last] > 0 ? -norm : norm;
  a[last] -= alpha;
  const scale = 1 / Math.sqrt(norm * Math.abs(a[last]));
  for (let j = from; j <= last; j++) {
    a[j] *= scale;
  }
  return alpha * largest;
}

/** Q^T, so that the columns of Q lie contiguously: column j is H_{n-1} ... H_1 e_j. */
function accumulateReflectors(a: Float64Array, n: number, job: Job): Float64Array {
  const rows = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    job.throwIfCancelled();
    const column = j * n;
    rows[column + j] = 1;
    for (let i = j + 1; i < n; i++) {
      const inner = dot(a, i * n, rows, column, i);
      if (inner !== 0) {
        addScaled(-inner, a, i * n, rows, column, i);
      }
    }
  }
  return rows;
}

/** Implicit QL with Wilkinson's shift; every rotation acts on two rows of `rows`. */
function diagonalise(
  d: Float64Array,
  below: Float64Array,
  rows: Float64Array,
  n: number,
  job: Job,
): void {
  const e = new Float64Array(n);
  e.set(below.subarray(1));
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      const m = endOfBlock(d, e, l, n);
      if (m === l) {
        break;
      }
      if (iteration === maxIterations) {
        throw new Failure('internal', `Eigenvalue ${l} of ${n} did not converge.`);
      }
      sweep(d, e, l, m, rows, n, job);
    }
  }
}

/** The first m >= l whose off-diagonal entry e[m] is negligible. */
function endOfBlock(d: Float64Array, e: Float64Array, l: number, n: number): number {
  let m = l;
  while (m < n - 1 && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) {
    m++;
  }
  return m;
}

function sweep(
  d: Float64Array,
  e: Float64Array,
  l: number,
  m: number,
  rows: Float64Array,
  n: number,
  job: Job,
): void {
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  const root = Math.hypot(half, 1);
  let g = d[m] - d[l] + e[l] / (half + (half < 0 ? -root : root));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    if ((i & 63) === 0) {
      job.throwIfCancelled();
    }
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      // The off-diagonal product underflowed: the block splits here.
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    const t = (d[i] - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    rotate(rows, i * n, rows, (i + 1) * n, n, c, s);
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

function sortDescending(
  diagonal: Float64Array,
  rows: Float64Array,
  n: number,
  scale: number,
): EigenDecomposition {
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j] - diagonal[i] || i - j);
  const values = Float64Array.from(order, (i) => diagonal[i] * scale);
  const vectors = createMatrix(n, n);
  for (let k = 0; k < n; k++) {
    const from = order[k] * n;
    for (let i = 0; i < n; i++) {
      vectors.data[i * n + k] = rows[from + i];
    }
  }
  fixSigns(vectors);
  return { values, vectors };
}
