// Sums over several f64 rows at a time, which share the loads of the vector they meet. Addresses and
// strides are in bytes, rows contiguous.
import { addScaled, dot } from './elementwise';
import { addTo, lanes, multiplyAdd } from './lanes';

/** out[p] = row p . x for `count` rows of length n. */
export function rowDots(
  count: usize, rows: usize, stride: usize, n: usize, x: usize, out: usize,
): void {
  const end = x + (n & ~1) * 8;
  const isOdd = (n & 1) != 0;
  let p: usize = 0;
  for (; p + 4 <= count; p += 4) {
    let a0 = rows + p * stride;
    let a1 = a0 + stride;
    let a2 = a1 + stride;
    let a3 = a2 + stride;
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let at = x;
    while (at < end) {
      const xv = v128.load(at);
      s0 = multiplyAdd(v128.load(a0), xv, s0);
      s1 = multiplyAdd(v128.load(a1), xv, s1);
      s2 = multiplyAdd(v128.load(a2), xv, s2);
      s3 = multiplyAdd(v128.load(a3), xv, s3);
      at += 16;
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
    }
    const last = isOdd ? load<f64>(at) : 0;
    const to = out + p * 8;
    store<f64>(to, lanes(s0) + (isOdd ? last * load<f64>(a0) : 0));
    store<f64>(to, lanes(s1) + (isOdd ? last * load<f64>(a1) : 0), 8);
    store<f64>(to, lanes(s2) + (isOdd ? last * load<f64>(a2) : 0), 16);
    store<f64>(to, lanes(s3) + (isOdd ? last * load<f64>(a3) : 0), 24);
  }
  for (; p < count; p++) {
    store<f64>(out + p * 8, dot(rows + p * stride, x, n));
  }
}

/**
 * target += sum over p < count of c_p (row p), all of length n; c_p lies at
 * `coefficients + p * coefficientStride` and is multiplied by `factor`.
 */
export function addRows(
  count: usize, rows: usize, stride: usize, n: usize,
  coefficients: usize, coefficientStride: usize, factor: f64, target: usize,
): void {
  const end = target + (n & ~1) * 8;
  let p: usize = 0;
  for (; p + 4 <= count; p += 4) {
    const from = coefficients + p * coefficientStride;
    const f0 = factor * load<f64>(from);
    const f1 = factor * load<f64>(from + coefficientStride);
    const f2 = factor * load<f64>(from + 2 * coefficientStride);
    const f3 = factor * load<f64>(from + 3 * coefficientStride);
    const c0 = f64x2.splat(f0);
    const c1 = f64x2.splat(f1);
    const c2 = f64x2.splat(f2);
    const c3 = f64x2.splat(f3);
    let a0 = rows + p * stride;
    let a1 = a0 + stride;
    let a2 = a1 + stride;
    let a3 = a2 + stride;
    let at = target;
    while (at < end) {
      const low = multiplyAdd(v128.load(a1), c1, f64x2.mul(v128.load(a0), c0));
      const high = multiplyAdd(v128.load(a3), c3, f64x2.mul(v128.load(a2), c2));
      v128.store(at, f64x2.add(v128.load(at), f64x2.add(low, high)));
      at += 16;
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
    }
    if (n & 1) {
      addTo(at, load<f64>(a0) * f0 + load<f64>(a1) * f1 + (load<f64>(a2) * f2 + load<f64>(a3) * f3));
    }
  }
  for (; p < count; p++) {
    const c = factor * load<f64>(coefficients + p * coefficientStride);
    addScaled(target, rows + p * stride, c, n);
  }
}

/** Row p += c_p x for `count` rows of length n, with c_p = factor * coefficients[p]. */
export function addToRows(
  count: usize, rows: usize, stride: usize, n: usize, coefficients: usize, factor: f64, x: usize,
): void {
  for (let p: usize = 0; p < count; p++) {
    addScaled(rows + p * stride, x, factor * load<f64>(coefficients + p * 8), n);
  }
}

/** x *= factor. */
export function scaleRow(n: usize, factor: f64, x: usize): void {
  const f = f64x2.splat(factor);
  const end = x + (n & ~1) * 8;
  for (; x < end; x += 16) {
    v128.store(x, f64x2.mul(v128.load(x), f));
  }
  if (n & 1) {
    store<f64>(x, load<f64>(x) * factor);
  }
}

/** `count` bytes become zeros. */
export function zeroBytes(at: usize, count: usize): void {
  memory.fill(at, 0, count);
}
