// Sums and products over the poles of the secular equation (LAPACK's dlaed3 and dlaed4).
import { lanes, multiplyAdd } from './lanes';
import { scaleRow } from './rows';

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
