import { createMatrix, type Matrix } from '../../src/engine/linalg/matrix';
import { createRandom } from '../../src/engine/random';

export function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  return createMatrix(rows.length, rows[0].length, Float64Array.from(rows.flat()));
}

export function randomMatrix(rows: number, columns: number, seed = 1): Matrix {
  const random = createRandom(seed);
  return createMatrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => random.normal()),
  );
}

/** The definition of a product, entry by entry. */
export function plainProduct(a: Matrix, b: Matrix): Matrix {
  const result = createMatrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.columns; j++) {
      let sum = 0;
      for (let k = 0; k < a.columns; k++) {
        sum += a.data[i * a.columns + k] * b.data[k * b.columns + j];
      }
      result.data[i * b.columns + j] = sum;
    }
  }
  return result;
}

export function plainTranspose(a: Matrix): Matrix {
  const result = createMatrix(a.columns, a.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.columns; j++) {
      result.data[j * a.rows + i] = a.data[i * a.columns + j];
    }
  }
  return result;
}

export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i] ** 2;
  }
  return Math.sqrt(sum);
}

/** ||a - b||. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new Error(`${a.length} and ${b.length} elements.`);
  }
  return norm(Float64Array.from({ length: a.length }, (_, i) => a[i] - b[i]));
}

/** ||Q^T Q - I||. */
export function orthogonalityLoss(Q: Matrix): number {
  const product = plainProduct(plainTranspose(Q), Q);
  for (let i = 0; i < Q.columns; i++) {
    product.data[i * Q.columns + i] -= 1;
  }
  return norm(product.data);
}

/** U diag(s) V^T. */
export function fromTriplets(U: Matrix, s: ArrayLike<number>, V: Matrix): Matrix {
  const scaled = createMatrix(
    U.rows,
    U.columns,
    U.data.map((value, at) => value * s[at % U.columns]),
  );
  return plainProduct(scaled, plainTranspose(V));
}

/** A random matrix with the given singular values and known, random singular vectors. */
export function matrixWithSpectrum(
  rows: number,
  columns: number,
  s: readonly number[],
  seed = 1,
): Matrix {
  return fromTriplets(
    orthonormalColumns(rows, s.length, seed),
    s,
    orthonormalColumns(columns, s.length, seed + 1),
  );
}

/** Gram-Schmidt, twice, on random columns. */
export function orthonormalColumns(rows: number, columns: number, seed: number): Matrix {
  const a = randomMatrix(rows, columns, seed);
  for (let j = 0; j < columns; j++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < j; k++) {
        let inner = 0;
        for (let i = 0; i < rows; i++) {
          inner += a.data[i * columns + j] * a.data[i * columns + k];
        }
        for (let i = 0; i < rows; i++) {
          a.data[i * columns + j] -= inner * a.data[i * columns + k];
        }
      }
    }
    const length = Math.sqrt(
      Array.from({ length: rows }, (_, i) => a.data[i * columns + j] ** 2).reduce((x, y) => x + y),
    );
    for (let i = 0; i < rows; i++) {
      a.data[i * columns + j] /= length;
    }
  }
  return a;
}
