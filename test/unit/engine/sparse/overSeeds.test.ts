import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/failures';
import { fitCur } from '../../../../src/engine/sparse/cur';
import { overSeeds } from '../../../../src/engine/sparse/overSeeds';
import { randomSparse } from '../../../support/sparse';

describe('runs over seeds', () => {
  it('state mean and standard error of the squared errors, and keep the best model', async () => {
    const X = randomSparse([20, 30], 90, 1);
    const fit = (seed: number) => fitCur(X, { columns: 6, rows: 6, rank: 4, seed });
    const runs = await overSeeds(fit, [1, 2, 3, 4]);
    const errors = await Promise.all(
      [1, 2, 3, 4].map(async (seed) => (await fit(seed)).squaredError),
    );
    expect(runs.squaredErrors).toEqual(errors);
    expect(runs.best.squaredError).toBe(Math.min(...errors));
    const mean = (errors[0] + errors[1] + errors[2] + errors[3]) / 4;
    const variance = errors.reduce((sum, error) => sum + (error - mean) ** 2 / 3, 0);
    expect(runs.mean).toBeCloseTo(mean, 9);
    expect(runs.standardError).toBeCloseTo(Math.sqrt(variance / 4), 9);
  });

  it('have no spread to state when there is one, and none without seeds', async () => {
    const X = randomSparse([9, 9], 30, 1);
    const fit = (seed: number) => fitCur(X, { columns: 3, rows: 3, rank: 2, seed });
    expect((await overSeeds(fit, [5])).standardError).toBe(0);
    await expect(overSeeds(fit, [])).rejects.toThrow(UsageError);
  });
});
