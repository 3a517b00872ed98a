import type { Matrix } from './matrix';

/**
 * Makes the entry of largest magnitude of every column of `U` positive (the first of equals), in
 * place, and flips the same columns of `V`. The factors of a seedless method are unique up to
 * these signs, so fixing them makes results reproducible and files diffable.
 */
export function fixSigns(U: Matrix, V?: Matrix): void {
  for (let j = 0; j < U.columns; j++) {
    if (U.data[largestOfColumn(U, j)] < 0) {
      negateColumn(U, j);
      if (V) {
        negateColumn(V, j);
      }
    }
  }
}

function largestOfColumn(a: Matrix, column: number): number {
  let largest = column;
  for (let at = column; at < a.data.length; at += a.columns) {
    if (Math.abs(a.data[at]) > Math.abs(a.data[largest])) {
      largest = at;
    }
  }
  return largest;
}

function negateColumn(a: Matrix, column: number): void {
  for (let at = column; at < a.data.length; at += a.columns) {
    a.data[at] = -a.data[at];
  }
}
