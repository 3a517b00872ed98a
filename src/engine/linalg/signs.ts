import type { Matrix } from './matrix';

/**
 * Makes the entry of largest magnitude of every column of `U` positive (the first of equals), in
 * place, and flips the same columns of `V`; returns which were flipped. The factors of a seedless
 * method are unique up to these signs, so fixing them makes results reproducible and files
 * diffable.
 */
export function fixSigns(U: Matrix, V?: Matrix): number[] {
  const { rows, columns, data } = U;
  // Row by row, as the entries lie.
  const largest = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) {
      if (Math.abs(data[at]) > Math.abs(largest[j])) {
        largest[j] = data[at];
      }
    }
  }
  const flipped = Array.from(largest.keys()).filter((j) => largest[j] < 0);
  if (flipped.length > 0) {
    negateColumns(U, flipped);
    if (V) {
      negateColumns(V, flipped);
    }
  }
  return flipped;
}

function negateColumns({ rows, columns, data }: Matrix, which: readonly number[]): void {
  for (let i = 0; i < rows; i++) {
    for (const j of which) {
      data[i * columns + j] = -data[i * columns + j];
    }
  }
}
