// The diagonal blocks of a blocked Cholesky factorisation; the rest is matrix products.
import { addScaled } from './elementwise';

/**
 * Upper U with U^T U = A in place of the upper triangle of A (n x n, rows `rowStride` elements
 * apart). A pivot must exceed `tolerance` times the entry of `diagonal` (n original diagonal
 * entries). Returns n, or the index of the pivot that does not.
 */
export function choleskyBlock(
  a: usize,
  rowStride: usize,
  n: usize,
  diagonal: usize,
  tolerance: f64,
): usize {
  const rowBytes = rowStride * 8;
  for (let j: usize = 0; j < n; j++) {
    const row = a + j * rowBytes;
    const pivot = load<f64>(row + j * 8);
    // Written so that NaN fails, too.
    if (!(pivot > tolerance * abs(load<f64>(diagonal + j * 8)))) {
      return j;
    }
    const root = sqrt(pivot);
    store<f64>(row + j * 8, root);
    for (let k = j + 1; k < n; k++) {
      store<f64>(row + k * 8, load<f64>(row + k * 8) / root);
    }
    for (let i = j + 1; i < n; i++) {
      addScaled(a + i * rowBytes + i * 8, row + i * 8, -load<f64>(row + i * 8), n - i);
    }
  }
  return n;
}

/** The inverse (n x n, without gaps, zeros below the diagonal) of an upper triangular matrix. */
export function invertUpper(u: usize, rowStride: usize, n: usize, inverse: usize): void {
  memory.fill(inverse, 0, n * n * 8);
  for (let i: isize = n - 1; i >= 0; i--) {
    const source = u + i * rowStride * 8;
    const row = inverse + i * n * 8;
    for (let p: usize = i + 1; p < n; p++) {
      addScaled(row + p * 8, inverse + (p * n + p) * 8, load<f64>(source + p * 8), n - p);
    }
    const scale = 1 / load<f64>(source + i * 8);
    for (let k: usize = i + 1; k < n; k++) {
      store<f64>(row + k * 8, -load<f64>(row + k * 8) * scale);
    }
    store<f64>(row + i * 8, scale);
  }
}
