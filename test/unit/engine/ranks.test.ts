import { describe, expect, it } from 'vitest';
import {
  breakEvenRank,
  clipRank,
  denseMacs,
  errorForEnergy,
  macs,
  parameterCount,
  rankForEnergy,
  rankForError,
  rankForKept,
  searchRankForError,
  tailNorms,
  tensorTrainRankForError,
  tuckerRankForError,
} from '../../../src/engine/ranks';
import { kroneckerSplits, parametersPerTerm } from '../../../src/engine/ranks/kroneckerSplit';
import { matricisations } from '../../../src/engine/ranks/matricisation';
import { roundHalfEven } from '../../../src/engine/ranks/rounding';
import {
  realiseTensorTrainRank,
  requestedTensorTrainRank,
} from '../../../src/engine/ranks/tensorTrainRank';
import table from '../../fixtures/rank-tables.json';

const conv = [64, 64, 3, 3];
const keepUnitModes = { keepUnitModes: true };

describe('the published ranks of the study', () => {
  const rows = table.rows.map((row) => ({
    ...row,
    name: `${row.model} layer ${row.layer} at ${row.kept}`,
  }));

  it.each(rows)('$name: CP and Tucker', ({ weightShape, kept, cp, tucker, params }) => {
    expect(rankForKept('cp', weightShape, kept)).toBe(cp);
    expect(parameterCount('cp', weightShape, cp)).toBe(params.cp);
    expect(rankForKept('tucker', weightShape, kept)).toEqual(tucker);
    expect(parameterCount('tucker', weightShape, tucker)).toBe(params.tuckerContracted);
    expect(denseMacs(weightShape)).toBe(params.dense);
  });

  it.each(rows)('$name: Tensor Train at its nominal fraction', (row) => {
    const { weightShape, kept, ttNominal, ttRealised, ttRequested, params } = row;
    const [T, C, H, W] = weightShape;
    expect(requestedTensorTrainRank([C, H, W, T], ttNominal)).toEqual(ttRequested);
    const rank = rankForKept('tt', weightShape, kept, {
      ttRank: 'nominal',
      ttNominal,
      attributes: keepUnitModes,
    });
    expect(rank).toEqual(ttRealised);
    expect(parameterCount('tt', weightShape, rank, keepUnitModes)).toBe(params.tt);
    if (row.ttMatchesOwnShape) {
      expect(rank).toEqual(row.tt);
    }
  });

  it.each(rows.filter((row) => row.ttTableComesFromShape))(
    '$name: printed for the kernel of another layer',
    ({ ttTableComesFromShape, ttNominal, tt }) => {
      const modes = ttTableComesFromShape ?? [];
      const requested = requestedTensorTrainRank(modes, ttNominal);
      expect(realiseTensorTrainRank(modes, requested)).toEqual(tt);
    },
  );

  it('the search finds 40 of the 65 tuples, and is never further from the budget', () => {
    let same = 0;
    for (const { weightShape, kept, tt, ttRealised, params } of rows) {
      const rank = rankForKept('tt', weightShape, kept, { attributes: keepUnitModes });
      same += String(rank) === String(tt) ? 1 : 0;
      const size = parameterCount('tt', weightShape, rank, keepUnitModes);
      const target = kept * params.dense;
      const published = parameterCount('tt', weightShape, ttRealised, keepUnitModes);
      expect(Math.abs(size - target)).toBeLessThanOrEqual(Math.abs(published - target));
    }
    expect(same).toBe(40);
  });
});

describe('rankForKept', () => {
  it('rounds half to even', () => {
    expect([0.5, 1.5, 2.5, 2.4, 2.6, 7].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3, 7]);
  });

  it('gives a matrix the same rank for svd, cp, tucker and tt, each in its own form', () => {
    // 0.25 * 120 * 256 / 376 = 20.4
    const shape = [120, 256];
    expect(rankForKept('svd', shape, 0.25)).toBe(20);
    expect(rankForKept('cp', shape, 0.25)).toBe(20);
    expect(rankForKept('tucker', shape, 0.25)).toEqual([20, 20]);
    expect(rankForKept('tt', shape, 0.25)).toEqual([1, 20, 1]);
    for (const method of ['svd', 'cp', 'tucker', 'tt'] as const) {
      expect(parameterCount(method, shape, rankForKept(method, shape, 0.25))).toBe(20 * 376);
    }
  });

  it('never goes below rank one nor above what the shape allows', () => {
    expect(rankForKept('svd', [3, 500], 0.001)).toBe(1);
    expect(rankForKept('svd', [1, 9], 1)).toBe(1);
    expect(rankForKept('cp', [8, 8, 3, 3], 0.001)).toBe(1);
    expect(rankForKept('cp', [2, 2, 2], 1)).toBe(1);
    expect(rankForKept('tucker', [2, 3, 3, 3], 0.001)).toEqual([1, 1, 3, 3]);
    expect(rankForKept('tt', [2, 3, 3, 3], 0.0001)).toEqual([1, 1, 1, 1, 1]);
  });

  it('takes every matricisation of a convolution', () => {
    const rank = (scheme: string) => rankForKept('svd', conv, 0.25, { attributes: { scheme } });
    // 0.25 * 36864 over 64 + 576, 576 + 64, 192 + 192
    expect([rank('channel-out'), rank('channel-in'), rank('spatial')]).toEqual([14, 14, 24]);
    expect(() => rank('diagonal')).toThrow(/diagonal.*channel-out, channel-in, spatial/);
  });

  it('squeezes modes of size one out of a Tensor Train and reports full-length ranks', () => {
    // 128 x 256 as a matrix: 0.25 * 32768 / 384 = 21.3
    expect(rankForKept('tt', [256, 128, 1, 1], 0.25)).toEqual([1, 21, 21, 21, 1]);
    expect(parameterCount('tt', [256, 128, 1, 1], [1, 21, 21, 21, 1])).toBe(21 * 384);
    const depthwise = rankForKept('tt', [6, 1, 5, 5], 0.5);
    expect(depthwise).toHaveLength(5);
    expect([(depthwise as number[])[0], (depthwise as number[])[1]]).toEqual([1, 1]);
    expect(rankForKept('tt', [7, 1, 1], 0.5)).toEqual([1, 1, 1, 1]);
  });

  it('handles convolutions with one and with three spatial axes', () => {
    expect(rankForKept('tucker', [16, 8, 5], 0.3)).toHaveLength(3);
    expect((rankForKept('tucker', [16, 8, 3, 3, 3], 0.3) as number[]).slice(2)).toEqual([3, 3, 3]);
    for (const shape of [
      [16, 8, 5],
      [16, 8, 3, 3, 3],
    ]) {
      const dense = denseMacs(shape);
      for (const method of ['cp', 'tucker', 'tt'] as const) {
        const size = parameterCount(method, shape, rankForKept(method, shape, 0.5));
        expect(Math.abs(size / dense - 0.5)).toBeLessThan(0.07);
      }
    }
  });

  it('rounds the number of Kronecker terms and clips it', () => {
    const attributes = { block: [8, 24] };
    // 8 * 24 = 192 blocks of 192: 0.25 * 36864 / 384 = 24
    expect(rankForKept('kronecker', conv, 0.25, { attributes })).toBe(24);
    expect(rankForKept('kronecker', [4, 4], 1, { attributes: { block: [4, 4] } })).toBe(1);
    expect(() => rankForKept('kronecker', conv, 0.5, { attributes: { block: [5, 5] } })).toThrow(
      /does not divide/,
    );
  });

  it.each([0, -0.1, 1.01, NaN])('refuses the kept fraction %f', (kept) => {
    expect(() => rankForKept('svd', [4, 4], kept)).toThrow(/kept fraction/);
  });

  it('refuses scalars and vectors', () => {
    expect(() => rankForKept('cp', [5], 0.5)).toThrow(/at least two axes/);
  });
});

describe('clipRank', () => {
  it('realises what the shape allows', () => {
    expect(clipRank('svd', [3, 9], 7)).toBe(3);
    expect(clipRank('tucker', [3, 9], [7, 4])).toEqual([3, 3]);
    expect(clipRank('tt', [3, 9], [1, 5, 1])).toEqual([1, 3, 1]);
    expect(clipRank('tucker', [256, 128, 1, 1], [10, 5, 1, 1])).toEqual([5, 5, 1, 1]);
    expect(clipRank('tt', conv, [1, 40, 4, 40, 1])).toEqual([1, 40, 4, 12, 1]);
    expect(clipRank('kronecker', [4, 4], 99, { block: [2, 2] })).toBe(4);
    expect(clipRank('cp', [2, 2, 2], 50)).toBe(4);
  });

  it.each([
    ['svd', conv, [3, 3]],
    ['svd', conv, 0],
    ['svd', conv, 1.5],
    ['tucker', conv, [3, 3]],
    ['tucker', conv, 5],
    ['tt', conv, [1, 2, 3, 1]],
    ['tt', conv, [2, 2, 3, 2, 1]],
    ['cp', conv, [1]],
  ] as const)('refuses a rank of the wrong form: %s on %j at %j', (method, shape, rank) => {
    expect(() => clipRank(method, shape, rank)).toThrow(/does not fit/);
  });
});

describe('macs', () => {
  it('gives the example of a 64 to 64 convolution on a 32 x 32 map', () => {
    const area = 32 * 32;
    expect(denseMacs(conv) * area).toBe(37_748_736);
    expect(macs('cp', conv, 28) * area).toBe(3_842_048);
    expect(macs('tucker', conv, [14, 14, 3, 3]) * area).toBe(3_641_344);
    expect(macs('tt', conv, [1, 40, 4, 12, 1]) * area).toBe(4_046_848);
  });

  it('gives svd r (rows + columns) and a Kronecker sum its cheaper order', () => {
    expect(macs('svd', conv, 5, { scheme: 'spatial' })).toBe(5 * 384);
    // B first: 2*3*5 + 4*2*5 per term; A first: 4*2*3 + 4*5*3
    expect(macs('kronecker', [20, 6], 2, { block: [5, 3] })).toBe(2 * Math.min(70, 84));
  });

  it('counts nothing for a vector', () => {
    expect(denseMacs([5])).toBe(0);
  });
});

describe('breakEvenRank', () => {
  it('is the last rank that is smaller than dense', () => {
    // 12 * 8 / 20 = 4.8; 10 * 10 / 20 = 5 exactly, which saves nothing
    expect(breakEvenRank('svd', [12, 8])).toBe(4);
    expect(breakEvenRank('cp', [10, 10])).toBe(4);
    expect(breakEvenRank('tt', [12, 8])).toEqual([1, 4, 1]);
    expect(breakEvenRank('svd', [2, 2])).toBeUndefined();
    expect(breakEvenRank('cp', conv)).toBe(275);
  });

  it('is just below the dense size for tucker and tt', () => {
    for (const method of ['tucker', 'tt'] as const) {
      const rank = breakEvenRank(method, conv);
      const size = parameterCount(method, conv, rank ?? []);
      expect(size).toBeLessThan(36_864);
      expect(size).toBeGreaterThan(0.97 * 36_864);
    }
  });
});

describe('ranks from spectra', () => {
  const spectrum = [4, 2, 2, 1];

  it('sums the discarded squares from the small end', () => {
    expect(Array.from(tailNorms(spectrum))).toEqual([5, 3, Math.sqrt(5), 1, 0]);
    const graded = tailNorms([1e10, 1e-10]);
    expect(graded[1]).toBe(1e-10);
    expect(Array.from(tailNorms([0, 0]))).toEqual([0, 0, 0]);
    expect(tailNorms([1e200, 1e200])[0] / 1e200).toBeCloseTo(Math.SQRT2, 14);
  });

  it('finds the smallest rank within an error or above an energy', () => {
    expect(rankForError(spectrum, 0.6)).toBe(1);
    expect(rankForError(spectrum, 0.59)).toBe(2);
    expect(rankForError(spectrum, 0)).toBe(4);
    expect(rankForEnergy(spectrum, 20 / 25 - 1e-12)).toBe(2);
    expect(rankForEnergy(spectrum, 20 / 25 + 1e-12)).toBe(3);
    expect(rankForEnergy([], 0.9)).toBe(1);
    expect(errorForEnergy(0.99)).toBeCloseTo(0.1, 14);
    expect(() => rankForEnergy(spectrum, 1.1)).toThrow(/Energy/);
    expect(() => rankForError(spectrum, -1)).toThrow(/error/);
  });

  it('splits the squared error over the modes of Tucker and the bonds of Tensor Train', () => {
    // 0.6 / sqrt 2 = 0.424: two values leave 0.447, three 0.2
    expect(tuckerRankForError([4, 4, 3, 3], [spectrum, [5, 0]], 0.6)).toEqual([3, 1, 3, 3]);
    expect(tensorTrainRankForError([4, 4, 4], [spectrum, [1, 1]], 0.6)).toEqual([1, 3, 2, 1]);
  });

  it('searches a rank by measuring, where there is no spectrum', async () => {
    const measured: number[] = [];
    const errorAt = async (rank: number) => {
      measured.push(rank);
      return 1 / rank;
    };
    expect(await searchRankForError(errorAt, 0.07, 100)).toBe(15);
    expect(measured.length).toBeLessThan(10);
    expect(await searchRankForError(errorAt, 0.01, 100)).toBe(100);
    expect(await searchRankForError(errorAt, 0.009, 100)).toBeUndefined();
  });
});

describe('matricisations', () => {
  it('reads a 2-D convolution in three ways', () => {
    expect(matricisations([5, 4, 3, 2]).map(({ rows, columns }) => [rows, columns])).toEqual([
      [5, 24],
      [30, 4],
      [12, 10],
    ]);
  });

  it('leaves out the ways that coincide', () => {
    expect(matricisations([5, 4]).map(({ scheme }) => scheme)).toEqual(['matrix']);
    expect(matricisations([5, 4, 1, 1]).map(({ scheme }) => scheme)).toEqual(['channel-out']);
    expect(matricisations([5, 4, 3]).map(({ scheme }) => scheme)).toEqual([
      'channel-out',
      'channel-in',
    ]);
    const [, , spatial] = matricisations([5, 4, 2, 3, 7]);
    expect([spatial.rows, spatial.columns]).toEqual([4 * 2 * 3, 5 * 7]);
  });
});

describe('kroneckerSplits', () => {
  it.each([
    [10, 84],
    [84, 120],
    [512, 4608],
  ])('takes nearly the fewest parameters per term for %i x %i', (rows, columns) => {
    let expected = Infinity;
    for (let m1 = 1; m1 <= rows; m1++) {
      for (let n1 = 1; n1 <= columns; n1++) {
        const lowRank = (m1 === rows && n1 === 1) || (m1 === 1 && n1 === columns);
        if (rows % m1 === 0 && columns % n1 === 0 && !lowRank) {
          expected = Math.min(expected, m1 * n1 + (rows * columns) / (m1 * n1));
        }
      }
    }
    for (const split of kroneckerSplits([rows, columns])) {
      expect(parametersPerTerm(split)).toBeLessThanOrEqual(1.1 * expected);
    }
  });

  it('offers whole input channels for a convolution', () => {
    const splits = kroneckerSplits([64, 64, 3, 3]);
    expect(splits.length).toBeLessThanOrEqual(3);
    expect(splits.some(({ n2 }) => n2 % 9 === 0)).toBe(true);
    for (const { m1, n1, m2, n2 } of splits) {
      expect([m1 * m2, n1 * n2]).toEqual([64, 576]);
    }
  });

  it('leaves ordinary low rank to svd unless the sizes are prime', () => {
    for (const { m1, n1, m2, n2 } of kroneckerSplits([512, 512])) {
      expect((m2 === 1 && n1 === 1) || (m1 === 1 && n2 === 1)).toBe(false);
    }
    expect(kroneckerSplits([7, 11]).length).toBeGreaterThan(0);
  });
});
