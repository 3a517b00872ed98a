import { describe, expect, it } from 'vitest';
import { unattended } from '../../../../../src/engine/job';
import {
  methodEntries,
  offersFor,
  readAttempt,
  type Orders,
} from '../../../../../src/engine/sparse/methods';
import { sparseMethods, type SparseMethod } from '../../../../../src/engine/sparse/sparseModel';
import { rawBytes } from '../../../../../src/engine/sparse/sizes';
import { sparseTensor, type SparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import type { SparseMethodOffer } from '../../../../../src/protocol/sparse';
import { randomSparse } from '../../../../support/sparse';

const matrix = randomSparse([120, 300], 6000, 2);
const cube = randomSparse([40, 30, 50], 5000, 3);
const signed: SparseTensor = {
  ...matrix,
  values: matrix.values.map((value, e) => (e % 2 ? value : -value)),
};

function offerOf(X: SparseTensor, method: SparseMethod, limit?: number): SparseMethodOffer {
  return offersFor(X, limit).find((offer) => offer.method === method)!;
}

/** So that suggestions can be run in no time, their sizes the same. */
const short: Partial<Record<SparseMethod, Record<string, number>>> = {
  neukron: { epochs: 1, minutes: 0 },
  kronfit: { epochs: 1, learningRate: 0.01 },
  accams: { cycles: 0, maxRounds: 2 },
  baccams: { burnIn: 0, samples: 1 },
};

describe('suggestions', () => {
  it.each<[string, SparseTensor]>([
    ['a matrix', matrix],
    ['a matrix of both signs', signed],
    ['a small matrix', randomSparse([9, 12], 40, 4)],
    ['three modes', cube],
    ['a tall matrix', randomSparse([3000, 20], 5000, 9)],
  ])('are made of distinct sizes that rise, for %s', async (_, X) => {
    for (const { method, suggested, unavailable } of offersFor(X)) {
      if (unavailable !== undefined) {
        expect(suggested).toEqual([]);
        continue;
      }
      expect(suggested.length, method).toBeGreaterThan(0);
      expect(suggested.length, method).toBeLessThanOrEqual(6);
      const bytes: number[] = [];
      for (const attempt of suggested) {
        const options = { ...attempt.options, ...short[method] };
        const { model } = await readAttempt({ method, options }).fit(X, 0, unattended);
        bytes.push(model.bytes);
      }
      expect(bytes, method).toEqual([...new Set(bytes)].sort((a, b) => a - b));
    }
  });

  it('are allowed for values of any size', () => {
    for (const factor of [1e-150, 1e8, 1e150]) {
      const X = { ...matrix, values: matrix.values.map((value) => factor * value) };
      for (const attempt of offersFor(X).flatMap(({ suggested }) => suggested)) {
        expect(() => readAttempt(attempt)).not.toThrow();
      }
    }
  });

  it('say in whole numbers and one word for one what does not fit', () => {
    const wide = sparseTensor(
      [3, 2 ** 31],
      [Uint32Array.of(1), Uint32Array.of(7)],
      Float64Array.of(4),
    );
    expect(offerOf(wide, 'accams').unavailable).toMatch(/^The labels would take \d+ numbers/);
  });

  it('are at least three, and meet between 1 and 50 % of the coordinates', async () => {
    const large = randomSparse([120, 160], 9000, 2);
    const raw = rawBytes(large);
    for (const { method, suggested } of offersFor(large)) {
      expect(suggested.length, method).toBeGreaterThanOrEqual(3);
      const ends = [];
      for (const attempt of [suggested[0], suggested[suggested.length - 1]]) {
        // Seeds of KronFit have few sizes; the networks' sizes follow their time.
        if (method === 'kronfit' || method === 'neukron') {
          continue;
        }
        const options = { ...attempt.options, ...short[method] };
        const { model } = await readAttempt({ method, options }).fit(large, 0, unattended);
        ends.push(model.bytes / raw);
      }
      for (const share of ends) {
        expect(share, method).toBeGreaterThan(0.001);
        expect(share, method).toBeLessThan(0.75);
      }
    }
  });

  it('are soon done', () => {
    const large = randomSparse([2000, 30_000], 200_000, 2);
    for (const { method, suggested } of offersFor(large)) {
      expect(suggested.length, method).toBeGreaterThanOrEqual(3);
      for (const attempt of suggested) {
        const seconds = readAttempt(attempt).seconds(large);
        expect(seconds, method).toBeGreaterThan(0);
        expect(seconds, method).toBeLessThanOrEqual(120);
      }
    }
  });

  it('give NeuKron two networks for values of both signs', () => {
    expect(offerOf(matrix, 'neukron').suggested.map(({ options }) => options.signed)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    for (const { options } of offerOf(signed, 'neukron').suggested) {
      expect(options.signed).toBe('two-models');
    }
  });

  it('scale gamma for values that are far from 1', () => {
    const faint = { ...matrix, values: matrix.values.map((value) => value / 1000) };
    for (const { options } of offerOf(faint, 'neukron').suggested) {
      expect(options.gammaPerSquare).toBe(true);
    }
    const meanSquare = faint.values.reduce((sum, v) => sum + v * v, 0) / faint.values.length;
    for (const { options } of offerOf(faint, 'kronfit').suggested) {
      expect(Number(options.gamma) * meanSquare).toBeCloseTo(10, 0);
    }
  });
});

describe('methods that are not for a tensor', () => {
  const unavailable = (X: SparseTensor, limit?: number): Record<string, string | undefined> =>
    Object.fromEntries(offersFor(X, limit).map((offer) => [offer.method, offer.unavailable]));

  it('are all available for a matrix, of both signs too', () => {
    for (const X of [matrix, signed]) {
      expect(Object.values(unavailable(X)).every((reason) => reason === undefined)).toBe(true);
    }
  });

  it('are those of matrices for a tensor of three modes, and say so', () => {
    const found = unavailable(cube);
    for (const method of sparseMethods) {
      if (['neukron', 'cp', 'tucker'].includes(method)) {
        expect(found[method]).toBeUndefined();
      } else {
        expect(found[method]).toMatch(/takes matrices.*40 × 30 × 50/);
      }
    }
  });

  it('are all but NeuKron for a vector', () => {
    const found = unavailable(randomSparse([500], 60, 1));
    expect(Object.keys(found).filter((method) => found[method] === undefined)).toEqual(['neukron']);
  });

  it('are all of them for a tensor without nonzeros', () => {
    const none = new Uint32Array(0);
    const empty = sparseTensor([4, 5], [none, none], new Float64Array(0));
    expect(Object.values(unavailable(empty)).every((reason) => /no nonzeros/.test(reason!))).toBe(
      true,
    );
  });

  it('is NeuKron for more than 8 modes, and for none longer than 1', () => {
    const nine = randomSparse([2, 2, 2, 2, 2, 2, 2, 2, 2], 20, 1);
    expect(unavailable(nine).neukron).toMatch(/at most 8 modes/);
    expect(unavailable(nine).cp).toBeUndefined();
    expect(unavailable(randomSparse([1, 1], 1, 1)).neukron).toMatch(/longer than 1/);
  });

  it('are those that keep something for every row of a huge mode, under a memory limit', () => {
    const huge = randomSparse([2 ** 26, 50], 300, 1);
    const found = unavailable(huge, 2 ** 28);
    for (const method of ['neukron', 'kronfit', 'accams', 'baccams'] as const) {
      expect(found[method], method).toMatch(/more than the \d+ allowed/);
    }
    expect(found.tsvd).toBeUndefined();
  });

  it('refuse to be run', async () => {
    await expect(
      readAttempt({ method: 'tsvd', options: {} }).fit(cube, 0, unattended),
    ).rejects.toThrow(/takes matrices/);
    const read = readAttempt({ method: 'neukron', options: {} });
    const small = { ...unattended, memoryLimit: 2 ** 20 };
    await expect(read.fit(matrix, 0, small)).rejects.toMatchObject({ kind: 'memory' });
  });
});

describe('orders', () => {
  const isOrder = (positions: Uint32Array | undefined, size: number): boolean =>
    positions !== undefined && new Set(positions.subarray(0, size)).size === size;

  it.each(sparseMethods)('are known of the methods that have some: %s', async (method) => {
    const options = short[method] ?? {};
    const { orders } = await readAttempt({ method, options }).fit(matrix, 0, unattended);
    const has = ['neukron', 'kronfit', 'accams', 'baccams'].includes(method);
    expect(orders !== undefined).toBe(has);
    if (orders) {
      expect(matrix.dims.every((size, mode) => isOrder(orders[mode], size))).toBe(true);
    }
  });

  it('of ACCAMS put the clusters of the first stencil side by side', async () => {
    const read = readAttempt({ method: 'accams', options: { clusters: 5, stencils: 2 } });
    const { model, orders } = await read.fit(matrix, 0, unattended);
    const { stencils } = model as unknown as { stencils: { labels: Uint16Array[] }[] };
    (orders as Orders).forEach((positions, side) => {
      const labels = new Uint16Array(positions!.length);
      positions!.forEach((position, i) => (labels[position] = stencils[0].labels[side][i]));
      expect([...labels]).toEqual([...labels].sort((a, b) => a - b));
    });
  });
});

it('every method says what it stores', () => {
  for (const { title, description } of Object.values(methodEntries)) {
    expect(title).not.toBe('');
    expect(description).toMatch(/\.$/);
  }
});
