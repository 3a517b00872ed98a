// Loops over contiguous f64 arrays, two elements at a time.

/** out[i] = a[i] b[i]; `out` may be `a` or `b`. */
export function multiplyInto(out: usize, a: usize, b: usize, count: usize): void {
  const pairs = out + (count & ~1) * 8;
  for (; out < pairs; out += 16, a += 16, b += 16) {
    v128.store(out, f64x2.mul(v128.load(a), v128.load(b)));
  }
  if (count & 1) {
    store<f64>(out, load<f64>(a) * load<f64>(b));
  }
}

/** out[i] += a[i] b[i]. */
export function addProducts(out: usize, a: usize, b: usize, count: usize): void {
  const pairs = out + (count & ~1) * 8;
  for (; out < pairs; out += 16, a += 16, b += 16) {
    v128.store(out, f64x2.add(v128.load(out), f64x2.mul(v128.load(a), v128.load(b))));
  }
  if (count & 1) {
    store<f64>(out, load<f64>(out) + load<f64>(a) * load<f64>(b));
  }
}

/** out[i] += factor a[i]. */
export function addScaled(out: usize, a: usize, factor: f64, count: usize): void {
  const pairs = out + (count & ~1) * 8;
  const factors = f64x2.splat(factor);
  for (; out < pairs; out += 16, a += 16) {
    v128.store(out, f64x2.add(v128.load(out), f64x2.mul(v128.load(a), factors)));
  }
  if (count & 1) {
    store<f64>(out, load<f64>(out) + load<f64>(a) * factor);
  }
}

/** The sum of a[i] b[i], in eight partial sums. */
export function dot(a: usize, b: usize, count: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  const end = a + count * 8;
  const eights = a + (count & ~7) * 8;
  for (; a < eights; a += 64, b += 64) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a), v128.load(b)));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
    s2 = f64x2.add(s2, f64x2.mul(v128.load(a, 32), v128.load(b, 32)));
    s3 = f64x2.add(s3, f64x2.mul(v128.load(a, 48), v128.load(b, 48)));
  }
  const sum = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  for (; a < end; a += 8, b += 8) {
    total += load<f64>(a) * load<f64>(b);
  }
  return total;
}
