// Loops of the symmetric eigenvalue problem and of Householder reflections, over f64 rows that lie
// contiguously. All addresses and strides are in bytes. Sums run in a fixed order: two lanes, then
// the lanes together, so a result does not depend on the thread that computes it.

// @ts-ignore: decorator
@inline
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD
    ? f64x2.relaxed_madd(a, b, c)
    : f64x2.add(c, f64x2.mul(a, b));
}

// @ts-ignore: decorator
@inline
function lanes(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

/**
 * Rows `from` to `to` of y += A x for a symmetric n x n matrix of which the upper triangle is read,
 * every element once: it counts for its own row and for the row of its column. Needs y[from..n).
 * Four rows at a time share the loads of x and y.
 */
export function symmetricRows(
  n: usize, a: usize, stride: usize, from: usize, to: usize, x: usize, y: usize,
): void {
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const corner = a + i * stride + i * 8;
    for (let r: usize = 0; r < 4; r++) {
      const row = corner + r * stride;
      const xr = load<f64>(x + (i + r) * 8);
      let sum = load<f64>(row + r * 8) * xr;
      for (let c = r + 1; c < 4; c++) {
        const value = load<f64>(row + c * 8);
        sum += value * load<f64>(x + (i + c) * 8);
        addTo(y + (i + c) * 8, value * xr);
      }
      addTo(y + (i + r) * 8, sum);
    }
    const x0 = v128.load_splat<f64>(x + i * 8);
    const x1 = v128.load_splat<f64>(x + i * 8, 8);
    const x2 = v128.load_splat<f64>(x + i * 8, 16);
    const x3 = v128.load_splat<f64>(x + i * 8, 24);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let a0 = corner + 32;
    let a1 = a0 + stride;
    let a2 = a1 + stride;
    let a3 = a2 + stride;
    let xAt = x + (i + 4) * 8;
    let yAt = y + (i + 4) * 8;
    const count = n - i - 4;
    const end = yAt + (count & ~1) * 8;
    while (yAt < end) {
      const xv = v128.load(xAt);
      const v0 = v128.load(a0);
      let yv = multiplyAdd(v0, x0, v128.load(yAt));
      s0 = multiplyAdd(v0, xv, s0);
      const v1 = v128.load(a1);
      yv = multiplyAdd(v1, x1, yv);
      s1 = multiplyAdd(v1, xv, s1);
      const v2 = v128.load(a2);
      yv = multiplyAdd(v2, x2, yv);
      s2 = multiplyAdd(v2, xv, s2);
      const v3 = v128.load(a3);
      yv = multiplyAdd(v3, x3, yv);
      s3 = multiplyAdd(v3, xv, s3);
      v128.store(yAt, yv);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      xAt += 16;
      yAt += 16;
    }
    let t0 = lanes(s0);
    let t1 = lanes(s1);
    let t2 = lanes(s2);
    let t3 = lanes(s3);
    if (count & 1) {
      const xj = load<f64>(xAt);
      const v0 = load<f64>(a0);
      const v1 = load<f64>(a1);
      const v2 = load<f64>(a2);
      const v3 = load<f64>(a3);
      const low = v0 * f64x2.extract_lane(x0, 0) + v1 * f64x2.extract_lane(x1, 0);
      addTo(yAt, low + (v2 * f64x2.extract_lane(x2, 0) + v3 * f64x2.extract_lane(x3, 0)));
      t0 += v0 * xj;
      t1 += v1 * xj;
      t2 += v2 * xj;
      t3 += v3 * xj;
    }
    addTo(y + i * 8, t0);
    addTo(y + (i + 1) * 8, t1);
    addTo(y + (i + 2) * 8, t2);
    addTo(y + (i + 3) * 8, t3);
  }
  for (; i < to; i++) {
    const row = a + i * stride + i * 8;
    const xi = load<f64>(x + i * 8);
    let sum = load<f64>(row) * xi;
    for (let j: usize = 8; j < (n - i) * 8; j += 8) {
      const value = load<f64>(row + j);
      sum += value * load<f64>(x + i * 8 + j);
      addTo(y + i * 8 + j, value * xi);
    }
    addTo(y + i * 8, sum);
  }
}

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
    let a0 = rows + p * stride;
    let at = x;
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    for (; at + 48 < end; at += 64, a0 += 64) {
      s0 = multiplyAdd(v128.load(a0), v128.load(at), s0);
      s1 = multiplyAdd(v128.load(a0, 16), v128.load(at, 16), s1);
      s2 = multiplyAdd(v128.load(a0, 32), v128.load(at, 32), s2);
      s3 = multiplyAdd(v128.load(a0, 48), v128.load(at, 48), s3);
    }
    for (; at < end; at += 16, a0 += 16) {
      s0 = multiplyAdd(v128.load(a0), v128.load(at), s0);
    }
    const sum = lanes(f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3)));
    store<f64>(out + p * 8, sum + (isOdd ? load<f64>(at) * load<f64>(a0) : 0));
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
    addMultiple(n, c, rows + p * stride, target);
  }
}

/** y += c x. */
export function addMultiple(n: usize, c: f64, x: usize, y: usize): void {
  const factor = f64x2.splat(c);
  const end = y + (n & ~1) * 8;
  for (; y + 16 < end; y += 32, x += 32) {
    v128.store(y, multiplyAdd(v128.load(x), factor, v128.load(y)));
    v128.store(y, multiplyAdd(v128.load(x, 16), factor, v128.load(y, 16)), 16);
  }
  for (; y < end; y += 16, x += 16) {
    v128.store(y, multiplyAdd(v128.load(x), factor, v128.load(y)));
  }
  if (n & 1) {
    addTo(y, c * load<f64>(x));
  }
}

/** Row p += c_p x for `count` rows of length n, with c_p = factor * coefficients[p]. */
export function addToRows(
  count: usize, rows: usize, stride: usize, n: usize, coefficients: usize, factor: f64, x: usize,
): void {
  for (let p: usize = 0; p < count; p++) {
    addMultiple(n, factor * load<f64>(coefficients + p * 8), x, rows + p * stride);
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

/** out[0] = sum of zz_i / delta_i, out[1] = sum of zz_i / delta_i^2, delta_i = d_i - origin - tau. */
function poleSums(from: usize, to: usize, d: usize, zz: usize, origin: f64, tau: f64, out: usize): void {
  const o = f64x2.splat(origin);
  const t = f64x2.splat(tau);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let q0 = f64x2.splat(0);
  let q1 = f64x2.splat(0);
  let at = d + from * 8;
  let weight = zz + from * 8;
  const end = d + to * 8;
  for (; at + 32 <= end; at += 32, weight += 32) {
    const delta0 = f64x2.sub(f64x2.sub(v128.load(at), o), t);
    const delta1 = f64x2.sub(f64x2.sub(v128.load(at, 16), o), t);
    const inverse0 = f64x2.div(f64x2.splat(1), delta0);
    const inverse1 = f64x2.div(f64x2.splat(1), delta1);
    const term0 = f64x2.mul(v128.load(weight), inverse0);
    const term1 = f64x2.mul(v128.load(weight, 16), inverse1);
    s0 = f64x2.add(s0, term0);
    s1 = f64x2.add(s1, term1);
    q0 = multiplyAdd(term0, inverse0, q0);
    q1 = multiplyAdd(term1, inverse1, q1);
  }
  let sum = lanes(f64x2.add(s0, s1));
  let slope = lanes(f64x2.add(q0, q1));
  for (; at < end; at += 8, weight += 8) {
    const inverse = 1 / (load<f64>(at) - origin - tau);
    const term = load<f64>(weight) * inverse;
    sum += term;
    slope += term * inverse;
  }
  store<f64>(out, sum);
  store<f64>(out, slope, 8);
}

/**
 * The secular function at origin + tau: out = (psi, psi', phi, phi'), psi the sum over the poles
 * d_i below `split` and phi over the others of zz_i / (d_i - origin - tau).
 */
export function secularSums(
  count: usize, split: usize, d: usize, zz: usize, origin: f64, tau: f64, out: usize,
): void {
  poleSums(0, split, d, zz, origin, tau, out);
  poleSums(split, count, d, zz, origin, tau, out + 16);
}

/**
 * For i in [from, to): out[i] = product over roots j of (d_i - root_j), divided by the product over
 * j != i of (d_i - d_j), where root_j = origin[j] + tau[j] interlaces the poles d.
 */
export function secularWeights(
  from: usize, to: usize, count: usize, d: usize, origin: usize, tau: usize, out: usize,
): void {
  const bytes = count * 8;
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const d0 = v128.load(d + i * 8);
    const d1 = v128.load(d + i * 8, 16);
    let w0 = f64x2.splat(1);
    let w1 = f64x2.splat(1);
    const own = i * 8;
    for (let j: usize = 0; j < bytes; j += 8) {
      if (j == own) {
        j += 24;
        continue;
      }
      const pole = v128.load_splat<f64>(d + j);
      const o = v128.load_splat<f64>(origin + j);
      const t = v128.load_splat<f64>(tau + j);
      const n0 = f64x2.sub(f64x2.sub(d0, o), t);
      const n1 = f64x2.sub(f64x2.sub(d1, o), t);
      w0 = f64x2.mul(w0, f64x2.div(n0, f64x2.sub(d0, pole)));
      w1 = f64x2.mul(w1, f64x2.div(n1, f64x2.sub(d1, pole)));
    }
    v128.store(out + own, w0);
    v128.store(out + own, w1, 16);
    for (let r: usize = 0; r < 4; r++) {
      const at = out + own + r * 8;
      store<f64>(at, load<f64>(at) * ratios(own + r * 8, own, own + 32, d, origin, tau));
    }
  }
  for (; i < to; i++) {
    store<f64>(out + i * 8, ratios(i * 8, 0, bytes, d, origin, tau));
  }
}

/** The factors of one weight for j in [from, to); i, from and to in bytes. */
function ratios(i: usize, from: usize, to: usize, d: usize, origin: usize, tau: usize): f64 {
  const di = load<f64>(d + i);
  let product: f64 = 1;
  for (let j = from; j < to; j += 8) {
    const numerator = di - load<f64>(origin + j) - load<f64>(tau + j);
    product *= j == i ? numerator : numerator / (di - load<f64>(d + j));
  }
  return product;
}

/**
 * Rows `from` to `to` of unit vectors: row j is z_i / (d_i - origin[j] - tau[j]), normalised, at
 * `out + (j - from) * stride`.
 */
export function secularVectors(
  from: usize, to: usize, count: usize, d: usize, z: usize, origin: usize, tau: usize,
  out: usize, stride: usize,
): void {
  const end = d + count * 8;
  for (let j = from; j < to; j++, out += stride) {
    const scalarO = load<f64>(origin + j * 8);
    const scalarT = load<f64>(tau + j * 8);
    const o = f64x2.splat(scalarO);
    const t = f64x2.splat(scalarT);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let at = d;
    let weight = z;
    let to = out;
    for (; at + 32 <= end; at += 32, weight += 32, to += 32) {
      const delta0 = f64x2.sub(f64x2.sub(v128.load(at), o), t);
      const delta1 = f64x2.sub(f64x2.sub(v128.load(at, 16), o), t);
      const v0 = f64x2.div(v128.load(weight), delta0);
      const v1 = f64x2.div(v128.load(weight, 16), delta1);
      v128.store(to, v0);
      v128.store(to, v1, 16);
      s0 = multiplyAdd(v0, v0, s0);
      s1 = multiplyAdd(v1, v1, s1);
    }
    let sum = lanes(f64x2.add(s0, s1));
    for (; at < end; at += 8, weight += 8, to += 8) {
      const value = load<f64>(weight) / (load<f64>(at) - scalarO - scalarT);
      store<f64>(to, value);
      sum += value * value;
    }
    scaleRow(count, 1 / sqrt(sum), out);
  }
}

/** n zeros. */
export function zeroRow(n: usize, x: usize): void {
  memory.fill(x, 0, n * 8);
}
