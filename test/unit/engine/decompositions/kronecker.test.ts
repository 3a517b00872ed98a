import { describe, expect, it } from 'vitest';
import {
  factoriseKronecker,
  rearrange,
  restoreKronecker,
} from '../../../../src/engine/decompositions/kronecker';
import { parameterCount } from '../../../../src/engine/ranks';
import { kroneckerSplits } from '../../../../src/engine/ranks/kroneckerSplit';
import { svd } from '../../../../src/engine/linalg/svd';
import { FormatError, UnsupportedError } from '../../../../src/failures';
import { randomTensor } from '../../../support/fixtureTensor';
import { distance, matrixOf, norm } from '../../../support/matrices';

const seed = 0;
const W = matrixOf([
  [1, 2, 0, 0],
  [3, 4, 0, 0],
  [2, 4, 5, 6],
  [6, 8, 7, 8],
]);
const tensor = { shape: [4, 4], data: W.data };
const block = [2, 2];

/** sum of A_i (x) B_i by the definition. */
function kroneckerSum(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [r, m1, n1, m2, n2]: readonly number[],
): Float64Array {
  const result = new Float64Array(m1 * m2 * n1 * n2);
  for (let i = 0; i < r; i++) {
    for (let row = 0; row < m1 * m2; row++) {
      for (let column = 0; column < n1 * n2; column++) {
        const [i1, i2, j1, j2] = [
          Math.floor(row / m2),
          row % m2,
          Math.floor(column / n2),
          column % n2,
        ];
        result[row * n1 * n2 + column] += a[(i * m1 + i1) * n1 + j1] * b[(i * m2 + i2) * n2 + j2];
      }
    }
  }
  return result;
}

describe('rearrange', () => {
  it('lists the blocks of the matrix, one per row', () => {
    const { data } = rearrange(tensor, { m1: 2, n1: 2, m2: 2, n2: 2 });
    expect(Array.from(data)).toEqual([1, 2, 3, 4, 0, 0, 0, 0, 2, 4, 6, 8, 5, 6, 7, 8]);
  });

  it('has the singular values of the published example', async () => {
    const { s } = await svd(rearrange(tensor, { m1: 2, n1: 2, m2: 2, n2: 2 }));
    expect(distance(s, [17.860125297027544, 2.239625945214235, 0, 0])).toBeLessThan(1e-13);
  });
});

describe('factoriseKronecker', () => {
  it('gives the errors of the published example, and rank 2 exactly', async () => {
    const factorisation = await factoriseKronecker(tensor, { seed, attributes: { block } });
    const error = (await factorisation.errorAt(1)) ?? NaN;
    expect(error ** 2).toBeCloseTo(5.015924374476756, 12);
    expect(error / norm(W.data)).toBeCloseTo(0.124424, 6);
    const exact = await factorisation.at(4);
    expect(exact.rank).toBe(2);
    expect(distance((await exact.reconstruct()).data, W.data)).toBeLessThan(1e-13);
  });

  it('sums Kronecker products, each B with its largest entry positive', async () => {
    const matrix = randomTensor([12, 20]);
    const factorisation = await factoriseKronecker(matrix, {
      seed,
      attributes: { block: [3, 5] },
    });
    const decomposition = await factorisation.at(6);
    const [a, b] = decomposition.factors;
    expect([a.shape, b.shape]).toEqual([
      [6, 4, 4],
      [6, 3, 5],
    ]);
    const expected = kroneckerSum(a.data, b.data, [6, 4, 4, 3, 5]);
    const { data } = await decomposition.reconstruct();
    expect(distance(data, expected)).toBeLessThan(1e-13);
    const error = (await factorisation.errorAt(6)) ?? NaN;
    expect(Math.abs(error - distance(data, matrix.data))).toBeLessThan(1e-12);
    for (let i = 0; i < 6; i++) {
      const entries = Array.from(b.data.subarray(i * 15, i * 15 + 15));
      expect(Math.max(...entries)).toBe(Math.max(...entries.map(Math.abs)));
      expect(norm(entries)).toBeCloseTo(norm(a.data.subarray(i * 16, i * 16 + 16)), 12);
    }
  });

  it('recovers a sum of two Kronecker products with its block', async () => {
    const a = randomTensor([2, 4, 3], 1).data;
    const b = randomTensor([2, 2, 6], 2).data;
    const data = kroneckerSum(a, b, [2, 4, 3, 2, 6]);
    const factorisation = await factoriseKronecker(
      { shape: [8, 18], data },
      { seed, attributes: { block: [2, 6] } },
    );
    expect((await factorisation.at(5)).rank).toBe(2);
    expect((await factorisation.errorAt(2)) ?? NaN).toBeLessThan(1e-13 * norm(data));
  });

  it('chooses, for a kept fraction, the best of its candidate blocks within the budget', async () => {
    const layer = randomTensor([16, 12, 3, 3]);
    const factorisation = await factoriseKronecker(layer, { seed });
    const selection = await factorisation.selectForKept?.(0.3);
    expect(selection).toBeDefined();
    const chosen = selection?.attributes ?? {};
    const error = (await factorisation.errorAt(selection?.rank ?? 0, undefined, chosen)) ?? NaN;
    const size = parameterCount('kronecker', layer.shape, selection?.rank ?? 0, chosen);
    expect(size).toBeLessThanOrEqual(0.3 * layer.data.length);
    for (const { m1, n1, m2, n2 } of kroneckerSplits(layer.shape)) {
      const attributes = { block: [m2, n2] };
      const rank = Math.floor((0.3 * layer.data.length) / (m1 * n1 + m2 * n2));
      const other = (await factorisation.errorAt(rank, undefined, attributes)) ?? NaN;
      // Rounding up may be denied to the chosen block, never more than that.
      expect(error).toBeLessThanOrEqual(other + 1e-12);
    }
    const again = await (
      await factoriseKronecker(layer, { seed })
    ).at(selection?.rank ?? 0, undefined, chosen);
    expect(distance((await again.reconstruct()).data, layer.data)).toBeCloseTo(error, 10);
  });

  it('takes a convolution as T x (everything else) and gives it back in its shape', async () => {
    const layer = randomTensor([6, 4, 3, 3]);
    const factorisation = await factoriseKronecker(layer, { seed });
    const decomposition = await factorisation.at(1000);
    const { shape, data } = await decomposition.reconstruct();
    expect(shape).toEqual([6, 4, 3, 3]);
    expect(distance(data, layer.data)).toBeLessThan(1e-12);
  });

  it('takes zeros, primes and single elements', async () => {
    for (const shape of [
      [4, 6],
      [7, 11],
      [1, 1],
    ]) {
      const zeros = { shape, data: new Float32Array(shape[0] * shape[1]) };
      const decomposition = await (await factoriseKronecker(zeros, { seed })).at(1);
      expect(decomposition.rank).toBe(1);
      expect(norm((await decomposition.reconstruct()).data)).toBe(0);
    }
  });

  it('refuses NaN and blocks that do not divide the matrix', async () => {
    const bad = { shape: [2, 2], data: Float64Array.of(1, 2, 3, Infinity) };
    await expect(factoriseKronecker(bad, { seed })).rejects.toThrow(UnsupportedError);
    await expect(
      factoriseKronecker(tensor, { seed, attributes: { block: [3, 2] } }),
    ).rejects.toThrow(/does not divide/);
  });
});

describe('restoreKronecker', () => {
  it('rebuilds what was stored and refuses what does not fit', async () => {
    const original = await (
      await factoriseKronecker(tensor, { seed, attributes: { block } })
    ).at(1);
    const restored = restoreKronecker(original);
    expect((await restored.reconstruct()).data).toEqual((await original.reconstruct()).data);
    expect(() => restoreKronecker({ ...original, attributes: { block: [1, 4] } })).toThrow(
      FormatError,
    );
    expect(() => restoreKronecker({ ...original, factors: [] })).toThrow(FormatError);
  });
});
