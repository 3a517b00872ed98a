import type { Job } from '../job';
import type { FloatArray } from '../tensor/tensor';
import { addProduct } from './blockedProduct';
import { eigh } from './eigh';
import { gram } from './gram';
import { createMatrix, type Matrix } from './matrix';

/** A dense row-major matrix in either precision. */
export interface FloatMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: FloatArray;
}

/** The singular vectors of a matrix on its short side, from the Gram matrix of that side. */
export interface GramBasis {
  readonly side: 'rows' | 'columns';
  /** Orthonormal columns by descending singular value: n x n, n = min(rows, columns). */
  readonly vectors: Matrix;
  /** Singular values; those below about 1e-8 of the largest are rounding. */
  readonly values: Float64Array;
  /** Entry r: the sum of the squares of all singular values from r on; the last is 0. */
  readonly tails: Float64Array;
}

/**
 * Half of an SVD at a fraction of the cost. The squares carry an absolute error of a few eps of
 * the largest, so a tail that is a share of 1e-4 of the whole still has ten digits.
 */
export async function gramBasis(a: FloatMatrix, job: Job): Promise<GramBasis> {
  const side = a.rows <= a.columns ? 'rows' : 'columns';
  const { values: squares, vectors } = eigh(await gram(a, side, job), job);
  const n = squares.length;
  const tails = new Float64Array(n + 1);
  for (let i = n - 1; i >= 0; i--) {
    tails[i] = tails[i + 1] + Math.max(0, squares[i]);
  }
  const values = squares.map((square) => Math.sqrt(Math.max(0, square)));
  return { side, vectors, values, tails };
}

/**
 * L (m x r) and R (r x n) with L R the projection of A on the first r vectors of its basis, the
 * best approximation of rank r; the singular values are split evenly.
 */
export function project(
  a: FloatMatrix,
  { side, vectors, values }: GramBasis,
  rank: number,
  job: Job,
): { readonly L: Matrix; readonly R: Matrix } {
  const n = vectors.columns;
  const basis = { data: vectors.data, rowStride: n, columnStride: 1 };
  const view = { data: a.data, rowStride: a.columns, columnStride: 1 };
  const roots = values.subarray(0, rank).map(Math.sqrt);
  const inverse = roots.map((root) => (root > 0 ? 1 / root : 0));
  if (side === 'rows') {
    const L = scaledColumns(vectors, rank, roots);
    const R = createMatrix(rank, a.columns);
    const turned = { ...basis, rowStride: 1, columnStride: n };
    const size = { m: rank, n: a.columns, k: a.rows };
    addProduct(size, turned, view, R.data, { into: 'replace', job });
    scaleRows(R, inverse);
    return { L, R };
  }
  const L = createMatrix(a.rows, rank);
  const size = { m: a.rows, n: rank, k: a.columns };
  addProduct(size, view, basis, L.data, { into: 'replace', job });
  for (let i = 0, at = 0; i < L.rows; i++) {
    for (let r = 0; r < rank; r++, at++) {
      L.data[at] *= inverse[r];
    }
  }
  const R = createMatrix(rank, a.columns);
  for (let r = 0; r < rank; r++) {
    for (let j = 0; j < a.columns; j++) {
      R.data[r * a.columns + j] = vectors.data[j * n + r] * roots[r];
    }
  }
  return { L, R };
}

function scaledColumns(a: Matrix, count: number, scale: Float64Array): Matrix {
  const result = createMatrix(a.rows, count);
  for (let i = 0, at = 0; i < a.rows; i++) {
    for (let j = 0; j < count; j++, at++) {
      result.data[at] = a.data[i * a.columns + j] * scale[j];
    }
  }
  return result;
}

function scaleRows({ rows, columns, data }: Matrix, scale: Float64Array): void {
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) {
      data[at] *= scale[i];
    }
  }
}
