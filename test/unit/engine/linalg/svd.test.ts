import { describe, expect, it } from 'vitest';
import { gram } from '../../../../src/engine/linalg/gram';
import { createMatrix, identity, scaleColumns } from '../../../../src/engine/linalg/matrix';
import { multiply } from '../../../../src/engine/linalg/multiply';
import { randomisedSvd } from '../../../../src/engine/linalg/randomisedSvd';
import { numericalRank, svd } from '../../../../src/engine/linalg/svd';
import { unattended } from '../../../../src/engine/job';
import { CancelledError } from '../../../../src/failures';
import { stopAfter } from '../../../support/stopAfter';
import {
  distance,
  fromTriplets,
  matrixOf,
  matrixWithSpectrum,
  norm,
  orthogonalityLoss,
  plainTranspose,
  randomMatrix,
} from '../../../support/matrices';

describe('svd', () => {
  it('finds the singular values of a matrix known by hand', async () => {
    const { U, s, V } = await svd(
      matrixOf([
        [3, 0],
        [4, 5],
      ]),
    );
    expect(distance(s, [Math.sqrt(45), Math.sqrt(5)])).toBeLessThan(1e-14);
    const rank1 = fromTriplets(
      { rows: 2, columns: 1, data: Float64Array.of(U.data[0], U.data[2]) },
      s,
      { rows: 2, columns: 1, data: Float64Array.of(V.data[0], V.data[2]) },
    );
    expect(distance(rank1.data, [1.5, 1.5, 4.5, 4.5])).toBeLessThan(1e-14);
  });

  it.each([
    [1, 1],
    [1, 9],
    [9, 1],
    [12, 12],
    [40, 11],
    [11, 40],
    [90, 60],
  ])('restores a random %i x %i matrix from orthonormal factors', async (m, n) => {
    const a = randomMatrix(m, n);
    const { U, s, V } = await svd(a);
    expect(orthogonalityLoss(U)).toBeLessThan(1e-12);
    expect(orthogonalityLoss(V)).toBeLessThan(1e-12);
    expect(distance(fromTriplets(U, s, V).data, a.data)).toBeLessThan(1e-13 * norm(a.data));
    expect(Array.from(s)).toEqual(Array.from(s).sort((x, y) => y - x));
  });

  it.each([
    ['condition 1e8', [1, 1e-2, 1e-4, 1e-6, 1e-8]],
    ['condition 1e14', [1, 1e-7, 1e-14]],
    ['repeated values', [3, 3, 3, 1, 1, 1e-5, 1e-5]],
  ])('finds every singular value at %s to working precision', async (_, spectrum) => {
    for (const [m, n] of [
      [30, spectrum.length],
      [spectrum.length, 30],
    ]) {
      const { U, s, V } = await svd(matrixWithSpectrum(m, n, spectrum));
      expect(distance(s, spectrum)).toBeLessThan(1e-15 * 4);
      expect(orthogonalityLoss(U)).toBeLessThan(1e-12);
      expect(orthogonalityLoss(V)).toBeLessThan(1e-12);
    }
  });

  it('completes the factors of rank-deficient and zero matrices to orthonormal ones', async () => {
    const zeroRows = randomMatrix(8, 6);
    zeroRows.data.fill(0, 12, 36);
    for (const a of [createMatrix(5, 3), matrixWithSpectrum(12, 10, [2, 1]), zeroRows]) {
      const { U, s, V } = await svd(a);
      expect(orthogonalityLoss(U)).toBeLessThan(1e-12);
      expect(orthogonalityLoss(V)).toBeLessThan(1e-12);
      expect(distance(fromTriplets(U, s, V).data, a.data)).toBeLessThan(1e-14 * 10);
    }
  });

  it('counts only singular values that stand clear of rounding', async () => {
    const { s } = await svd(matrixWithSpectrum(40, 30, [5, 1, 1e-3]));
    expect(numericalRank(s, 40, 30)).toBe(3);
    expect(numericalRank(new Float64Array(4), 4, 4)).toBe(0);
  });

  it.each([1e-200, 1e-30, 1e30, 1e200])('is exact at the scale %f too', async (scale) => {
    const a = randomMatrix(10, 7);
    const reference = (await svd(a)).s;
    const { s } = await svd(
      createMatrix(
        10,
        7,
        a.data.map((value) => value * scale),
      ),
    );
    expect(
      distance(
        s.map((value) => value / scale),
        reference,
      ),
    ).toBeLessThan(1e-13);
  });

  it('swaps U and V when the matrix is transposed', async () => {
    const a = randomMatrix(14, 9);
    const direct = await svd(a);
    const swapped = await svd(plainTranspose(a));
    expect(distance(direct.s, swapped.s)).toBeLessThan(1e-13);
    for (let j = 0; j < 9; j++) {
      // Each side fixes its own signs, so the pair agrees up to one common sign.
      const sign = Math.sign(direct.U.data[j] * swapped.V.data[j]);
      for (let i = 0; i < 14; i++) {
        expect(swapped.V.data[i * 9 + j] * sign).toBeCloseTo(direct.U.data[i * 9 + j], 11);
      }
      for (let i = 0; i < 9; i++) {
        expect(swapped.U.data[i * 9 + j] * sign).toBeCloseTo(direct.V.data[i * 9 + j], 11);
      }
    }
  });

  it('makes the entry of largest magnitude of every column of U positive', async () => {
    const { U } = await svd(randomMatrix(20, 6));
    for (let j = 0; j < 6; j++) {
      const column = Array.from({ length: 20 }, (_, i) => U.data[i * 6 + j]);
      expect(Math.max(...column)).toBe(Math.max(...column.map(Math.abs)));
    }
  });

  it('returns as many triplets as were asked for, and at least one', async () => {
    const a = randomMatrix(9, 8);
    const full = await svd(a);
    const { U, s, V } = await svd(a, { rank: 3 });
    expect([U.columns, s.length, V.columns]).toEqual([3, 3, 3]);
    expect(s).toEqual(full.s.subarray(0, 3));
    expect((await svd(a, { rank: 100 })).s.length).toBe(8);
  });

  it('refuses NaN and infinity', async () => {
    await expect(svd(matrixOf([[1, NaN]]))).rejects.toThrow(/NaN or infinity/);
    await expect(svd(matrixOf([[1, Infinity]]))).rejects.toThrow(/NaN or infinity/);
  });

  it('stops when its job is cancelled', async () => {
    await expect(svd(randomMatrix(60, 40), {}, stopAfter(20))).rejects.toThrow(CancelledError);
  });
});

describe('svd above 1024 columns', () => {
  it('keeps one side orthonormal and accounts for the norm to working precision', async () => {
    const a = randomMatrix(1040, 1030);
    const { U, s, V } = await svd(a);
    const product = await multiply(scaleColumns(U, s), V, { transposeB: true });
    expect(distance(product.data, a.data)).toBeLessThan(1e-12 * norm(a.data));
    // The plain sum of a million squares is itself only good to about 1e-13.
    expect(Math.abs(norm(s) / norm(a.data) - 1)).toBeLessThan(1e-12);
    const overlaps = await gram(V, 'columns');
    expect(distance(overlaps.data, identity(1030).data)).toBeLessThan(1e-12);
  });
});

describe('randomisedSvd', () => {
  const spectrum = Array.from({ length: 100 }, (_, i) => 0.9 ** i);

  it('comes within a part in 1e6 of the exact decomposition, the same for the same seed', async () => {
    const a = matrixWithSpectrum(260, 180, spectrum);
    const first = await randomisedSvd(a, 20, 7, svdOf, unattended);
    const again = await randomisedSvd(a, 20, 7, svdOf, unattended);
    expect(first.U.data).toEqual(again.U.data);
    expect(distance(first.s, spectrum.slice(0, 20))).toBeLessThan(1e-6);
    expect(orthogonalityLoss(first.U)).toBeLessThan(1e-12);
    expect(orthogonalityLoss(first.V)).toBeLessThan(1e-12);
    const residual = distance(fromTriplets(first.U, first.s, first.V).data, a.data);
    expect(residual).toBeLessThan(1.000001 * norm(spectrum.slice(20)));
    // The identity that errors are computed by.
    const identity = Math.sqrt(norm(a.data) ** 2 - norm(first.s) ** 2);
    expect(Math.abs(identity - residual)).toBeLessThan(1e-12);
  });
});

function svdOf(a: Parameters<typeof svd>[0]) {
  return svd(a);
}
