import { describe, expect, it } from 'vitest';
import { fitLine, fitPowerLaw, mean, standardError } from '../../../src/benchmarks/fit';

const sizes = [128, 256, 512, 1024, 2048];

describe('fitLine', () => {
  it('finds an exact line, which explains everything', () => {
    const line = fitLine([3, 5, 8, 20].map((x) => [x, 4 - 0.5 * x] as const));
    expect(line?.slope).toBeCloseTo(-0.5, 12);
    expect(line?.intercept).toBeCloseTo(4, 12);
    expect(line?.rSquared).toBeCloseTo(1, 12);
  });

  it('is that of least squares, with the share of the variance that it explains', () => {
    // y = 0, 2, 1, 3 at x = 0 to 3: slope 4 / 5, intercept 3 / 10; of 5 there is 1.8 left.
    const line = fitLine([
      [0, 0],
      [1, 2],
      [2, 1],
      [3, 3],
    ]);
    expect(line?.slope).toBeCloseTo(0.8, 12);
    expect(line?.intercept).toBeCloseTo(0.3, 12);
    expect(line?.rSquared).toBeCloseTo(1 - 1.8 / 5, 12);
  });

  it('explains everything where nothing varies', () => {
    expect(fitLine([1, 2, 3, 4].map((x) => [x, 7] as const))?.rSquared).toBe(1);
  });
});

describe('the standard error', () => {
  it('is the standard deviation of the sample over the root of its size', () => {
    expect(mean([2, 4, 9])).toBe(5);
    expect(standardError([2, 4, 9])).toBeCloseTo(Math.sqrt(26 / 2 / 3), 12);
  });

  it('takes two values', () => {
    expect(standardError([1])).toBeUndefined();
    expect(standardError([3, 3])).toBe(0);
  });
});

describe('fitPowerLaw', () => {
  it('finds the exponent and the factor of an exact power law', () => {
    const fit = fitPowerLaw(sizes.map((n) => [n, 3e-6 * n ** 2.81] as const));
    expect(fit?.exponent).toBeCloseTo(2.81, 10);
    expect(fit?.factor).toBeCloseTo(3e-6, 12);
    expect(fit?.rSquared).toBeCloseTo(1, 12);
  });

  it('is the line of least squares on logarithms', () => {
    // log2 y = 0, 2, 1, 3 at log2 x = 0, 1, 2, 3: slope 4 / 5, intercept 3 / 10.
    const fit = fitPowerLaw([
      [1, 1],
      [2, 4],
      [4, 2],
      [8, 8],
    ]);
    expect(fit?.exponent).toBeCloseTo(0.8, 12);
    expect(fit?.factor).toBeCloseTo(2 ** 0.3, 12);
  });

  it.each([
    [
      'fewer than four sizes',
      [
        [1, 1],
        [2, 2],
        [4, 4],
        [4, 4],
      ],
    ],
    [
      'a time of zero',
      [
        [1, 1],
        [2, 2],
        [4, 0],
        [8, 8],
      ],
    ],
    ['nothing', []],
  ] as [string, [number, number][]][])('fits nothing to %s', (_, points) => {
    expect(fitPowerLaw(points)).toBeUndefined();
  });
});
