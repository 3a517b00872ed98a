import { randomPermutation } from '../../engine/sparse/sampling';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import { createRandom } from '../../engine/random';

/** `count` nonzeros of `X` drawn without replacement, at their places; all when there are no more. */
export function subsample(X: SparseTensor, count: number, seed: number): SparseTensor {
  const total = X.values.length;
  if (count >= total) {
    return X;
  }
  const drawn = randomPermutation(total, createRandom(seed)).slice(0, count).sort();
  return {
    dims: X.dims,
    indices: X.indices.map((keys) => drawn.map((e) => keys[e])),
    values: Float64Array.from(drawn, (e) => X.values[e]),
  };
}
