import { describe, expect, it } from 'vitest';
import { createMatrix, type Matrix } from '../../../../src/engine/linalg/matrix';
import { qr } from '../../../../src/engine/linalg/qr';
import { CancelledError } from '../../../../src/failures';
import {
  distance,
  norm,
  orthogonalityLoss,
  plainProduct,
  plainTranspose,
  randomMatrix,
} from '../../../support/matrices';

/** ||Q R - A|| and ||Q^T Q - I||, after a check that R is upper triangular. */
function losses(a: Matrix): { readonly residual: number; readonly orthogonality: number } {
  const { Q, R } = qr(a);
  for (let i = 0; i < R.rows; i++) {
    for (let j = 0; j < Math.min(i, R.columns); j++) {
      expect(R.data[i * R.columns + j]).toBe(0);
    }
  }
  const residual = distance(plainProduct(Q, R).data, a.data);
  return { residual, orthogonality: orthogonalityLoss(Q) };
}

describe('qr by panels', () => {
  it.each([
    [31, 31],
    [32, 33],
    [33, 32],
    [65, 64],
    [257, 130],
    [130, 257],
    [1000, 40],
    [40, 1000],
  ])('splits a random %i x %i matrix', (m, n) => {
    const a = randomMatrix(m, n, m + n);
    const { residual, orthogonality } = losses(a);
    expect(residual).toBeLessThan(1e-14 * norm(a.data));
    expect(orthogonality).toBeLessThan(1e-14 * Math.sqrt(Math.min(m, n)) * 2);
  });

  it('gives |R| of the Cholesky factor of A^T A', () => {
    const a = randomMatrix(150, 70);
    const { R } = qr(a);
    const gram = plainProduct(plainTranspose(a), a);
    const fromR = plainProduct(plainTranspose(R), R);
    expect(distance(fromR.data, gram.data)).toBeLessThan(1e-14 * norm(gram.data));
  });

  it.each([1e-300, 1e-30, 1e30, 1e300])('is not troubled by the scale %f', (scale) => {
    const a = randomMatrix(70, 50);
    const reference = qr(a);
    const scaled = qr(
      createMatrix(
        70,
        50,
        a.data.map((value) => value * scale),
      ),
    );
    expect(orthogonalityLoss(scaled.Q)).toBeLessThan(1e-13);
    const back = scaled.R.data.map((value) => value / scale);
    expect(distance(back, reference.R.data)).toBeLessThan(1e-12 * norm(a.data));
  });

  it('keeps the directions of columns whose squares underflow beside the others', () => {
    const a = randomMatrix(60, 3);
    const scales = [1, 1e-180, 1e-250];
    a.data.forEach((value, at) => (a.data[at] = value * scales[at % 3]));
    const { Q, R } = qr(a);
    expect(orthogonalityLoss(Q)).toBeLessThan(1e-14);
    for (let j = 0; j < 3; j++) {
      const restored = Float64Array.from({ length: 60 }, (_, i) =>
        [0, 1, 2].reduce((sum, k) => sum + Q.data[i * 3 + k] * (R.data[k * 3 + j] / scales[j]), 0),
      );
      const column = Float64Array.from({ length: 60 }, (_, i) => a.data[i * 3 + j] / scales[j]);
      expect(distance(restored, column)).toBeLessThan(1e-13);
    }
  });

  it('takes zeros, equal columns and a matrix without columns', () => {
    for (const a of [createMatrix(50, 40), createMatrix(50, 40, new Float64Array(2000).fill(3))]) {
      const { residual, orthogonality } = losses(a);
      expect(residual).toBeLessThan(1e-14 * Math.max(1, norm(a.data)));
      expect(orthogonality).toBeLessThan(1e-14 * 40);
    }
    const { Q, R } = qr(createMatrix(4, 0));
    expect([Q.rows, Q.columns, R.rows, R.columns]).toEqual([4, 0, 0, 0]);
  });

  it('stops when cancelled', () => {
    let left = 40;
    const job = {
      throwIfCancelled() {
        if (--left === 0) {
          throw new CancelledError();
        }
      },
      report() {},
    };
    expect(() => qr(randomMatrix(90, 80), job)).toThrow(CancelledError);
  });
});
