import { unattended, type Job } from '../job';
import { createMatrix, type Matrix } from '../linalg/matrix';
import type { CompressedRows } from './sparseTensor';

/** Multiply-adds between two looks at the stop sign: some 20 ms. */
const workPerLook = 2 ** 24;

/** A countdown of work after which the stop sign is looked at. */
export function lookingEvery(job: Job, work = workPerLook): (done: number) => void {
  let left = work;
  return (done) => {
    left -= done;
    if (left < 0) {
      left = work;
      job.throwIfCancelled();
    }
  };
}

/** X B for sparse X (its rows) and dense B (columns of X x k): rows x k. */
export function sparseTimesDense(X: CompressedRows, B: Matrix, job: Job = unattended): Matrix {
  const rows = X.pointers.length - 1;
  const k = B.columns;
  const result = createMatrix(rows, k);
  const look = lookingEvery(job);
  for (let i = 0; i < rows; i++) {
    for (let e = X.pointers[i]; e < X.pointers[i + 1]; e++) {
      addScaledRow(result.data, i * k, B.data, X.columns[e] * k, X.values[e], k);
    }
    look((X.pointers[i + 1] - X.pointers[i]) * k);
  }
  return result;
}

/** X^T A for sparse X (its rows) with `columns` columns and dense A (rows of X x k): columns x k. */
export function transposedTimesDense(
  X: CompressedRows,
  columns: number,
  A: Matrix,
  job: Job = unattended,
): Matrix {
  const k = A.columns;
  const result = createMatrix(columns, k);
  const look = lookingEvery(job);
  for (let i = 0; i < A.rows; i++) {
    for (let e = X.pointers[i]; e < X.pointers[i + 1]; e++) {
      addScaledRow(result.data, X.columns[e] * k, A.data, i * k, X.values[e], k);
    }
    look((X.pointers[i + 1] - X.pointers[i]) * k);
  }
  return result;
}

/** target[to ..] += scale source[from ..], `count` numbers. */
export function addScaledRow(
  target: Float64Array,
  to: number,
  source: Float64Array,
  from: number,
  scale: number,
  count: number,
): void {
  for (let r = 0; r < count; r++) {
    target[to + r] += scale * source[from + r];
  }
}

/**
 * The sum over the lines x of X of weight x x^T: X^T diag(weights) X (columns x columns), dense and
 * symmetric. Costs the sum of the squared numbers of entries per line.
 */
export function weightedGram(
  X: CompressedRows,
  columns: number,
  weights: Float64Array | undefined,
  job: Job = unattended,
): Matrix {
  const result = createMatrix(columns, columns);
  const look = lookingEvery(job);
  for (let line = 0; line + 1 < X.pointers.length; line++) {
    const weight = weights ? weights[line] : 1;
    const from = X.pointers[line];
    const end = X.pointers[line + 1];
    if (weight === 0) {
      continue;
    }
    for (let e = from; e < end; e++) {
      const row = X.columns[e] * columns;
      const value = weight * X.values[e];
      for (let f = from; f < end; f++) {
        result.data[row + X.columns[f]] += value * X.values[f];
      }
    }
    look((end - from) ** 2);
  }
  return result;
}

/** The squared length of every row. */
export function squaredRowNorms(X: CompressedRows): Float64Array {
  const norms = new Float64Array(X.pointers.length - 1);
  for (let i = 0; i < norms.length; i++) {
    for (let e = X.pointers[i]; e < X.pointers[i + 1]; e++) {
      norms[i] += X.values[e] ** 2;
    }
  }
  return norms;
}

/** Rows `which` of X, in that order. */
export function pickRows(X: CompressedRows, which: Uint32Array): CompressedRows {
  const pointers = new Uint32Array(which.length + 1);
  which.forEach((row, t) => {
    pointers[t + 1] = pointers[t] + X.pointers[row + 1] - X.pointers[row];
  });
  const columns = new Uint32Array(pointers[which.length]);
  const values = new Float64Array(columns.length);
  which.forEach((row, t) => {
    const [from, end] = [X.pointers[row], X.pointers[row + 1]];
    columns.set(X.columns.subarray(from, end), pointers[t]);
    values.set(X.values.subarray(from, end), pointers[t]);
  });
  return { pointers, columns, values };
}
