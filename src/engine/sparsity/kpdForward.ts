import { unattended, type Job } from '../job';
import { addProduct } from '../linalg/blockedProduct';
import { createMatrix, type Matrix } from '../linalg/matrix';
import type { DenseTensor, FloatArray } from '../tensor/tensor';
import { permute } from '../tensor/unfold';
import type { KpdForm } from './kpdForm';
import { kpdMacs } from './kpdSize';

/**
 * W X (rows x N) for X (columns x N) without forming W: with X cut into n1 pieces X_j of n2 rows and
 * the result into m1 pieces Y_i of m2 rows, Y_i = sum over j and terms t of A_t[i, j] B_t X_j. Either
 * every B_t X_j comes first or every sum over j of A_t[i, j] X_j, whichever takes fewer
 * multiply-adds: two large products each, in which dropped blocks are zeros of A.
 */
export function kpdForward(form: KpdForm, x: Matrix, job: Job = unattended): Matrix {
  const { bFirst, aFirst } = kpdMacs(form.grid, form.grid.count, form.rank);
  return bFirst <= aFirst ? kpdForwardBFirst(form, x, job) : kpdForwardAFirst(form, x, job);
}

/** {@link kpdForward} with all B_t X_j first. */
export function kpdForwardBFirst(form: KpdForm, x: Matrix, job: Job = unattended): Matrix {
  const { grid, rank, b } = form;
  const { blockRows: m2, blockColumns: n2, gridRows: m1, gridColumns: n1 } = grid;
  const batch = x.columns;
  const input = tensorOf([n1, n2, batch], padded(x, n1 * n2).data);
  const pieces = permute(input, [1, 0, 2], job);
  const products = product([rank * m2, n2, n1 * batch], b, pieces.data, job);
  const byBlock = permute(tensorOf([rank, m2, n1, batch], products), [0, 2, 1, 3], job);
  const A = permute(tensorOf([rank, m1, n1], denseA(form)), [1, 0, 2], job);
  const y = product([m1, rank * n1, m2 * batch], A.data, byBlock.data, job);
  return cropped(createMatrix(m1 * m2, batch, y), grid.rows);
}

/** {@link kpdForward} with all sums over j first. */
export function kpdForwardAFirst(form: KpdForm, x: Matrix, job: Job = unattended): Matrix {
  const { grid, rank, b } = form;
  const { blockRows: m2, blockColumns: n2, gridRows: m1, gridColumns: n1 } = grid;
  const batch = x.columns;
  const input = padded(x, n1 * n2);
  const sums = product([rank * m1, n1, n2 * batch], denseA(form), input.data, job);
  const byTerm = permute(tensorOf([rank, m1, n2, batch], sums), [0, 2, 1, 3], job);
  const B = permute(tensorOf([rank, m2, n2], b), [1, 0, 2], job);
  const y = product([m2, rank * n2, m1 * batch], B.data, byTerm.data, job);
  const rows = permute(tensorOf([m2, m1, batch], y), [1, 0, 2], job);
  return cropped(createMatrix(m1 * m2, batch, rows.data), grid.rows);
}

/** A_1 ... A_r with their zeros, rank x m1 x n1. */
function denseA({ grid, rank, blocks, a }: KpdForm): Float64Array {
  const result = new Float64Array(rank * grid.count);
  for (let t = 0; t < rank; t++) {
    blocks.forEach((block, k) => {
      result[t * grid.count + block] = a[t * blocks.length + k];
    });
  }
  return result;
}

function tensorOf(shape: readonly number[], data: FloatArray): DenseTensor {
  return { shape, data };
}

/** Row-major (m x k)(k x n). */
function product(
  [m, k, n]: readonly [number, number, number],
  a: FloatArray,
  b: FloatArray,
  job: Job,
): Float64Array {
  const result = new Float64Array(m * n);
  const left = { data: a, rowStride: k, columnStride: 1 };
  const right = { data: b, rowStride: n, columnStride: 1 };
  addProduct({ m, n, k }, left, right, result, { into: 'replace', job });
  return result;
}

function padded(x: Matrix, rows: number): Matrix {
  if (x.rows === rows) {
    return x;
  }
  const result = createMatrix(rows, x.columns);
  result.data.set(x.data);
  return result;
}

function cropped(y: Matrix, rows: number): Matrix {
  return y.rows === rows ? y : createMatrix(rows, y.columns, y.data.slice(0, rows * y.columns));
}
