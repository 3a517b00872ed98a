import type { SparseTensor } from './sparseTensor';

/**
 * A tensor without its empty slices. Factor rows of empty slices are zero in every method that uses
 * this, so that a mode of 2^31 indices costs no more than the entries it has.
 */
export interface Occupied {
  readonly tensor: SparseTensor;
  /** Per mode the sorted indices that have entries; undefined where all do. */
  readonly places: readonly (Uint32Array | undefined)[];
}

/** Above this size a mode's indices are sorted instead of being marked in a table of that size. */
const tableUpTo = 2 ** 24;

export function occupied(X: SparseTensor): Occupied {
  const places = X.dims.map((size, mode) => {
    const used = usedIndices(X.indices[mode], size);
    return used.length === size ? undefined : used;
  });
  const indices = X.indices.map((keys, mode) => {
    const used = places[mode];
    return used ? renumbered(keys, used, X.dims[mode]) : keys;
  });
  const dims = X.dims.map((size, mode) => places[mode]?.length ?? size);
  return { tensor: { dims, indices, values: X.values }, places };
}

/** Where slice `index` of a mode lies among the occupied ones; -1 when it is empty. */
export function placeOf(places: Uint32Array | undefined, index: number): number {
  if (!places) {
    return index;
  }
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle] < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return places[low] === index ? low : -1;
}

function usedIndices(keys: Uint32Array, size: number): Uint32Array {
  if (size > tableUpTo) {
    const sorted = keys.slice().sort();
    return sorted.filter((key, e) => e === 0 || key !== sorted[e - 1]);
  }
  const isUsed = new Uint8Array(size);
  for (const key of keys) {
    isUsed[key] = 1;
  }
  let count = 0;
  const used = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    if (isUsed[i]) {
      used[count++] = i;
    }
  }
  return used.slice(0, count);
}

function renumbered(keys: Uint32Array, used: Uint32Array, size: number): Uint32Array {
  if (size > tableUpTo) {
    return keys.map((key) => placeOf(used, key));
  }
  const numbers = new Uint32Array(size);
  for (let n = 0; n < used.length; n++) {
    numbers[used[n]] = n;
  }
  return keys.map((key) => numbers[key]);
}
