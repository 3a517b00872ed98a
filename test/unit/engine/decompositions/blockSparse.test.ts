import { describe, expect, it } from 'vitest';
import { factorise, restore } from '../../../../src/engine/decompositions';
import {
  factoriseBlockSparse,
  restoreBlockSparse,
} from '../../../../src/engine/decompositions/blockSparse';
import type { Attributes, Factor } from '../../../../src/engine/decompositions/decomposition';
import { countBytes } from '../../../../src/engine/decompositions/storedFactors';
import { blockCandidates } from '../../../../src/engine/ranks/blockCandidates';
import { permute } from '../../../../src/engine/tensor/unfold';
import { elementCount, type DenseTensor } from '../../../../src/engine/tensor/tensor';
import { FormatError, UnsupportedError, UsageError } from '../../../../src/failures';
import { randomTensor } from '../../../support/fixtureTensor';
import { distance, norm } from '../../../support/matrices';

/** Squared norms of the blocks by their numbers, entry by entry. */
function energiesOf(data: ArrayLike<number>, columns: number, [bm, bn]: readonly [number, number]) {
  const across = Math.ceil(columns / bn);
  const energies = new Map<number, number>();
  for (let at = 0; at < data.length; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const block = Math.floor(row / bm) * across + Math.floor(column / bn);
    energies.set(block, (energies.get(block) ?? 0) + data[at] ** 2);
  }
  return energies;
}

/** The matrix with zeros in all blocks but those of largest norm, entry by entry. */
function pruned(
  data: ArrayLike<number>,
  columns: number,
  block: readonly [number, number],
  kept: number,
): Float64Array {
  const energies = [...energiesOf(data, columns, block)].sort(([p, x], [q, y]) => y - x || p - q);
  const best = new Set(energies.slice(0, kept).map(([number]) => number));
  const across = Math.ceil(columns / block[1]);
  return Float64Array.from({ length: data.length }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const number = Math.floor(row / block[0]) * across + Math.floor(column / block[1]);
    return best.has(number) ? data[at] : 0;
  });
}

async function at(tensor: DenseTensor, rank: number, attributes: Attributes) {
  const factorisation = await factoriseBlockSparse(tensor, { attributes });
  return { factorisation, decomposition: await factorisation.at(rank) };
}

describe('factoriseBlockSparse', () => {
  it.each<[string, number[], readonly [number, number]]>([
    ['blocks that divide the matrix', [12, 20], [4, 5]],
    ['blocks that reach beyond its edge', [13, 22], [4, 5]],
    ['single entries', [6, 7], [1, 1]],
    ['one block for the whole matrix', [6, 7], [6, 7]],
  ])('keeps the blocks of largest norm as they are, of %s', async (_, shape, block) => {
    const tensor = randomTensor(shape);
    const count = Math.ceil(shape[0] / block[0]) * Math.ceil(shape[1] / block[1]);
    const factorisation = await factoriseBlockSparse(tensor, { attributes: { block } });
    for (const kept of [1, Math.ceil(count / 3), count]) {
      const decomposition = await factorisation.at(kept);
      const expected = pruned(tensor.data, shape[1], block, kept);
      expect((await decomposition.reconstruct()).data).toEqual(expected);
      const error = (await factorisation.errorAt(kept)) ?? NaN;
      expect(Math.abs(error - distance(expected, tensor.data))).toBeLessThan(
        1e-13 * error + 1e-300,
      );
      expect(decomposition).toMatchObject({
        method: 'block',
        rank: kept,
        parameterCount: kept * block[0] * block[1],
        attributes: { block },
      });
    }
  });

  it('is exact with all blocks, negative zeros and all', async () => {
    const tensor = randomTensor([9, 10]);
    tensor.data[17] = -0;
    const { decomposition } = await at(tensor, 1000, { block: [4, 4] });
    expect(decomposition.rank).toBe(9);
    const { data } = await decomposition.reconstruct();
    expect(Array.from(data, Object.is.bind(null, -0))).toEqual(
      Array.from(tensor.data, Object.is.bind(null, -0)),
    );
    expect(data).toEqual(tensor.data);
  });

  it('stores pointers, indices and values as block sparse row does', async () => {
    // Blocks (0, 1) and (1, 0) outweigh the others; the last column is cut off by the edge.
    const data = Float64Array.of(0, 0, 5, 0, 0, 6, 1, 2, 0, 3, 4, 0);
    const { decomposition } = await at({ shape: [4, 3], data }, 2, { block: [2, 2] });
    const [indptr, indices, values] = decomposition.factors;
    expect(indptr).toMatchObject({ name: 'indptr', shape: [3], dtype: 'int32' });
    expect(Array.from(indptr.data)).toEqual([0, 1, 2]);
    expect(indices).toMatchObject({ name: 'indices', shape: [2], dtype: 'int32' });
    expect(Array.from(indices.data)).toEqual([1, 0]);
    expect(values).toMatchObject({ name: 'values', shape: [2, 2, 2] });
    expect(Array.from(values.data)).toEqual([5, 0, 6, 0, 1, 2, 3, 4]);
    expect(values.dtype).toBeUndefined();
    // 3 pointers and 2 indices of 4 bytes, 8 values of 2.
    expect(countBytes(decomposition.factors, 'bfloat16')).toBe(5 * 4 + 8 * 2);
  });

  it.each([
    ['channel-out', [0, 1, 2, 3], 1],
    ['channel-in', [0, 2, 3, 1], 3],
    ['spatial', [1, 2, 0, 3], 2],
  ] as const)(
    'reads a convolution as %s and gives it back in its shape',
    async (scheme, axes, r) => {
      const tensor = randomTensor([6, 5, 3, 4]);
      const turned = permute(tensor, axes);
      const columns = elementCount(turned.shape.slice(r));
      const block = [4, 4] as const;
      const { decomposition } = await at(tensor, 7, { block, scheme });
      const expected = permute(
        { shape: turned.shape, data: pruned(turned.data, columns, block, 7) },
        [0, 1, 2, 3].map((axis) => axes.findIndex((one) => one === axis)),
      );
      const { shape, data } = await decomposition.reconstruct();
      expect(shape).toEqual([6, 5, 3, 4]);
      expect(data).toEqual(expected.data);
      expect(decomposition.attributes).toEqual(
        scheme === 'channel-out' ? { block } : { block, scheme },
      );
    },
  );

  it('keeps by criterion and scope where it is told, and says so', async () => {
    // Block 0 has the largest entry, block 1 the largest sum, and row 1 is faint.
    const data = Float64Array.of(9, 0, 5, 5, 0, 0, 5, 5, 1, 1, 0, 0, 1, 1, 0, 1);
    const tensor = { shape: [4, 4], data };
    const keptBy = async (kept: number, attributes: Attributes) => {
      const { decomposition } = await at(tensor, kept, { block: [2, 2], ...attributes });
      const [indptr, indices] = decomposition.factors.map((factor) => Array.from(factor.data));
      return { indptr, indices, attributes: decomposition.attributes };
    };
    expect((await keptBy(1, { criterion: 'max' })).indices).toEqual([0]);
    expect((await keptBy(1, { criterion: 'l1' })).indices).toEqual([1]);
    expect((await keptBy(2, {})).indptr).toEqual([0, 2, 2]);
    const inRows = await keptBy(2, { scope: 'blockRow', criterion: 'frobenius' });
    expect(inRows.indptr).toEqual([0, 1, 2]);
    expect(inRows.attributes).toEqual({ block: [2, 2], scope: 'blockRow' });
    await expect(keptBy(1, { criterion: 'luck' })).rejects.toThrow(UsageError);
  });

  it('chooses, for a kept fraction, the best of its candidates within the bytes', async () => {
    const layer = randomTensor([24, 16, 3, 3]);
    const denseBytes = 2 * layer.data.length;
    const factorisation = await factoriseBlockSparse(layer, { valueBytes: 2 });
    const { rank, attributes = {} } = (await factorisation.selectForKept?.(0.4)) ?? { rank: 0 };
    const bytesOf = async (kept: number, of: Attributes) =>
      countBytes((await factorisation.at(kept, undefined, of)).factors, 'float16');
    expect(await bytesOf(Number(rank), attributes)).toBeLessThanOrEqual(0.4 * denseBytes);
    const error = (await factorisation.errorAt(rank, undefined, attributes)) ?? NaN;
    const candidates = blockCandidates(layer.shape);
    expect(candidates.length).toBeGreaterThan(4);
    for (const candidate of candidates) {
      let most = 1;
      while ((await bytesOf(most + 1, candidate)) <= 0.4 * denseBytes) {
        most++;
      }
      const other = (await factorisation.errorAt(most, undefined, candidate)) ?? NaN;
      expect(error).toBeLessThanOrEqual(other);
    }
  });

  it('chooses, for an error, the fewest bytes that do not exceed it', async () => {
    const layer = randomTensor([24, 40]);
    const factorisation = await factoriseBlockSparse(layer);
    const allowed = 0.6 * norm(layer.data);
    const { rank, attributes = {} } = (await factorisation.selectForError?.(allowed)) ?? {
      rank: 0,
    };
    const errorOf = async (kept: number) =>
      (await factorisation.errorAt(kept, undefined, attributes)) ?? NaN;
    expect(await errorOf(Number(rank))).toBeLessThanOrEqual(allowed);
    expect(await errorOf(Number(rank) - 1)).toBeGreaterThan(allowed);
    // Only all blocks are without error, and where blocks do not fit these are more than the matrix.
    const odd = await factoriseBlockSparse(randomTensor([7, 11]));
    expect(await odd.selectForError?.(0)).toBeUndefined();
  });

  it('takes the one block it is given for every level', async () => {
    const attributes = { block: [3, 7], scheme: 'spatial' };
    const factorisation = await factoriseBlockSparse(randomTensor([6, 5, 3, 4]), { attributes });
    expect((await factorisation.selectForKept?.(0.5))?.attributes).toEqual(attributes);
    expect((await factorisation.selectForError?.(10))?.attributes).toEqual(attributes);
  });

  it('keeps one block where the budget has room for none', async () => {
    const factorisation = await factoriseBlockSparse(randomTensor([40, 40]));
    expect((await factorisation.selectForKept?.(1e-6))?.rank).toBe(1);
  });

  it('takes zeros, and refuses NaN, blocks that do not fit and vectors', async () => {
    const zeros = { shape: [5, 6], data: new Float32Array(30) };
    const { decomposition } = await at(zeros, 3, { block: [2, 2] });
    expect(norm((await decomposition.reconstruct()).data)).toBe(0);
    const bad = { shape: [2, 2], data: Float64Array.of(1, NaN, 3, 4) };
    await expect(factoriseBlockSparse(bad)).rejects.toThrow(UnsupportedError);
    for (const block of [[3, 2], [0, 1], [1.5, 1], [2], '2x2', [2, '2']] as const) {
      const wrong = { block: block as Attributes[string] };
      const result = factoriseBlockSparse(randomTensor([2, 2]), { attributes: wrong });
      await expect(result).rejects.toThrow(UsageError);
    }
    await expect(factorise('block', randomTensor([4]), { seed: 0 })).rejects.toThrow(UsageError);
  });
});

describe('restoreBlockSparse', () => {
  it('rebuilds what was stored', async () => {
    const { decomposition } = await at(randomTensor([9, 10]), 4, { block: [4, 4] });
    const restored = restore('block', decomposition);
    expect((await restored.reconstruct()).data).toEqual((await decomposition.reconstruct()).data);
  });

  it.each<[string, (factors: readonly Factor[]) => Partial<Record<string, Partial<Factor>>>]>([
    ['pointers that fall', () => ({ indptr: { data: Float64Array.of(0, 3, 1, 4) } })],
    ['pointers that do not start at 0', () => ({ indptr: { data: Float64Array.of(1, 2, 3, 4) } })],
    ['pointers beyond the blocks', () => ({ indptr: { data: Float64Array.of(0, 9, 3, 4) } })],
    ['pointers that end early', () => ({ indptr: { data: Float64Array.of(0, 1, 2, 3) } })],
    ['too few pointers', () => ({ indptr: { shape: [3], data: Float64Array.of(0, 2, 4) } })],
    ['a negative index', () => ({ indices: { data: Float64Array.of(-1, 0, 1, 2) } })],
    ['an index beyond the columns', () => ({ indices: { data: Float64Array.of(0, 1, 2, 3) } })],
    ['indices that repeat', () => ({ indices: { data: Float64Array.of(1, 1, 1, 1) } })],
    ['indices in the type of values', () => ({ indices: { dtype: undefined } })],
    ['values that are whole numbers', () => ({ values: { dtype: 'int32' } })],
    ['values of other blocks', () => ({ values: { shape: [4, 2, 8] } })],
    ['values without data', () => ({ values: { data: new Float64Array(3) } })],
  ])('refuses %s', async (_, change) => {
    const { decomposition } = await at(randomTensor([9, 10]), 4, { block: [4, 4] });
    const changes = change(decomposition.factors);
    const factors = decomposition.factors.map((factor) => ({ ...factor, ...changes[factor.name] }));
    expect(() => restoreBlockSparse({ ...decomposition, factors })).toThrow(FormatError);
  });

  it('refuses more blocks than there are, and missing factors', async () => {
    const { decomposition } = await at(randomTensor([9, 10]), 4, { block: [4, 4] });
    expect(() => restoreBlockSparse({ ...decomposition, rank: 10 })).toThrow(FormatError);
    expect(() => restoreBlockSparse({ ...decomposition, factors: [] })).toThrow(FormatError);
    expect(() => restoreBlockSparse({ ...decomposition, attributes: { block: [99, 4] } })).toThrow(
      UsageError,
    );
  });
});
