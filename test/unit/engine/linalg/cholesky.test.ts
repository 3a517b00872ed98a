import { describe, expect, it } from 'vitest';
import { choleskyFactor, solveRight } from '../../../../src/engine/linalg/cholesky';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import {
  distance,
  matrixOf,
  norm,
  plainProduct,
  plainTranspose,
  randomMatrix,
} from '../../../support/matrices';

describe('choleskyFactor', () => {
  it('finds the factor known by hand', () => {
    const L = choleskyFactor(
      matrixOf([
        [4, 2],
        [2, 10],
      ]),
    );
    expect(Array.from(L?.data ?? [])).toEqual([2, 0, 1, 3]);
  });

  it('says so when a matrix is not positive definite', () => {
    expect(
      choleskyFactor(
        matrixOf([
          [1, 2],
          [2, 1],
        ]),
      ),
    ).toBeUndefined();
    expect(choleskyFactor(createMatrix(2, 2))).toBeUndefined();
  });
});

describe('solveRight', () => {
  it.each([1, 3, 64, 65, 150])('solves X (G + ridge I) = M for G of size %i', (n) => {
    const b = randomMatrix(n + 5, n, n);
    const G = plainProduct(plainTranspose(b), b);
    const M = randomMatrix(4, n, 9);
    const X = solveRight(M, G, 0.5);
    const shifted = createMatrix(n, n, G.data.slice());
    for (let i = 0; i < n; i++) {
      shifted.data[i * n + i] += 0.5;
    }
    expect(distance(plainProduct(X, shifted).data, M.data)).toBeLessThan(1e-11 * norm(M.data));
  });

  it('grows the ridge until a singular system can be solved', () => {
    const G = matrixOf([
      [1, 1],
      [1, 1],
    ]);
    const X = solveRight(matrixOf([[2, 2]]), G, 0);
    expect(distance(plainProduct(X, G).data, [2, 2])).toBeLessThan(1e-9);
    expect(X.data.every(Number.isFinite)).toBe(true);
    expect(solveRight(matrixOf([[0]]), matrixOf([[0]]), 0).data[0]).toBe(0);
  });

  it('refuses a system that is not finite', () => {
    expect(() => solveRight(matrixOf([[1]]), matrixOf([[NaN]]), 1)).toThrow(/no finite solution/);
  });
});
