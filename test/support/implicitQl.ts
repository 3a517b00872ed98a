import { createMatrix, type EigenDecomposition, type Matrix } from '../../src/engine/linalg/matrix';

const maxIterations = 10_000;

/**
 * Eigenvalues (descending) and vectors (columns, signs as they come) of a symmetric matrix, by the
 * textbook: unblocked Householder tridiagonalisation, then implicit QL (Golub and Van Loan, Matrix
 * Computations, 8.3). An implementation that shares nothing with the engine's.
 */
export function referenceEigh(symmetric: Matrix): EigenDecomposition {
  const n = symmetric.rows;
  const scale = symmetric.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const a = symmetric.data.map((value) => value / scale);
  const diagonal = new Float64Array(n);
  const below = new Float64Array(n);
  const reflectors = tridiagonalise(a, n, diagonal, below);
  const rows = createMatrix(n, n);
  for (let j = 0; j < n; j++) {
    rows.data[j * n + j] = 1;
    for (const v of [...reflectors].reverse()) {
      reflect(v, rows.data, j * n);
    }
  }
  diagonalise(diagonal, below, rows.data, n);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j] - diagonal[i]);
  const vectors = createMatrix(n, n);
  order.forEach((row, k) => {
    for (let i = 0; i < n; i++) {
      vectors.data[i * n + k] = rows.data[row * n + i];
    }
  });
  return { values: Float64Array.from(order, (i) => diagonal[i] * scale), vectors };
}

/** A = Q T Q^T; returns v of H = I - v v^T with Q the product of the H. */
function tridiagonalise(
  a: Float64Array,
  n: number,
  diagonal: Float64Array,
  below: Float64Array,
): Float64Array[] {
  const reflectors: Float64Array[] = [];
  for (let k = 0; k + 2 < n; k++) {
    const x = Float64Array.from({ length: n }, (_, i) => (i > k ? a[i * n + k] : 0));
    const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) {
      continue;
    }
    const v = x.map((value) => value / largest);
    const norm = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    v[k + 1] += v[k + 1] > 0 ? norm : -norm;
    const length = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0) / 2);
    v.forEach((value, i) => (v[i] = value / length));
    for (let i = 0; i < n; i++) {
      reflect(v, a, i * n);
    }
    const column = new Float64Array(n);
    for (let j = 0; j < n; j++) {
      column.forEach((_, i) => (column[i] = a[i * n + j]));
      reflect(v, column, 0);
      column.forEach((value, i) => (a[i * n + j] = value));
    }
    reflectors.push(v);
  }
  for (let i = 0; i < n; i++) {
    diagonal[i] = a[i * n + i];
    below[i] = i + 1 < n ? a[(i + 1) * n + i] : 0;
  }
  return reflectors;
}

/** x <- (I - v v^T) x for the entries from `at` on. */
function reflect(v: Float64Array, x: Float64Array, at: number): void {
  let inner = 0;
  v.forEach((value, i) => (inner += value * x[at + i]));
  v.forEach((value, i) => (x[at + i] -= inner * value));
}

/** Implicit QL with Wilkinson's shift; every rotation acts on two of `rows`. */
function diagonalise(d: Float64Array, e: Float64Array, rows: Float64Array, n: number): void {
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) {
        m++;
      }
      if (m === l) {
        break;
      }
      if (iteration === maxIterations) {
        throw new Error(`Eigenvalue ${l} of ${n} did not converge.`);
      }
      sweep(d, e, l, m, rows, n);
    }
  }
}

function sweep(
  d: Float64Array,
  e: Float64Array,
  l: number,
  m: number,
  rows: Float64Array,
  n: number,
): void {
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  const root = Math.hypot(half, 1);
  let g = d[m] - d[l] + e[l] / (half + (half < 0 ? -root : root));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
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
    for (let k = 0; k < n; k++) {
      const [x, y] = [rows[i * n + k], rows[(i + 1) * n + k]];
      rows[i * n + k] = c * x - s * y;
      rows[(i + 1) * n + k] = s * x + c * y;
    }
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}
