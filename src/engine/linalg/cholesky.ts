import { Failure } from '../../failures';
import type { Job } from '../job';
import { addProduct } from './blockedProduct';
import { createMatrix, type Matrix } from './matrix';
import { dot } from './vectors';

const blockSize = 64;
const maxAttempts = 20;

/**
 * M (m x R) times (G + ridge I)^{-1} for symmetric positive semi-definite G (R x R), by Cholesky.
 * When a pivot fails, the ridge grows tenfold, from at least 1e-12 trace(G) / R, and it is tried
 * again. @throws Failure (internal) when G holds numbers that are not finite.
 */
export function solveRight(m: Matrix, g: Matrix, ridge: number, job?: Job): Matrix {
  const size = g.rows;
  let trace = 0;
  for (let i = 0; i < size; i++) {
    trace += g.data[i * size + i];
  }
  let shift = ridge;
  for (let attempt = 0; attempt < maxAttempts && Number.isFinite(trace); attempt++) {
    const L = choleskyFactor(g, shift, job);
    if (L) {
      const X = createMatrix(m.rows, size, Float64Array.from(m.data));
      solveForward(X, L, job);
      solveBackward(X, L, job);
      return X;
    }
    // An all-zero G has no scale of its own; any positive ridge makes the answer M / ridge.
    shift = Math.max(shift * 10, (1e-12 * trace) / size, 2 ** -1000);
  }
  throw new Failure(
    'internal',
    `A ${size} x ${size} system of normal equations has no finite solution.`,
  );
}

/**
 * Lower L with L L^T = G + shift I, or undefined when a pivot is not clearly positive. Blocked and
 * left-looking: nearly all the work is a matrix product.
 */
export function choleskyFactor(g: Matrix, shift = 0, job?: Job): Matrix | undefined {
  const n = g.rows;
  const L = createMatrix(n, n);
  for (let j0 = 0; j0 < n; j0 += blockSize) {
    const width = Math.min(blockSize, n - j0);
    const rows = n - j0;
    const done = new Float64Array(rows * width);
    const panel = { data: L.data.subarray(j0 * n), rowStride: n, columnStride: 1 };
    const right = { data: panel.data, rowStride: 1, columnStride: n };
    addProduct({ m: rows, n: width, k: j0 }, panel, right, done, { job });
    for (let j = 0; j < width; j++) {
      const column = j0 + j;
      const diagonal = g.data[column * n + column] + shift;
      for (let i = column; i < n; i++) {
        const inner = dot(L.data, i * n + j0, L.data, column * n + j0, j);
        const rest = g.data[i * n + column] - done[(i - j0) * width + j] - inner;
        if (i > column) {
          L.data[i * n + column] = rest / L.data[column * n + column];
          continue;
        }
        // Below this the pivot is what rounding left of the diagonal, not information.
        if (!(rest + shift > n * Number.EPSILON * Math.abs(diagonal))) {
          return undefined;
        }
        L.data[column * n + column] = Math.sqrt(rest + shift);
      }
    }
  }
  return L;
}

/** X <- X L^{-T}: x_i = (m_i - sum over p < i of L_ip x_p) / L_ii in each row, block by block. */
function solveForward(X: Matrix, L: Matrix, job?: Job): void {
  const { rows, columns: n, data: x } = X;
  for (let i0 = 0; i0 < n; i0 += blockSize) {
    const width = Math.min(blockSize, n - i0);
    const done = new Float64Array(rows * width);
    const left = { data: x, rowStride: n, columnStride: 1 };
    const right = { data: L.data.subarray(i0 * n), rowStride: 1, columnStride: n };
    addProduct({ m: rows, n: width, k: i0 }, left, right, done, { job });
    for (let row = 0; row < rows; row++) {
      const base = row * n + i0;
      for (let i = 0; i < width; i++) {
        const inner = dot(x, base, L.data, (i0 + i) * n + i0, i);
        const pivot = L.data[(i0 + i) * n + i0 + i];
        x[base + i] = (x[base + i] - done[row * width + i] - inner) / pivot;
      }
    }
  }
}

/** X <- X L^{-1}: x_i = (m_i - sum over p > i of L_pi x_p) / L_ii in each row, block by block. */
function solveBackward(X: Matrix, L: Matrix, job?: Job): void {
  const { rows, columns: n, data: x } = X;
  for (let i0 = Math.floor((n - 1) / blockSize) * blockSize; i0 >= 0; i0 -= blockSize) {
    const width = Math.min(blockSize, n - i0);
    const next = i0 + width;
    const done = new Float64Array(rows * width);
    const left = { data: x.subarray(next), rowStride: n, columnStride: 1 };
    const right = { data: L.data.subarray(next * n + i0), rowStride: n, columnStride: 1 };
    addProduct({ m: rows, n: width, k: n - next }, left, right, done, { job });
    for (let row = 0; row < rows; row++) {
      const base = row * n + i0;
      for (let i = width - 1; i >= 0; i--) {
        let sum = x[base + i] - done[row * width + i];
        for (let p = i + 1; p < width; p++) {
          sum -= L.data[(i0 + p) * n + i0 + i] * x[base + p];
        }
        x[base + i] = sum / L.data[(i0 + i) * n + i0 + i];
      }
    }
  }
}
