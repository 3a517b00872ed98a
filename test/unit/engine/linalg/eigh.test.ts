import { describe, expect, it } from 'vitest';
import { eigh } from '../../../../src/engine/linalg/eigh';
import { createMatrix, identity } from '../../../../src/engine/linalg/matrix';
import { CancelledError } from '../../../../src/failures';
import {
  distance,
  fromTriplets,
  matrixOf,
  norm,
  orthogonalityLoss,
  orthonormalColumns,
  plainProduct,
  plainTranspose,
  randomMatrix,
} from '../../../support/matrices';

describe('eigh', () => {
  it('finds eigenvalues and eigenvectors known by hand', () => {
    const { values, vectors } = eigh(
      matrixOf([
        [2, 1],
        [1, 2],
      ]),
    );
    expect(distance(values, [3, 1])).toBeLessThan(1e-15);
    const half = Math.SQRT1_2;
    expect(distance(vectors.data, [half, half, half, -half])).toBeLessThan(1e-15);
  });

  it.each([1, 2, 3, 10, 65, 130])('diagonalises a random symmetric matrix of size %i', (n) => {
    const b = randomMatrix(n, n, n);
    const a = createMatrix(n, n);
    const t = plainTranspose(b);
    a.data.forEach((_, i) => (a.data[i] = b.data[i] + t.data[i]));
    const { values, vectors } = eigh(a);
    expect(orthogonalityLoss(vectors)).toBeLessThan(1e-13 * n);
    expect(distance(fromTriplets(vectors, values, vectors).data, a.data)).toBeLessThan(
      1e-14 * n * norm(a.data),
    );
    expect(Array.from(values)).toEqual(Array.from(values).sort((x, y) => y - x));
  });

  it('finds repeated eigenvalues and keeps the vectors orthonormal', () => {
    const spectrum = [4, 4, 4, 1, 1, 0, 0, -2];
    const Q = orthonormalColumns(8, 8, 5);
    const { values, vectors } = eigh(fromTriplets(Q, spectrum, Q));
    expect(distance(values, spectrum)).toBeLessThan(1e-14);
    expect(orthogonalityLoss(vectors)).toBeLessThan(1e-14);
  });

  it('takes zero, identity and diagonal matrices as they are', () => {
    expect(Array.from(eigh(createMatrix(3, 3)).values)).toEqual([0, 0, 0]);
    expect(eigh(identity(4)).vectors.data).toEqual(identity(4).data);
    const { values, vectors } = eigh(
      matrixOf([
        [1, 0],
        [0, 5],
      ]),
    );
    expect(Array.from(values)).toEqual([5, 1]);
    expect(Array.from(vectors.data)).toEqual([0, 1, 1, 0]);
  });

  it.each([1e-300, 1e-30, 1e30, 1e300])('is not troubled by the scale %f', (scale) => {
    const b = randomMatrix(12, 12);
    const a = plainProduct(b, plainTranspose(b));
    const reference = eigh(a);
    const scaled = eigh(
      createMatrix(
        12,
        12,
        a.data.map((value) => (value / 100) * scale),
      ),
    );
    const unscaled = scaled.values.map((value) => (value / scale) * 100);
    expect(distance(unscaled, reference.values)).toBeLessThan(1e-13 * reference.values[0]);
    expect(orthogonalityLoss(scaled.vectors)).toBeLessThan(1e-13);
  });

  it('gives the entry of largest magnitude of every vector a positive sign', () => {
    const b = randomMatrix(9, 9);
    const { vectors } = eigh(plainProduct(b, plainTranspose(b)));
    for (let j = 0; j < 9; j++) {
      const column = Array.from({ length: 9 }, (_, i) => vectors.data[i * 9 + j]);
      expect(Math.max(...column)).toBe(Math.max(...column.map(Math.abs)));
    }
  });

  it('refuses entries that are not finite, and stops when cancelled', () => {
    expect(() => eigh(matrixOf([[NaN]]))).toThrow(/not finite/);
    const job = {
      throwIfCancelled() {
        throw new CancelledError();
      },
      report() {},
    };
    expect(() => eigh(randomMatrix(5, 5), job)).toThrow(CancelledError);
  });
});
