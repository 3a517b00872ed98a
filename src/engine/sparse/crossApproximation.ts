import type { Job } from '../job';
import { eigh } from '../linalg/eigh';
import { gram } from '../linalg/gram';
import { createMatrix, firstColumns, scaleColumns, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { dot } from '../linalg/vectors';
import { requireRoom } from './fitting';
import {
  lookingEvery,
  pickRows,
  sparseTimesDense,
  transposedTimesDense,
  weightedGram,
} from './sparseProducts';
import { transposed, compressedRows, squaredNorm, type SparseTensor } from './sparseTensor';

/** Distinct rows or columns, and what each counts for. */
export interface Sample {
  /** Ascending. */
  readonly indices: Uint32Array;
  /** times drawn / (draws probability): the squares of the factors by which they are scaled. */
  readonly weights: Float64Array;
}

/** X ~ C U R with C and R columns and rows of X as they are; all scales are in U. */
export interface CrossApproximation {
  /** Columns kept, and their entries by column. */
  readonly columns: Uint32Array;
  /** Rows kept. */
  readonly rows: Uint32Array;
  /** U: columns kept x rows kept. */
  readonly middle: Matrix;
  readonly rank: number;
  readonly squaredError: number;
}

/** Singular values of C below this share of the largest are dropped, or their inverses explode. */
const leastSingularValue = 1e-10;

/**
 * With C_s the sampled columns times the roots of their weights, C_s = U_c S_c V_c^T and k its rank
 * (`rank` at most), X ~ U_c sum_i w_i u_i x_i over the sampled rows: U_c^T X estimated from them.
 * That is linear-time CUR (Drineas, Kannan and Mahoney 2006) as well as CMD (Sun et al. 2007), which
 * differ in what they keep: Phi Psi^T equals V_c S_c^-1 [rows of U_c]^T diag(w) once the duplicates
 * of a column share one place.
 *
 * The singular vectors come from the Gram matrix of C_s on its short side, which tells singular
 * values apart from about sqrt(n eps) of the largest on; smaller ones are dropped. The error is that
 * of the matrices kept, X's entries and small dense products only.
 * @throws OutOfMemoryError when U, or the products of sampled rows with all rows, are too large.
 */
export async function crossApproximation(
  X: SparseTensor,
  columns: Sample,
  rows: Sample,
  rank: number,
  job: Job,
): Promise<CrossApproximation> {
  const [N, M] = X.dims;
  const [c, r] = [columns.indices.length, rows.indices.length];
  const remedy = 'Sample fewer rows and columns.';
  requireRoom(c * r + r * N + Math.min(c, N) ** 2, 'The middle matrix and its parts', remedy, job);
  const byColumn = compressedRows(transposed(X));
  const C = pickRows(byColumn, columns.indices);
  const A = await columnMap(C, N, columns.weights, Math.min(rank, c, N), job);
  // L = C A: U_c up to rounding, and exactly what the matrices kept give.
  const L = transposedTimesDense(C, N, A, job);
  const G = weightedRows(L, rows);
  const middle = await multiply(A, G, { transposeB: true, job });
  const R = pickRows(compressedRows(X), rows.indices);
  // R X^T, of which the columns of the sampled rows are R R^T.
  const D = timesTransposed(R, byColumn, N, job);
  const RR = createMatrix(r, r);
  for (let s = 0; s < r; s++) {
    rows.indices.forEach((row, t) => (RR.data[s * r + t] = D.data[s * N + row]));
  }
  const cross = await multiply(D, L, { job });
  const [LL, WW] = [
    await gram(L, 'columns', job),
    await multiply(G, await multiply(RR, G, { job }), { transposeA: true, job }),
  ];
  const inner = dot(cross.data, 0, G.data, 0, G.data.length);
  const square = dot(LL.data, 0, WW.data, 0, WW.data.length);
  return {
    columns: columns.indices,
    rows: rows.indices,
    middle,
    rank: A.columns,
    squaredError: M > 0 ? squaredNorm(X) - 2 * inner + square : 0,
  };
}

/** A (c x k) with C A = U_c, for C with its columns as lines. */
async function columnMap(
  C: ReturnType<typeof pickRows>,
  N: number,
  weights: Float64Array,
  rank: number,
  job: Job,
): Promise<Matrix> {
  const c = weights.length;
  const roots = weights.map(Math.sqrt);
  if (c <= N) {
    // C_s^T C_s = Y S^2 Y^T and U_c = C_s Y S^-1.
    const square = gramOfLines(C, N, roots, job);
    const { values, vectors } = eigh(square, job, { count: rank });
    const k = rankOf(values, rank);
    const inverse = values.subarray(0, k).map((value) => 1 / Math.sqrt(value));
    return scaleRows(scaleColumns(firstColumns(vectors, k), inverse), roots);
  }
  // C_s C_s^T = U_c S^2 U_c^T and U_c = C_s (C_s^T U_c S^-2).
  const { values, vectors } = eigh(weightedGram(C, N, weights, job), job, { count: rank });
  const k = rankOf(values, rank);
  const inverse = values.subarray(0, k).map((value) => 1 / value);
  const images = sparseTimesDense(C, firstColumns(vectors, k), job);
  return scaleRows(scaleColumns(images, inverse), weights);
}

/** Entry (a, b): the product of lines a and b of C, each times its scale; through C's columns. */
function gramOfLines(
  C: ReturnType<typeof pickRows>,
  N: number,
  scales: Float64Array,
  job: Job,
): Matrix {
  const c = scales.length;
  const pointers = new Uint32Array(N + 1);
  for (const row of C.columns) {
    pointers[row + 1]++;
  }
  for (let i = 0; i < N; i++) {
    pointers[i + 1] += pointers[i];
  }
  const next = pointers.slice(0, N);
  const columns = new Uint32Array(C.columns.length);
  const values = new Float64Array(columns.length);
  for (let t = 0; t < c; t++) {
    for (let e = C.pointers[t]; e < C.pointers[t + 1]; e++) {
      const at = next[C.columns[e]]++;
      columns[at] = t;
      values[at] = C.values[e] * scales[t];
    }
  }
  return weightedGram({ pointers, columns, values }, c, undefined, job);
}

function rankOf(squares: Float64Array, rank: number): number {
  const least = Math.max(leastSingularValue ** 2, squares.length * Number.EPSILON);
  let k = 0;
  while (k < Math.min(rank, squares.length) && squares[k] > least * squares[0]) {
    k++;
  }
  return k;
}

function scaleRows(a: Matrix, scale: Float64Array): Matrix {
  for (let i = 0, at = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++, at++) {
      a.data[at] *= scale[i];
    }
  }
  return a;
}

/** G (r x k): row i_t of L times its weight. */
function weightedRows(L: Matrix, { indices, weights }: Sample): Matrix {
  const k = L.columns;
  const G = createMatrix(indices.length, k);
  indices.forEach((row, t) => G.data.set(L.data.subarray(row * k, (row + 1) * k), t * k));
  return scaleRows(G, weights);
}

/** R X^T for R by rows and X by columns. */
function timesTransposed(
  R: ReturnType<typeof pickRows>,
  byColumn: ReturnType<typeof pickRows>,
  N: number,
  job: Job,
): Matrix {
  const r = R.pointers.length - 1;
  const result = createMatrix(r, N);
  const look = lookingEvery(job);
  for (let s = 0; s < r; s++) {
    for (let e = R.pointers[s]; e < R.pointers[s + 1]; e++) {
      const j = R.columns[e];
      for (let f = byColumn.pointers[j]; f < byColumn.pointers[j + 1]; f++) {
        result.data[s * N + byColumn.columns[f]] += R.values[e] * byColumn.values[f];
      }
      look(byColumn.pointers[j + 1] - byColumn.pointers[j]);
    }
  }
  return result;
}
