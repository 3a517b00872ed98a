import { describe, expect, it } from 'vitest';
import { factorise, restore } from '../../../../src/engine/decompositions';
import {
  factoriseBlockKronecker,
  restoreBlockKronecker,
} from '../../../../src/engine/decompositions/blockKronecker';
import type {
  Attributes,
  Decomposition,
  Factor,
} from '../../../../src/engine/decompositions/decomposition';
import { countBytes } from '../../../../src/engine/decompositions/storedFactors';
import { macs, parameterCount } from '../../../../src/engine/ranks';
import { kpdCandidates } from '../../../../src/engine/ranks/blockCandidates';
import { permute } from '../../../../src/engine/tensor/unfold';
import { elementCount } from '../../../../src/engine/tensor/tensor';
import { FormatError, UnsupportedError, UsageError } from '../../../../src/failures';
import { randomTensor } from '../../../support/fixtureTensor';
import { distance, matrixOf, norm } from '../../../support/matrices';

const seed = 0;
const W = matrixOf([
  [1, 2, 0, 0],
  [3, 4, 0, 0],
  [2, 4, 5, 6],
  [6, 8, 7, 8],
]);
const published = { shape: [4, 4], data: W.data };

/** The kept blocks, from `mask` bit by bit or from `indices`. */
function blocksOf(factors: readonly Factor[]): number[] {
  const mask = factors.find(({ name }) => name === 'mask');
  if (!mask) {
    return Array.from(factors.find(({ name }) => name === 'indices')?.data ?? []);
  }
  return Array.from(mask.data).flatMap((byte, i) =>
    [...byte.toString(2).padStart(8, '0')].flatMap((bit, k) => (bit === '1' ? [8 * i + k] : [])),
  );
}

/** sum over i of (S o A_i) (x) B_i by the definition, cut to rows x columns. */
function blockKroneckerSum(
  { factors, rank, attributes }: Decomposition,
  rows: number,
  columns: number,
): Float64Array {
  const [a, b] = factors;
  const [m2, n2] = attributes.block as readonly number[];
  const blocks = blocksOf(factors);
  const across = Math.ceil(columns / n2);
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const k = blocks.indexOf(Math.floor(row / m2) * across + Math.floor(column / n2));
    let sum = 0;
    for (let i = 0; k >= 0 && i < Number(rank); i++) {
      const inBlock = (row % m2) * n2 + (column % n2);
      sum += a.data[i * blocks.length + k] * b.data[i * m2 * n2 + inBlock];
    }
    return sum;
  });
}

describe('factoriseBlockKronecker', () => {
  it.each([
    [2, 1, 34.420198],
    [3, 1, 5.015924],
    [3, 2, 0],
  ])('gives the published errors: %d blocks, %d terms', async (blocks, rank, square) => {
    const attributes = { block: [2, 2], blocks };
    const factorisation = await factoriseBlockKronecker(published, { seed, attributes });
    const error = (await factorisation.errorAt(rank)) ?? NaN;
    expect(error ** 2).toBeCloseTo(square, 5);
    const decomposition = await factorisation.at(rank);
    expect(distance((await decomposition.reconstruct()).data, W.data)).toBeCloseTo(error, 6);
    if (blocks === 2) {
      expect(blocksOf(decomposition.factors)).toEqual([2, 3]);
    }
  });

  it.each<[string, number[], number[], number]>([
    ['blocks that divide the matrix', [12, 20], [3, 5], 9],
    ['blocks that reach beyond its edge', [13, 22], [3, 5], 11],
    ['few blocks of many, named by their numbers', [30, 40], [2, 2], 5],
  ])('sums Kronecker products with a common pattern, of %s', async (_, shape, block, blocks) => {
    const matrix = randomTensor(shape);
    const attributes = { block, blocks };
    const factorisation = await factoriseBlockKronecker(matrix, { seed, attributes });
    const decomposition = await factorisation.at(3);
    const [a, b, which] = decomposition.factors;
    expect([a.shape, b.shape]).toEqual([
      [3, blocks],
      [3, ...block],
    ]);
    const expected = blockKroneckerSum(decomposition, shape[0], shape[1]);
    const { data } = await decomposition.reconstruct();
    expect(distance(data, expected)).toBeLessThan(1e-13);
    const error = (await factorisation.errorAt(3)) ?? NaN;
    expect(Math.abs(error - distance(data, matrix.data))).toBeLessThan(1e-12);
    expect(decomposition.parameterCount).toBe(3 * (blocks + block[0] * block[1]));
    expect(which.dtype).toBe(shape[0] === 30 ? 'int32' : 'uint8');
  });

  it('is exact with all blocks and as many terms as a block has entries', async () => {
    const matrix = randomTensor([8, 12]);
    const attributes = { block: [2, 3], blocks: 16 };
    const decomposition = await (
      await factoriseBlockKronecker(matrix, { seed, attributes })
    ).at(1000);
    expect(decomposition.rank).toBe(6);
    expect(distance((await decomposition.reconstruct()).data, matrix.data)).toBeLessThan(1e-12);
  });

  it('takes half of the blocks where it is not told how many', async () => {
    const matrix = randomTensor([30, 20]);
    const decomposition = await (
      await factoriseBlockKronecker(matrix, { seed, attributes: { block: [10, 4] } })
    ).at(2);
    expect(decomposition.attributes).toEqual({ block: [10, 4], blocks: 8 });
    expect(blocksOf(decomposition.factors)).toHaveLength(8);
  });

  it('reads a convolution as the matrix of its scheme and gives it back in its shape', async () => {
    const tensor = randomTensor([6, 5, 3, 4]);
    const attributes = { block: [5, 6], blocks: 5, scheme: 'spatial' };
    const factorisation = await factoriseBlockKronecker(tensor, { seed, attributes });
    const decomposition = await factorisation.at(4);
    const { shape, data } = await decomposition.reconstruct();
    expect(shape).toEqual([6, 5, 3, 4]);
    const turned = permute({ shape, data }, [1, 2, 0, 3]);
    expect(distance(turned.data, blockKroneckerSum(decomposition, 15, 24))).toBeLessThan(1e-13);
    const error = (await factorisation.errorAt(4)) ?? NaN;
    expect(distance(data, tensor.data)).toBeCloseTo(error, 11);
  });

  it('chooses, for a kept fraction, within the bytes, and by the error before the fit', async () => {
    const matrix = randomTensor([48, 64]);
    const factorisation = await factoriseBlockKronecker(matrix, { seed, valueBytes: 2 });
    const selection = (await factorisation.selectForKept?.(0.3)) ?? { rank: 0 };
    const chosen = await factorisation.at(selection.rank, undefined, selection.attributes);
    expect(chosen.rank).toBe(selection.rank);
    expect(countBytes(chosen.factors, 'float16')).toBeLessThanOrEqual(0.3 * 2 * 48 * 64);
    const error = distance((await chosen.reconstruct()).data, matrix.data);
    const rivals = kpdCandidates(matrix.shape);
    expect(rivals.length).toBeGreaterThan(8);
    // No candidate that fits does much better: the fit gains little beyond what it was chosen by.
    for (const attributes of rivals) {
      const [m2, n2] = attributes.block as readonly number[];
      const perTerm = 2 * (Number(attributes.blocks) + m2 * n2);
      const terms = Math.floor((0.3 * 2 * 48 * 64 - 60) / perTerm);
      if (terms >= 1) {
        const other = (await factorisation.errorAt(terms, undefined, attributes)) ?? NaN;
        expect(error).toBeLessThan(1.1 * other);
      }
    }
  });

  it('chooses, for an error, a form that does not exceed it', async () => {
    const matrix = randomTensor([24, 32]);
    const factorisation = await factoriseBlockKronecker(matrix, { seed });
    const allowed = 0.5 * norm(matrix.data);
    const { rank, attributes } = (await factorisation.selectForError?.(allowed)) ?? { rank: 0 };
    const decomposition = await factorisation.at(rank, undefined, attributes);
    const error = distance((await decomposition.reconstruct()).data, matrix.data);
    expect(error).toBeLessThanOrEqual(allowed * (1 + 1e-9));
    expect(decomposition.parameterCount).toBeLessThanOrEqual(24 * 32);
    expect(await factorisation.selectForError?.(1e-3)).toBeUndefined();
  });

  it('counts parameters, and multiply-adds in the cheaper order', () => {
    const attributes = { block: [2, 32], blocks: 20 };
    const shape = [8, 256];
    expect(parameterCount('kpd', shape, 3, attributes)).toBe(3 * (20 + 64));
    // m1 = 4, n1 = 8: B first 8 * 32 * 2 + 20 * 2, A first 20 * 32 + 4 * 2 * 32.
    expect(macs('kpd', shape, 3, attributes)).toBe(3 * Math.min(552, 896));
    expect(macs('kpd', [256, 8], 1, { block: [32, 2], blocks: 20 })).toBe(
      Math.min(4 * 2 * 32 + 20 * 32, 20 * 2 + 8 * 32 * 2),
    );
  });

  it('takes zeros, and refuses NaN and what does not fit', async () => {
    const attributes = { block: [2, 2], blocks: 3 };
    const zeros = { shape: [4, 6], data: new Float32Array(24) };
    const factorisation = await factoriseBlockKronecker(zeros, { seed, attributes });
    const decomposition = await factorisation.at(2);
    expect(decomposition.rank).toBe(1);
    expect(norm((await decomposition.reconstruct()).data)).toBe(0);
    expect(await factorisation.errorAt(2)).toBe(0);
    const bad = { shape: [2, 2], data: Float64Array.of(1, 2, 3, Infinity) };
    await expect(factoriseBlockKronecker(bad, { seed })).rejects.toThrow(UnsupportedError);
    const misfits: Attributes[] = [{ block: [5, 1] }, { blocks: 0 }, { blocks: 5, block: [2, 2] }];
    for (const wrong of misfits) {
      const result = factorise('kpd', published, { seed, attributes: wrong });
      await expect(result).rejects.toThrow(UsageError);
    }
  });
});

describe('restoreBlockKronecker', () => {
  const stored = async (attributes: Attributes, shape = [8, 12]) =>
    (await factoriseBlockKronecker(randomTensor(shape), { seed, attributes })).at(2);

  it('rebuilds what was stored', async () => {
    const original = await stored({ block: [2, 3], blocks: 5 });
    const restored = restore('kpd', original);
    expect((await restored.reconstruct()).data).toEqual((await original.reconstruct()).data);
  });

  it.each<[string, Attributes, Partial<Record<string, Partial<Factor>>>]>([
    ['a mask of too many blocks', {}, { mask: { data: Float64Array.of(255, 255) } }],
    ['a mask of too few blocks', {}, { mask: { data: Float64Array.of(1, 0) } }],
    ['a mask that is too long', {}, { mask: { shape: [3], data: new Float64Array(3) } }],
    ['a mask of values', {}, { mask: { dtype: undefined } }],
    ['factors of another number of blocks', {}, { a: { shape: [2, 4] } }],
    ['factors of another block', {}, { b: { shape: [2, 3, 2] } }],
    ['another number of blocks', { blocks: 6 }, {}],
  ])('refuses %s', async (_, attributes, changes) => {
    const original = await stored({ block: [2, 3], blocks: 5 });
    const factors = original.factors.map((factor) => ({ ...factor, ...changes[factor.name] }));
    const broken = { ...original, factors, attributes: { ...original.attributes, ...attributes } };
    expect(() => restoreBlockKronecker(broken)).toThrow(FormatError);
  });

  it('refuses a mask with bits beyond the blocks', async () => {
    // 3 x 3 blocks: seven bits of the second byte are left over.
    const original = await stored({ block: [2, 3], blocks: 4 }, [6, 9]);
    const last = original.factors[2];
    expect(last.name).toBe('mask');
    const data = last.data.slice();
    data[1] += 1;
    const factors = [...original.factors.slice(0, 2), { ...last, data }];
    expect(() => restoreBlockKronecker({ ...original, factors })).toThrow(/beyond the 9/);
  });

  it.each([
    ['fall', [7, 3]],
    ['repeat', [3, 3]],
    ['are negative', [-1, 3]],
    ['are beyond the blocks', [3, 300]],
  ])('refuses indices that %s', async (_, indices) => {
    const original = await stored({ block: [2, 2], blocks: 2 }, [30, 40]);
    const last = original.factors[2];
    expect(last.name).toBe('indices');
    const factors = [
      ...original.factors.slice(0, 2),
      { ...last, data: Float64Array.from(indices) },
    ];
    expect(() => restoreBlockKronecker({ ...original, factors })).toThrow(FormatError);
  });

  it('needs a mask or indices', async () => {
    const original = await stored({ block: [2, 3], blocks: 5 });
    const factors = original.factors.slice(0, 2);
    expect(elementCount(factors[0].shape)).toBe(10);
    expect(() => restoreBlockKronecker({ ...original, factors })).toThrow(/"mask".* is missing/);
  });
});
