/** Row-major (C order) everywhere: the last index varies fastest. */
export type FloatArray = Float64Array | Float32Array;

export interface DenseTensor<T extends FloatArray = FloatArray> {
  readonly shape: readonly number[];
  readonly data: T;
}

/** Number of elements of `shape`; the empty shape (a scalar) has one. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}
