import { describe, expect, test } from 'vitest';
import { tensorStatistics } from '../../../src/engine/statistics';
import { unattended } from '../../../src/engine/job';
import type { DenseTensor, FloatArray } from '../../../src/engine/tensor/tensor';
import { CancelledError, UsageError } from '../../../src/failures';
import type { TensorStatistics } from '../../../src/protocol/engine';
import { stopAfter } from '../../support/stopAfter';

const tensorOf = (shape: readonly number[], values: ArrayLike<number>): DenseTensor => ({
  shape,
  data: Float64Array.from(values),
});

async function statisticsOf(
  tensor: DenseTensor<FloatArray>,
  bins = 4,
): Promise<{ parts: TensorStatistics[]; result: TensorStatistics }> {
  const parts: TensorStatistics[] = [];
  const options = { name: 'w', bins, seed: 0 };
  const result = await tensorStatistics(tensor, options, unattended, (part) => parts.push(part));
  return { parts, result };
}

describe('moments and histogram', () => {
  test('are those of the finite values', async () => {
    const { result } = await statisticsOf(
      tensorOf([9], [0, 1, NaN, 2, 3, Infinity, 4, -0, -Infinity]),
    );
    expect(result).toEqual({
      tensor: 'w',
      count: 9,
      nonFinite: 3,
      zeros: 2,
      min: 0,
      max: 4,
      mean: 10 / 6,
      std: Math.sqrt(30 / 6 - (10 / 6) ** 2),
      histogram: { low: 0, high: 4, counts: [2, 1, 1, 2] },
      spectrumUnavailable: 'A tensor of order 1 is no matrix and has no singular values.',
    });
  });

  test('come before the spectrum', async () => {
    const { parts, result } = await statisticsOf(tensorOf([2, 2], [3, 0, 0, 4]));
    expect(parts).toHaveLength(2);
    expect(parts[0].histogram).toEqual({ low: 0, high: 4, counts: [2, 0, 0, 2] });
    expect(parts[0].spectrum).toBeUndefined();
    expect(parts[1]).toEqual(result);
    expect(result.spectrum).toBeDefined();
  });

  test('do not lose a small spread on a large offset', async () => {
    const values = Array.from({ length: 1001 }, (_, i) => 1e9 + (i % 2));
    const { result } = await statisticsOf(tensorOf([1001], values));
    const share = 500 / 1001;
    expect(Math.abs((result.mean ?? 0) - 1e9 - share)).toBeLessThan(1e-6);
    expect(Math.abs((result.std ?? 0) - Math.sqrt(share * (1 - share)))).toBeLessThan(1e-9);
  });

  test.each([1e308, 3e-320])('survive values of magnitude %d', async (size) => {
    const { result } = await statisticsOf(tensorOf([4], [-size, size, -size, size]), 2);
    expect([result.mean, result.histogram?.counts]).toEqual([0, [2, 2]]);
    expect(Math.abs((result.std ?? 0) / size - 1)).toBeLessThan(1e-3);
  });

  test.each([0, 7, -1.7e308, 5e-324])(
    'of a constant %d fill one bar of a real range',
    async (x) => {
      const { result } = await statisticsOf(tensorOf([3], [x, x, x]));
      const { low = 0, high = 0, counts = [] } = result.histogram ?? {};
      expect([result.min, result.max, result.std]).toEqual([x, x, 0]);
      expect(high).toBeGreaterThan(low);
      expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
      expect([...counts].sort()).toEqual([0, 0, 0, 3]);
    },
  );

  test('are missing where no value is finite, or there is none', async () => {
    const { result } = await statisticsOf(tensorOf([2, 1], [NaN, Infinity]));
    expect(result.min).toBeUndefined();
    expect(result.histogram).toBeUndefined();
    expect([result.count, result.nonFinite]).toEqual([2, 2]);
    const empty = await statisticsOf(tensorOf([0, 4], []));
    expect(empty.result.spectrumUnavailable).toMatch(/empty/);
    expect(empty.result.mean).toBeUndefined();
  });

  test('count every value of a long tensor once', async () => {
    const data = Float32Array.from({ length: 600_001 }, (_, i) => Math.sin(i));
    const { result } = await statisticsOf({ shape: [data.length], data }, 50);
    const total = result.histogram?.counts.reduce((sum, count) => sum + count, 0);
    expect(total).toBe(data.length);
    // Numbers of the circle spread evenly: mean 0, variance a half.
    expect(Math.abs(result.mean ?? 1)).toBeLessThan(1e-5);
    expect(Math.abs((result.std ?? 0) - Math.SQRT1_2)).toBeLessThan(1e-5);
  });

  test.each([0, -1, 2.5, 10_001])('refuse %d bins', async (bins) => {
    await expect(statisticsOf(tensorOf([1], [1]), bins)).rejects.toThrow(UsageError);
  });
});

describe('the singular-value spectrum', () => {
  test('is that of the tensor as T x CHW, with the ranks for its energy', async () => {
    // Orthogonal rows of norms 8, 4, 2, 1, so these are the singular values (energy 64:16:4:1).
    const values = new Float64Array(4 * 2 * 2 * 2);
    [2, 8, 1, 4].forEach((norm, row) => (values[row * 8 + row * 2] = norm));
    const { result } = await statisticsOf({ shape: [4, 2, 2, 2], data: values });
    expect(result.spectrum?.matrix).toEqual([4, 8]);
    const found = Float64Array.from(result.spectrum?.singularValues ?? []);
    const difference = Math.hypot(...[8, 4, 2, 1].map((value, i) => value - found[i]));
    expect(found).toHaveLength(4);
    expect(difference).toBeLessThan(1e-12);
    // 64/85 = 75 %, 80/85 = 94.1 %, 84/85 = 98.8 %.
    expect(result.spectrum?.ranks).toEqual({ energy90: 2, energy95: 3, energy99: 4 });
  });

  test('of a zero tensor needs no rank', async () => {
    const { result } = await statisticsOf(tensorOf([2, 3], new Float64Array(6)));
    expect(result.spectrum?.singularValues).toEqual([0, 0]);
    expect(result.spectrum?.ranks).toEqual({ energy90: 0, energy95: 0, energy99: 0 });
  });

  test.each([
    ['is missing for a vector', tensorOf([3], [1, 2, 3]), /order 1/],
    ['is missing for a scalar', tensorOf([], [1]), /order 0/],
    ['is missing with a NaN', tensorOf([2, 2], [1, NaN, 2, 3]), /1 values that are NaN/],
    [
      'is missing for a matrix too large to wait for',
      { shape: [3000, 3000], data: new Float32Array(9_000_000).fill(1) },
      /3000 × 3000 matrix takes longer than a minute/,
    ],
  ])('%s, and says why', async (_, tensor, reason) => {
    const { result, parts } = await statisticsOf(tensor);
    expect(result.spectrum).toBeUndefined();
    expect(result.spectrumUnavailable).toMatch(reason);
    expect(parts).toEqual([result]);
  });
});

describe('cancelling', () => {
  test.each([1, 2, 4])('stops at look %i', async (looks) => {
    const tensor = { shape: [1000, 600], data: new Float32Array(600_000).fill(1) };
    const options = { name: 'w', bins: 4, seed: 0 };
    await expect(tensorStatistics(tensor, options, stopAfter(looks), () => {})).rejects.toThrow(
      CancelledError,
    );
  });
});
