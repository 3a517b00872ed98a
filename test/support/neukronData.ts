import { createRandom } from '../../src/engine/random';
import { sparseTensor, type SparseTensor } from '../../src/engine/sparse/sparseTensor';

/** `nonzeros` entries, counted before duplicates are merged, of small whole numbers at random places. */
export function randomCounts(
  dims: readonly number[],
  nonzeros: number,
  seed: number,
): SparseTensor {
  const random = createRandom(seed);
  const indices = dims.map((size) =>
    Uint32Array.from({ length: nonzeros }, () => Math.floor(random.next() * size)),
  );
  const values = Float64Array.from({ length: nonzeros }, () => 1 + Math.floor(3 * random.next()));
  return sparseTensor(dims, indices, values);
}
