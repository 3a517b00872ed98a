import { addressOf, type Runner } from './runner';

/** Iterations for one eigenvalue after which accuracy relative to the largest value must do. */
const patience = 30;

/**
 * Eigenvalues and vectors of a small tridiagonal matrix by implicit QL with Wilkinson's shift
 * (Golub and Van Loan, Matrix Computations, 8.3). `d` (n) becomes the eigenvalues, unsorted; row i
 * of `rows` (n x n at element 0, `stride` apart), the vector of d[i]. `e` (n, entry i couples i and
 * i + 1) is destroyed; the last entry is not read.
 */
export function implicitQl(
  runner: Runner,
  d: Float64Array,
  e: Float64Array,
  rows: Float64Array,
  stride: number,
): void {
  const n = d.length;
  for (let i = 0; i < n; i++) {
    rows.fill(0, i * stride, i * stride + n);
    rows[i * stride + i] = 1;
  }
  runner.arena.scope(() => {
    const rotations = runner.arena.doubles(2 * n);
    const negligible = Number.EPSILON * largestEntry(d, e);
    for (let l = 0; l < n; l++) {
      for (let iteration = 0; ; iteration++) {
        const m = endOfBlock(d, e, l, iteration < patience ? 0 : negligible);
        if (m === l) {
          break;
        }
        const count = sweep(d, e, l, m, rotations);
        const first = addressOf(rows, (m - 1) * stride);
        runner.exports.rotateSweep(count, n, first, stride * 8, addressOf(rotations));
      }
    }
  });
}

function largestEntry(d: Float64Array, e: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < d.length; i++) {
    largest = Math.max(largest, Math.abs(d[i]), i + 1 < d.length ? Math.abs(e[i]) : 0);
  }
  return largest;
}

/** The first m >= l whose off-diagonal entry e[m] is negligible. */
function endOfBlock(d: Float64Array, e: Float64Array, l: number, negligible: number): number {
  let m = l;
  while (m < d.length - 1) {
    const size = Math.abs(e[m]);
    if (size <= Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1])) || size <= negligible) {
      break;
    }
    m++;
  }
  return m;
}

/** One sweep from m up to l; returns how many rotations it made, the first of rows m - 1 and m. */
function sweep(
  d: Float64Array,
  e: Float64Array,
  l: number,
  m: number,
  rotations: Float64Array,
): number {
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  const root = Math.hypot(half, 1);
  let g = d[m] - d[l] + e[l] / (half + (half < 0 ? -root : root));
  let s = 1;
  let c = 1;
  let p = 0;
  let count = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      // The off-diagonal product underflowed: the block splits here.
      d[i + 1] -= p;
      e[m] = 0;
      return count;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    const t = (d[i] - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    rotations[2 * count] = c;
    rotations[2 * count + 1] = s;
    count++;
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
  return count;
}
