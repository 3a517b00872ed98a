import type { SparseTensor } from './sparseTensor';

/** Bytes of an entry of X as coordinates: a 4-byte index per mode and an 8-byte value. */
export function rawBytes(X: Pick<SparseTensor, 'dims' | 'values'>): number {
  return X.values.length * (4 * X.dims.length + 8);
}

/**
 * Bytes of the orders of all modes, ceil(N ceil(log2 N) / 8) each: what methods that reorder rows and
 * columns must store on top when positions keep their identity (NeuKron, KronFit).
 */
export function orderBytes(dims: readonly number[]): number {
  return dims.reduce((sum, size) => sum + Math.ceil((size * levels(size)) / 8), 0);
}

/** The smallest k with 2^k >= `size`: bits of an index of a mode of that size. */
export function levels(size: number): number {
  let bits = 0;
  while (2 ** bits < size) {
    bits++;
  }
  return bits;
}

/** Sizes of the grid that the modes are padded to: powers of two. */
export function paddedSizes(dims: readonly number[]): number[] {
  return dims.map((size) => 2 ** levels(size));
}

/** sqrt(squaredError / squaredNorm); of a tensor without entries 0 when there is no error. */
export function relativeError(squaredError: number, squaredNorm: number): number {
  if (squaredNorm === 0) {
    return squaredError > 0 ? Infinity : 0;
  }
  // Rounding may leave a little less than nothing of a perfect approximation.
  return Math.sqrt(Math.max(0, squaredError) / squaredNorm);
}
