import { unattended, type Job } from '../job';
import type { FloatArray } from '../tensor/tensor';

/** A dense row-major matrix in f64. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** W = U diag(s) V^T: U (rows x k), s descending and non-negative, V (columns x k). */
export interface SingularValueDecomposition {
  readonly U: Matrix;
  readonly s: Float64Array;
  readonly V: Matrix;
}

/** Symmetric A = Q diag(values) Q^T, values descending, columns of Q orthonormal. */
export interface EigenDecomposition {
  readonly values: Float64Array;
  readonly vectors: Matrix;
}

/** A `rows` x `columns` matrix over `data` (row-major, not copied), or of zeros. */
export function createMatrix(
  rows: number,
  columns: number,
  data: Float64Array = new Float64Array(rows * columns),
): Matrix {
  return { rows, columns, data };
}

/** The `size` x `size` identity. */
export function identity(size: number): Matrix {
  const result = createMatrix(size, size);
  for (let i = 0; i < size; i++) {
    result.data[i * size + i] = 1;
  }
  return result;
}

/** A^T. */
export function transpose(a: Matrix, job: Job = unattended): Matrix {
  const result = createMatrix(a.columns, a.rows);
  transposeInto(result.data, a.data, a.rows, a.columns, job);
  return result;
}

/** Writes the transpose of `source` (rows x columns), tile by tile so that both stay in cache. */
export function transposeInto(
  target: Float64Array,
  source: FloatArray,
  rows: number,
  columns: number,
  job: Job = unattended,
): void {
  const tile = 32;
  for (let i0 = 0; i0 < rows; i0 += tile) {
    job.throwIfCancelled();
    const iEnd = Math.min(rows, i0 + tile);
    for (let j0 = 0; j0 < columns; j0 += tile) {
      const jEnd = Math.min(columns, j0 + tile);
      // Along the target's rows: lines that are written cost more than lines that are read.
      for (let j = j0; j < jEnd; j++) {
        for (let i = i0, from = i0 * columns + j, to = j * rows + i0; i < iEnd; i++, to++) {
          target[to] = source[from];
          from += columns;
        }
      }
    }
  }
}

/** The first `count` columns of A, copied (A itself when it has no more). */
export function firstColumns(a: Matrix, count: number): Matrix {
  if (count >= a.columns) {
    return a;
  }
  const result = createMatrix(a.rows, count);
  for (let i = 0; i < a.rows; i++) {
    result.data.set(a.data.subarray(i * a.columns, i * a.columns + count), i * count);
  }
  return result;
}

/** A diag(scale): column j times `scale[j]`. */
export function scaleColumns(a: Matrix, scale: ArrayLike<number>): Matrix {
  const result = createMatrix(a.rows, a.columns);
  for (let i = 0, at = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++, at++) {
      result.data[at] = a.data[at] * scale[j];
    }
  }
  return result;
}
