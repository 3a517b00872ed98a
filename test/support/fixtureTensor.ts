import { elementCount, type DenseTensor } from '../../src/engine/tensor/tensor';
import { createRandom } from '../../src/engine/random';

/** Element i (row-major) = f(i). */
export function tensorFrom(
  shape: readonly number[],
  f: (i: number) => number,
): DenseTensor<Float64Array> {
  return { shape, data: Float64Array.from({ length: elementCount(shape) }, (_, i) => f(i)) };
}

/** Element i = sin((i + 1)^2): the tensor of test/fixtures/tensor-decompositions.json. */
export function sineTensor(shape: readonly number[]): DenseTensor<Float64Array> {
  return tensorFrom(shape, (i) => Math.sin((i + 1) ** 2));
}

/** Standard normal elements. */
export function randomTensor(shape: readonly number[], seed = 1): DenseTensor<Float64Array> {
  const random = createRandom(seed);
  return tensorFrom(shape, () => random.normal());
}

export function norm(a: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i] ** 2;
  }
  return Math.sqrt(sum);
}

/** ||a - b||. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return norm(Array.from(a, (value, i) => value - b[i]));
}
