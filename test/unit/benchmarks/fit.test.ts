import { describe, expect, it } from 'vitest';
import { fitPowerLaw } from '../../../src/benchmarks/fit';

const sizes = [128, 256, 512, 1024, 2048];

describe('fitPowerLaw', () => {
  it('finds the exponent and the factor of an exact power law', () => {
    const fit = fitPowerLaw(sizes.map((n) => [n, 3e-6 * n ** 2.81] as const));
    expect(fit?.exponent).toBeCloseTo(2.81, 10);
    expect(fit?.factor).toBeCloseTo(3e-6, 12);
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
