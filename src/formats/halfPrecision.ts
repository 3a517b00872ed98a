import type { FloatArray } from '../engine/tensor/tensor';

/**
 * IEEE 754 binary16 and bfloat16, both ways. Rounding from f64 goes through f32 and yet rounds once:
 * the second rounding can only go wrong where the f32 lands exactly between two half-precision
 * values although the f64 did not, and there the f64 decides.
 */

let float16Table: Float32Array | undefined;
let bfloat16Table: Float32Array | undefined;

/** The value of each of the 65536 bit patterns of binary16, exact in f32. */
export function float16Values(): Float32Array {
  float16Table ??= Float32Array.from({ length: 65536 }, (_, bits) => float16Value(bits));
  return float16Table;
}

/** The value of each of the 65536 bit patterns of bfloat16: the upper half of an f32. */
export function bfloat16Values(): Float32Array {
  bfloat16Table ??= new Float32Array(
    Uint32Array.from({ length: 65536 }, (_, bits) => bits << 16).buffer,
  );
  return bfloat16Table;
}

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) {
    return mantissa === 0 ? sign * Infinity : NaN;
  }
  // Exponent 0 has no hidden bit and counts as exponent 1 (subnormals and zero).
  return exponent === 0
    ? sign * mantissa * 2 ** -24
    : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

const scratchLength = 4096;

/** Calls `convert` for each value with the bits of its nearest f32, and what that rounding did. */
function convertThroughFloat32(
  data: FloatArray,
  stored: Uint16Array,
  convert: (bits: number, rounded: number) => number,
): void {
  const floats = new Float32Array(scratchLength);
  const bits = new Uint32Array(floats.buffer);
  for (let from = 0; from < data.length; from += scratchLength) {
    const to = Math.min(from + scratchLength, data.length);
    floats.set(data.subarray(from, to));
    for (let i = from; i < to; i++) {
      const exact = data[i];
      const near = floats[i - from];
      // Negative: the f32 lies closer to zero than the value; positive: farther.
      const rounded = exact < 0 ? exact - near : near - exact;
      stored[i] = convert(bits[i - from], rounded);
    }
  }
}

/** The bits of the bfloat16 nearest to each value, ties to even; NaN stays NaN. */
export function bfloat16Bits(data: FloatArray, stored: Uint16Array): void {
  convertThroughFloat32(data, stored, toBfloat16);
}

/** The bits of the binary16 nearest to each value, ties to even; NaN stays NaN. */
export function float16Bits(data: FloatArray, stored: Uint16Array): void {
  convertThroughFloat32(data, stored, toFloat16);
}

function toBfloat16(bits: number, rounded: number): number {
  const high = bits >>> 16;
  if ((bits & 0x7fffffff) > 0x7f800000) {
    return high | 0x40;
  }
  return high + roundUp(high, bits & 0xffff, 0x8000, rounded);
}

function toFloat16(bits: number, rounded: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const mantissa = bits & 0x7fffff;
  if (exponent === 128) {
    // A NaN keeps its leading payload bits and is made quiet, so that it cannot become infinite.
    return mantissa === 0 ? sign | 0x7c00 : sign | 0x7e00 | (mantissa >>> 13);
  }
  if (exponent > 15) {
    return sign | 0x7c00;
  }
  if (exponent >= -14) {
    const half = ((exponent + 15) << 10) | (mantissa >>> 13);
    return sign | (half + roundUp(half, mantissa & 0x1fff, 0x1000, rounded));
  }
  if (exponent < -25) {
    return sign;
  }
  const significand = mantissa | 0x800000;
  const shift = -1 - exponent;
  const half = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  return sign | (half + roundUp(half, rest, 1 << (shift - 1), rounded));
}

/** 1 when `rest` rounds `half` up: above `tie`, or at it by the f64 or by evenness. */
function roundUp(half: number, rest: number, tie: number, rounded: number): number {
  if (rest !== tie) {
    return rest > tie ? 1 : 0;
  }
  return rounded === 0 ? half & 1 : rounded < 0 ? 1 : 0;
}
