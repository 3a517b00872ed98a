import type { SparseMode } from '../../protocol/sparse';

/**
 * How many of the nonzeros lie at each index of a mode of `size` indices. Sorts a copy of the
 * indices, so that the cost depends on the nonzeros and not on the size.
 */
export function modeDegrees(indices: Uint32Array, size: number): SparseMode {
  const degrees = occupiedDegrees(indices);
  const occupied = degrees.length;
  const empty = size - occupied;
  // The degrees of all indices in ascending order begin with the zeros of the empty ones.
  const at = (rank: number) => (rank < empty ? 0 : degrees[rank - empty]);
  return {
    size,
    empty,
    degrees: {
      min: at(0),
      median: (at(Math.floor((size - 1) / 2)) + at(Math.floor(size / 2))) / 2,
      mean: indices.length / size,
      max: occupied === 0 ? 0 : degrees[occupied - 1],
    },
  };
}

/** Ascending, one for each index that occurs. */
function occupiedDegrees(indices: Uint32Array): Uint32Array {
  const sorted = indices.slice().sort();
  const degrees = new Uint32Array(sorted.length);
  let occupied = 0;
  for (let e = 0; e < sorted.length; e++) {
    if (e > 0 && sorted[e] !== sorted[e - 1]) {
      occupied++;
    }
    degrees[occupied]++;
  }
  return degrees.slice(0, sorted.length === 0 ? 0 : occupied + 1).sort();
}
