// What the loops over rows share.

/** c + a b in f64, fused where the host has it. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD
    ? f64x2.relaxed_madd(a, b, c)
    : f64x2.add(c, f64x2.mul(a, b));
}

/** c + a b in f32, fused where the host has it. */
// @ts-ignore: decorator
@inline
export function multiplyAddSingle(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD
    ? f32x4.relaxed_madd(a, b, c)
    : f32x4.add(c, f32x4.mul(a, b));
}

/** The sum of both lanes. */
// @ts-ignore: decorator
@inline
export function lanes(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

// @ts-ignore: decorator
@inline
export function addTo(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

/** The sum of all four lanes. */
// @ts-ignore: decorator
@inline
export function lanesSingle(sum: v128): f32 {
  const low = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
  return low + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
}

// @ts-ignore: decorator
@inline
export function addToOf<T>(at: usize, value: T): void {
  store<T>(at, <T>(load<T>(at) + value));
}

/** {@link multiplyAdd} or {@link multiplyAddSingle}. */
// @ts-ignore: decorator
@inline
export function multiplyAddOf<T>(a: v128, b: v128, c: v128): v128 {
  return sizeof<T>() == 8 ? multiplyAdd(a, b, c) : multiplyAddSingle(a, b, c);
}

/** {@link lanes} or {@link lanesSingle}. */
// @ts-ignore: decorator
@inline
export function lanesOf<T>(sum: v128): T {
  return sizeof<T>() == 8 ? <T>lanes(sum) : <T>lanesSingle(sum);
}
