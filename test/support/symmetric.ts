import { createMatrix, type Matrix } from '../../src/engine/linalg/matrix';
import { createRandom } from '../../src/engine/random';

/** A symmetric matrix from its lower triangle. */
export function symmetricMatrix(n: number, entry: (i: number, j: number) => number): Matrix {
  const a = createMatrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      a.data[i * n + j] = a.data[j * n + i] = entry(i, j);
    }
  }
  return a;
}

/** A dense symmetric matrix with the given eigenvalues: their diagonal between reflections. */
export function withEigenvalues(spectrum: readonly number[], seed = 1): Matrix {
  const n = spectrum.length;
  const random = createRandom(seed);
  const a = symmetricMatrix(n, (i, j) => (i === j ? spectrum[i] : 0));
  for (let round = 0; round < 2; round++) {
    const v = Float64Array.from({ length: n }, () => random.normal());
    const square = v.reduce((sum, value) => sum + value * value, 0);
    for (const [step, line] of [
      [1, n],
      [n, 1],
    ]) {
      for (let k = 0; k < n; k++) {
        let inner = 0;
        v.forEach((value, i) => (inner += value * a.data[k * line + i * step]));
        v.forEach((value, i) => (a.data[k * line + i * step] -= (2 * inner * value) / square));
      }
    }
  }
  return symmetricMatrix(n, (i, j) => a.data[i * n + j]);
}

/** B B^T for a random n x n matrix B. */
export function randomGram(n: number, scale = 1): Matrix {
  const random = createRandom(n);
  const b = Float64Array.from({ length: n * n }, () => random.normal());
  return symmetricMatrix(n, (i, j) => {
    let sum = 0;
    for (let k = 0; k < n; k++) {
      sum += b[i * n + k] * b[j * n + k];
    }
    return sum * scale;
  });
}

/** Wilkinson's matrices of size 21, with pairs of eigenvalues that agree to many digits, glued. */
export function gluedWilkinson(n: number, glue: number): Matrix {
  return symmetricMatrix(n, (i, j) => {
    if (i === j) {
      return Math.abs((i % 21) - 10);
    }
    return i - j > 1 ? 0 : i % 21 === 0 ? glue : 1;
  });
}
