import { describe, expect, it } from 'vitest';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import { qr } from '../../../../src/engine/linalg/qr';
import {
  distance,
  matrixWithSpectrum,
  norm,
  orthogonalityLoss,
  plainProduct,
  randomMatrix,
} from '../../../support/matrices';

describe('qr', () => {
  it.each([
    [1, 1],
    [6, 6],
    [50, 7],
    [7, 50],
    [130, 70],
  ])('splits a random %i x %i matrix', (m, n) => {
    const a = randomMatrix(m, n);
    const { Q, R } = qr(a);
    const k = Math.min(m, n);
    expect([Q.rows, Q.columns, R.rows, R.columns]).toEqual([m, k, k, n]);
    expect(orthogonalityLoss(Q)).toBeLessThan(1e-14 * k * 2);
    expect(distance(plainProduct(Q, R).data, a.data)).toBeLessThan(1e-14 * k * norm(a.data));
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < Math.min(i, n); j++) {
        expect(R.data[i * n + j]).toBe(0);
      }
    }
  });

  it('keeps Q orthonormal when A is rank-deficient, zero or badly conditioned', () => {
    const cases = [
      createMatrix(5, 3),
      matrixWithSpectrum(20, 10, [1, 1e-3]),
      matrixWithSpectrum(20, 6, [1, 1e-4, 1e-8, 1e-12, 1e-15, 1e-15]),
    ];
    for (const a of cases) {
      const { Q, R } = qr(a);
      expect(orthogonalityLoss(Q)).toBeLessThan(1e-14);
      expect(distance(plainProduct(Q, R).data, a.data)).toBeLessThan(1e-14);
    }
  });
});
