import { describe, expect, it } from 'vitest';
import {
  factorise,
  restore,
  selectForError,
  selectForKept,
} from '../../../../src/engine/decompositions';
import { methods } from '../../../../src/engine/decompositions/decomposition';
import { CancelledError } from '../../../../src/failures';
import { clipRank, parameterCount } from '../../../../src/engine/ranks';
import { randomTensor } from '../../../support/fixtureTensor';
import { distance, norm } from '../../../support/matrices';
import { stopAfter } from '../../../support/stopAfter';

const options = { seed: 3, cp: { maxIterations: 10 } };
const shapes = [
  [9, 7],
  [8, 6, 5],
  [8, 6, 3, 3],
  [8, 6, 1, 1],
  [6, 1, 5, 5],
  [4, 3, 2, 3, 2],
];

describe.each(methods)('%s', (method) => {
  it.each(shapes.map((shape) => [shape] as const))(
    'counts parameters and clips ranks as ranks.ts says, on shape %j',
    async (shape) => {
      const tensor = randomTensor(shape);
      const factorisation = await factorise(method, tensor, options);
      for (const kept of [0.1, 0.5, 1]) {
        const { rank, attributes } = await selectForKept(factorisation, kept);
        const decomposition = await factorisation.at(rank, undefined, attributes);
        const form = { ...decomposition.attributes, ...attributes };
        expect(decomposition.parameterCount).toBe(
          parameterCount(method, shape, clipRank(method, shape, rank, form), form),
        );
        const { shape: restored, data } = await decomposition.reconstruct();
        expect(restored).toEqual(shape);
        const error = await factorisation.errorAt(rank, undefined, attributes);
        const residual = distance(data, tensor.data);
        expect(Math.abs((error ?? residual) - residual)).toBeLessThan(1e-9 * norm(tensor.data));
      }
    },
  );

  it.each(shapes.map((shape) => [shape] as const))(
    'is rebuilt by restore from what is stored, on shape %j',
    async (shape) => {
      const factorisation = await factorise(method, randomTensor(shape), options);
      const { rank, attributes } = await selectForKept(factorisation, 0.4);
      const original = await factorisation.at(rank, undefined, attributes);
      const stored = JSON.parse(
        JSON.stringify({ ...original, factors: undefined }),
      ) as typeof original;
      const restored = restore(original.method, { ...stored, factors: original.factors });
      expect((await restored.reconstruct()).data).toEqual((await original.reconstruct()).data);
    },
  );

  it.each([[[90, 70]], [[12, 10, 3, 3]]])(
    'stops rebuilding when cancelled, on shape %j',
    async (shape) => {
      const factorisation = await factorise(method, randomTensor(shape), options);
      const { rank, attributes } = await selectForKept(factorisation, 0.4);
      const decomposition = await factorisation.at(rank, undefined, attributes);
      await expect(decomposition.reconstruct(stopAfter(1))).rejects.toThrow(CancelledError);
    },
  );

  it('gives the same decomposition again for the same seed and rank', async () => {
    const tensor = randomTensor([8, 6, 3, 3]);
    const first = await factorise(method, tensor, options);
    const { rank, attributes } = await selectForKept(first, 0.3);
    // Another rank in between must not change it.
    await first.at((await selectForKept(first, 0.6)).rank);
    const second = await factorise(method, tensor, options);
    const data = (await (await first.at(rank, undefined, attributes)).reconstruct()).data;
    expect((await (await second.at(rank, undefined, attributes)).reconstruct()).data).toEqual(data);
  });

  it('finds the smallest size within an error', async () => {
    const tensor = randomTensor([9, 12]);
    const size = norm(tensor.data);
    const factorisation = await factorise(method, tensor, options);
    const selection = await selectForError(factorisation, size, 0.5);
    expect(selection).toBeDefined();
    const { rank, attributes } = selection ?? { rank: 1 };
    expect(await factorisation.errorAt(rank, undefined, attributes)).toBeLessThanOrEqual(
      0.5 * size,
    );
  });
});

describe('factorise', () => {
  it.each([
    ['cp', 3],
    ['tucker', [3, 3]],
    ['tt', [1, 3, 1]],
  ] as const)(
    'answers %s of a matrix with its SVD, at ranks of its own form',
    async (method, rank) => {
      const matrix = randomTensor([9, 7]);
      const factorisation = await factorise(method, matrix, options);
      expect(factorisation.method).toBe(method);
      const decomposition = await factorisation.at(rank);
      expect([decomposition.method, decomposition.rank]).toEqual(['svd', 3]);
      const svd = await factorise('svd', matrix, options);
      expect(await factorisation.errorAt(rank)).toBe(await svd.errorAt(3));
      await expect(factorisation.at([1, 2, 2, 1])).rejects.toThrow(/does not fit/);
    },
  );

  it('refuses data that does not fill the shape', async () => {
    const short = { shape: [2, 3], data: new Float64Array(5) };
    await expect(factorise('svd', short, options)).rejects.toThrow(/do not fill/);
  });

  it('refuses vectors and empty tensors', async () => {
    for (const method of methods) {
      await expect(factorise(method, randomTensor([6]), options)).rejects.toThrow(/two axes/);
      await expect(factorise(method, randomTensor([6, 0]), options)).rejects.toThrow(/non-empty/);
    }
  });
});

describe('selectForError', () => {
  it('says so when even the dense size is not enough', async () => {
    const tensor = randomTensor([9, 9]);
    const factorisation = await factorise('svd', tensor, options);
    expect(await selectForError(factorisation, norm(tensor.data), 1e-12)).toBeUndefined();
  });
});
