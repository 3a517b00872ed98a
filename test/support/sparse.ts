import { createRandom } from '../../src/engine/random';
import type { SparseModel } from '../../src/engine/sparse/sparseModel';
import { sparseTensor, toDense, type SparseTensor } from '../../src/engine/sparse/sparseTensor';

/** A tensor of about `count` nonzeros at random places, values whole numbers from 1 to 5. */
export function randomSparse(
  dims: readonly number[],
  count: number,
  seed: number,
  value: (random: ReturnType<typeof createRandom>) => number = (random) =>
    1 + Math.floor(5 * random.next()),
): SparseTensor {
  const random = createRandom(seed);
  const indices = dims.map(() => new Uint32Array(count));
  const values = new Float64Array(count);
  for (let e = 0; e < count; e++) {
    dims.forEach((size, mode) => (indices[mode][e] = Math.floor(size * random.next())));
    values[e] = value(random);
  }
  return sparseTensor(dims, indices, values);
}

/** The sparse form of a matrix written out. */
export function sparseMatrix(rows: readonly (readonly number[])[]): SparseTensor {
  const entries = rows.flatMap((row, i) => row.map((value, j) => [i, j, value] as const));
  return sparseTensor(
    [rows.length, rows[0].length],
    [Uint32Array.from(entries, ([i]) => i), Uint32Array.from(entries, ([, j]) => j)],
    Float64Array.from(entries, ([, , value]) => value),
  );
}

/** ||X - X~||^2 by decoding every entry. */
export function denseError(X: SparseTensor, model: SparseModel): number {
  const { data } = toDense(X);
  let sum = 0;
  for (let at = 0; at < data.length; at++) {
    const index: number[] = [];
    let rest = at;
    for (let mode = X.dims.length - 1; mode >= 0; mode--) {
      index.unshift(rest % X.dims[mode]);
      rest = Math.floor(rest / X.dims[mode]);
    }
    sum += (data[at] - model.entry(index)) ** 2;
  }
  return sum;
}
