// One-sided Jacobi on rows that lie contiguously.
import { dot } from './elementwise';

/** (x, y) <- (c x - s y, s x + c y). */
function rotate(x: usize, y: usize, c: f64, s: f64, count: usize): void {
  const cosine = f64x2.splat(c);
  const sine = f64x2.splat(s);
  const pairs = x + (count & ~1) * 8;
  for (; x < pairs; x += 16, y += 16) {
    const a = v128.load(x);
    const b = v128.load(y);
    v128.store(x, f64x2.sub(f64x2.mul(cosine, a), f64x2.mul(sine, b)));
    v128.store(y, f64x2.add(f64x2.mul(sine, a), f64x2.mul(cosine, b)));
  }
  if (count & 1) {
    const a = load<f64>(x);
    const b = load<f64>(y);
    store<f64>(x, c * a - s * b);
    store<f64>(y, s * a + c * b);
  }
}

/**
 * Rotates row `p` of `left` (n x m) against every later row until each pair is orthogonal to
 * `tolerance`, and the rows of `right` (n x k) with them; `squares` holds the rows' squared lengths.
 * Returns how many pairs were rotated.
 */
export function jacobiRow(
  left: usize, m: usize, right: usize, k: usize, squares: usize, n: usize, p: usize, tolerance: f64,
): usize {
  const x = left + p * m * 8;
  const u = right + p * k * 8;
  let rotations: usize = 0;
  for (let q = p + 1; q < n; q++) {
    const a = load<f64>(squares + p * 8);
    const b = load<f64>(squares + q * 8);
    if (a == 0 || b == 0) {
      continue;
    }
    const y = left + q * m * 8;
    const g = dot(x, y, m);
    if (abs(g) <= tolerance * sqrt(a) * sqrt(b)) {
      continue;
    }
    const z = (b - a) / (2 * g);
    const t = z == 0 ? 1 : (z > 0 ? 1.0 : -1.0) / (abs(z) + sqrt(1 + z * z));
    const c = 1 / sqrt(1 + t * t);
    rotate(x, y, c, c * t, m);
    rotate(u, right + q * k * 8, c, c * t, k);
    store<f64>(squares + p * 8, max(0, a - t * g));
    store<f64>(squares + q * 8, b + t * g);
    rotations++;
  }
  return rotations;
}
