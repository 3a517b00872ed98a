// Functions of four f32 lanes at a time, accurate to an f32 rounding or two. exp follows S. Moshier,
// Cephes (expf): x = n ln 2 + r, |r| <= ln(2)/2, and a polynomial for (e^r - 1 - r) / r^2.
import { multiplyAddSingle } from './lanes';

/** 1.5 * 2^23: added to x, it leaves round(x) in the lowest bits. */
const roundingShift: f32 = 12582912;

/** log2(e) x + the shift. */
// @ts-ignore: decorator
@inline
function shiftedPower(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504088896341)), f32x4.splat(roundingShift));
}

/** 2^n of a shifted n between -126 and 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(shifted: v128): v128 {
  return i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(0x3f800000));
}

/** e^r - 1 for the rest r of x. */
// @ts-ignore: decorator
@inline
function restExponential(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, f32x4.splat(roundingShift));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = multiplyAddSingle(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = multiplyAddSingle(p, r, f32x4.splat(8.3334519073e-3));
  p = multiplyAddSingle(p, r, f32x4.splat(4.1665795894e-2));
  p = multiplyAddSingle(p, r, f32x4.splat(1.6666665459e-1));
  p = multiplyAddSingle(p, r, f32x4.splat(5.0000001201e-1));
  return multiplyAddSingle(f32x4.mul(r, r), p, r);
}

// @ts-ignore: decorator
@inline
function within(x: v128, bound: f32): v128 {
  return f32x4.pmin(f32x4.splat(bound), f32x4.pmax(f32x4.splat(-bound), x));
}

/** e^x for |x| <= 87; farther ones as there. */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  const bounded = within(x, 87);
  const shifted = shiftedPower(bounded);
  const power = powerOfTwo(shifted);
  return multiplyAddSingle(power, restExponential(bounded, shifted), power);
}

/** e^x - 1 with the relative accuracy of f32, for |x| <= 87. */
// @ts-ignore: decorator
@inline
export function exponentialMinusOne(x: v128): v128 {
  const bounded = within(x, 87);
  const shifted = shiftedPower(bounded);
  const power = powerOfTwo(shifted);
  const rest = restExponential(bounded, shifted);
  return multiplyAddSingle(power, rest, f32x4.sub(power, f32x4.splat(1)));
}

/** 1 / (1 + e^-x). */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
}

/** tanh x = (e^2x - 1) / (e^2x + 1), without cancellation near 0. */
// @ts-ignore: decorator
@inline
export function hyperbolicTangent(x: v128): v128 {
  const m = exponentialMinusOne(f32x4.add(x, x));
  return f32x4.div(m, f32x4.add(m, f32x4.splat(2)));
}

/**
 * log(1 + e^z), at least 1e-30: max(z, 0) + log(1 + u) with u = e^-|z|, and
 * log(1 + u) = 2 artanh(u / (2 + u)), whose series ends after seven terms because u <= 1.
 */
// @ts-ignore: decorator
@inline
export function softplus(z: v128): v128 {
  const u = exponential(f32x4.neg(f32x4.abs(z)));
  const s = f32x4.div(u, f32x4.add(f32x4.splat(2), u));
  const square = f32x4.mul(s, s);
  let p = multiplyAddSingle(f32x4.splat(2.0 / 13), square, f32x4.splat(2.0 / 11));
  p = multiplyAddSingle(p, square, f32x4.splat(2.0 / 9));
  p = multiplyAddSingle(p, square, f32x4.splat(2.0 / 7));
  p = multiplyAddSingle(p, square, f32x4.splat(2.0 / 5));
  p = multiplyAddSingle(p, square, f32x4.splat(2.0 / 3));
  p = multiplyAddSingle(p, square, f32x4.splat(2));
  const log = f32x4.mul(s, p);
  const positive = f32x4.pmax(f32x4.splat(0), z);
  return f32x4.pmax(f32x4.splat(1e-30), f32x4.add(positive, log));
}

/** out[i] = the function of x[i], for tests: 0 sigmoid, 1 tanh, 2 softplus, 3 e^x - 1. `count` is a multiple of 4. */
export function activate(kind: i32, x: usize, out: usize, count: usize): void {
  const end = x + count * 4;
  for (; x < end; x += 16, out += 16) {
    const value = v128.load(x);
    v128.store(
      out,
      kind == 0
        ? sigmoid(value)
        : kind == 1
          ? hyperbolicTangent(value)
          : kind == 2
            ? softplus(value)
            : exponentialMinusOne(value),
    );
  }
}
