// The symmetric matrix-vector product and the plane rotations of the symmetric eigenvalue problem.
// Addresses and strides are in bytes, rows contiguous. Sums run in a fixed order, so a result does
// not depend on the thread that computes it.
import { addToOf, lanesOf, multiplyAddOf } from './lanes';

/**
 * Rows `from` to `to` of y += A x for a symmetric n x n matrix of which the upper triangle is read,
 * every element once: it counts for its own row and for the row of its column. Needs y[from..n).
 */
export function symmetricRows(
  n: usize, a: usize, stride: usize, from: usize, to: usize, x: usize, y: usize,
): void {
  symmetricRowsOf<f64>(n, a, stride, from, to, x, y);
}

/** {@link symmetricRows} in f32. */
export function symmetricRowsSingle(
  n: usize, a: usize, stride: usize, from: usize, to: usize, x: usize, y: usize,
): void {
  symmetricRowsOf<f32>(n, a, stride, from, to, x, y);
}

/** Four rows at a time share the loads of x and y. */
function symmetricRowsOf<T>(
  n: usize, a: usize, stride: usize, from: usize, to: usize, x: usize, y: usize,
): void {
  const size = sizeof<T>();
  const rest = 16 / size - 1;
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const corner = a + i * stride + i * size;
    for (let r: usize = 0; r < 4; r++) {
      const row = corner + r * stride;
      const xr = load<T>(x + (i + r) * size);
      let sum = load<T>(row + r * size) * xr;
      for (let c = r + 1; c < 4; c++) {
        const value = load<T>(row + c * size);
        sum += value * load<T>(x + (i + c) * size);
        addToOf<T>(y + (i + c) * size, value * xr);
      }
      addToOf<T>(y + (i + r) * size, sum);
    }
    const x0 = v128.load_splat<T>(x + i * size);
    const x1 = v128.load_splat<T>(x + (i + 1) * size);
    const x2 = v128.load_splat<T>(x + (i + 2) * size);
    const x3 = v128.load_splat<T>(x + (i + 3) * size);
    let s0 = v128.splat<T>(0);
    let s1 = v128.splat<T>(0);
    let s2 = v128.splat<T>(0);
    let s3 = v128.splat<T>(0);
    let a0 = corner + 4 * size;
    let a1 = a0 + stride;
    let a2 = a1 + stride;
    let a3 = a2 + stride;
    let xAt = x + (i + 4) * size;
    let yAt = y + (i + 4) * size;
    const count = n - i - 4;
    const end = yAt + (count & ~rest) * size;
    while (yAt < end) {
      const xv = v128.load(xAt);
      const v0 = v128.load(a0);
      let yv = multiplyAddOf<T>(v0, x0, v128.load(yAt));
      s0 = multiplyAddOf<T>(v0, xv, s0);
      const v1 = v128.load(a1);
      yv = multiplyAddOf<T>(v1, x1, yv);
      s1 = multiplyAddOf<T>(v1, xv, s1);
      const v2 = v128.load(a2);
      yv = multiplyAddOf<T>(v2, x2, yv);
      s2 = multiplyAddOf<T>(v2, xv, s2);
      const v3 = v128.load(a3);
      yv = multiplyAddOf<T>(v3, x3, yv);
      s3 = multiplyAddOf<T>(v3, xv, s3);
      v128.store(yAt, yv);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      xAt += 16;
      yAt += 16;
    }
    let t0 = lanesOf<T>(s0);
    let t1 = lanesOf<T>(s1);
    let t2 = lanesOf<T>(s2);
    let t3 = lanesOf<T>(s3);
    for (const last = end + (count & rest) * size; yAt < last; yAt += size, xAt += size) {
      const xj = load<T>(xAt);
      const v0 = load<T>(a0);
      const v1 = load<T>(a1);
      const v2 = load<T>(a2);
      const v3 = load<T>(a3);
      const low = v0 * v128.extract_lane<T>(x0, 0) + v1 * v128.extract_lane<T>(x1, 0);
      addToOf<T>(yAt, low + (v2 * v128.extract_lane<T>(x2, 0) + v3 * v128.extract_lane<T>(x3, 0)));
      t0 += v0 * xj;
      t1 += v1 * xj;
      t2 += v2 * xj;
      t3 += v3 * xj;
      a0 += size;
      a1 += size;
      a2 += size;
      a3 += size;
    }
    addToOf<T>(y + i * size, t0);
    addToOf<T>(y + (i + 1) * size, t1);
    addToOf<T>(y + (i + 2) * size, t2);
    addToOf<T>(y + (i + 3) * size, t3);
  }
  for (; i < to; i++) {
    const row = a + i * stride + i * size;
    const xi = load<T>(x + i * size);
    let sum = load<T>(row) * xi;
    for (let j = size; j < (n - i) * size; j += size) {
      const value = load<T>(row + j);
      sum += value * load<T>(x + i * size + j);
      addToOf<T>(y + i * size + j, value * xi);
    }
    addToOf<T>(y + i * size, sum);
  }
}

/** (x, y) <- (c x - s y, s x + c y), a plane rotation of two rows of length n. */
export function rotateRows(n: usize, x: usize, y: usize, c: f64, s: f64): void {
  const cv = f64x2.splat(c);
  const sv = f64x2.splat(s);
  const end = x + (n & ~1) * 8;
  for (; x < end; x += 16, y += 16) {
    const a = v128.load(x);
    const b = v128.load(y);
    v128.store(x, f64x2.sub(f64x2.mul(cv, a), f64x2.mul(sv, b)));
    v128.store(y, f64x2.add(f64x2.mul(sv, a), f64x2.mul(cv, b)));
  }
  if (n & 1) {
    const a = load<f64>(x);
    const b = load<f64>(y);
    store<f64>(x, c * a - s * b);
    store<f64>(y, s * a + c * b);
  }
}

/**
 * A sweep of plane rotations: rotation r acts on rows first - r and first - r + 1, as
 * {@link rotateRows} does; the row between two rotations stays in registers. `rotations` holds
 * pairs (c, s); `row` is the address of row `first`.
 */
export function rotateSweep(
  count: usize, n: usize, row: usize, stride: usize, rotations: usize,
): void {
  const end = rotations + count * 16;
  let column: usize = 0;
  for (; column + 4 <= n; column += 4) {
    let x = row + column * 8;
    let y0 = v128.load(x + stride);
    let y1 = v128.load(x + stride, 16);
    for (let at = rotations; at < end; at += 16) {
      const c = v128.load_splat<f64>(at);
      const s = v128.load_splat<f64>(at, 8);
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      v128.store(x + stride, f64x2.add(f64x2.mul(s, x0), f64x2.mul(c, y0)));
      v128.store(x + stride, f64x2.add(f64x2.mul(s, x1), f64x2.mul(c, y1)), 16);
      y0 = f64x2.sub(f64x2.mul(c, x0), f64x2.mul(s, y0));
      y1 = f64x2.sub(f64x2.mul(c, x1), f64x2.mul(s, y1));
      x -= stride;
    }
    v128.store(x + stride, y0);
    v128.store(x + stride, y1, 16);
  }
  for (; column < n; column++) {
    let x = row + column * 8;
    let y = load<f64>(x + stride);
    for (let at = rotations; at < end; at += 16) {
      const c = load<f64>(at);
      const s = load<f64>(at, 8);
      const value = load<f64>(x);
      store<f64>(x + stride, s * value + c * y);
      y = c * value - s * y;
      x -= stride;
    }
    store<f64>(x + stride, y);
  }
}
