import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/failures';
import { unattended } from '../../../../src/engine/job';
import { createRandom } from '../../../../src/engine/random';
import { fitBaccams } from '../../../../src/engine/sparse/baccams';
import {
  ClusterSampler,
  drawGamma,
  logMarginal,
  logPredictive,
} from '../../../../src/engine/sparse/gibbs';
import { sparseTensor, squaredNorm } from '../../../../src/engine/sparse/sparseTensor';
import { denseError, randomSparse, sparseMatrix } from '../../../support/sparse';

describe('bACCAMS', () => {
  it('gives the example of the text its log predictive', () => {
    const block = { sum: 1 + 2 + 0.5, count: 3 };
    const row = { sum: 1.5 + 0.2, count: 2, squares: 1.5 ** 2 + 0.2 ** 2 };
    const found = logPredictive(block, row, { noise: 0.7, prior: 2 });
    expect(found).toBeCloseTo(-2.35277795174452, 13);
  });

  it('draws labels with the probabilities of the collapsed posterior', () => {
    // Three lines, two groups; the first line is drawn often, the others are held fast by their sums.
    const residual = Float64Array.of(0.9, -0.2, 0.8, -0.1, 0.2, 0.3);
    const groupSizes = Float64Array.of(2, 1);
    const variances = { noise: 0.8, prior: 1.5 };
    const concentration = 0.7;
    const rowOf = (i: number, b: number) => ({ sum: residual[2 * i + b], count: groupSizes[b] });
    // Line 0 joins line 1, joins line 2, or sits alone; lines 1 and 2 are in clusters of their own.
    const joint = [1, 2].map((other) =>
      [0, 1].reduce((sum, b) => sum + logMarginal(rowOf(other, b), rowOf(0, b), variances), 0),
    );
    const alone = [0, 1].reduce(
      (sum, b) => sum + logMarginal({ sum: 0, count: 0 }, rowOf(0, b), variances),
      Math.log(concentration),
    );
    const weights = [...joint, alone].map(Math.exp);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const random = createRandom(4);
    const counts = [0, 0, 0];
    const draws = 20_000;
    for (let n = 0; n < draws; n++) {
      const labels = Uint16Array.of(2, 0, 1);
      // Only the first label counts; it is drawn before the others move.
      new ClusterSampler(labels, 4, groupSizes, residual, concentration, variances).sweep(
        random,
        unattended,
      );
      counts[labels[0] > 2 ? 2 : labels[0]]++;
    }
    weights.forEach((weight, a) => {
      const share = weight / total;
      const spread = 4 * Math.sqrt((share * (1 - share)) / draws);
      expect(Math.abs(counts[a] / draws - share)).toBeLessThan(spread);
    });
  });

  it('draws gamma variates of the right mean and variance', () => {
    const random = createRandom(2);
    const draws = Float64Array.from({ length: 40_000 }, () => drawGamma(3.5, random));
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean - 3.5)).toBeLessThan(0.05);
    expect(Math.abs(variance - 3.5)).toBeLessThan(0.15);
  });

  it('recovers planted blocks, more precisely than one cluster could', async () => {
    const rows = Array.from({ length: 24 }, (_, i) =>
      Array.from({ length: 30 }, (_, j) => [6, 0, 0, 0, 3, 1][(i % 2) * 3 + (j % 3)]),
    );
    const X = sparseMatrix(rows);
    const model = await fitBaccams(X, { stencils: 1, clusters: 6, seed: 2, burnIn: 5 });
    expect(model.squaredError).toBeLessThan(1e-4 * squaredNorm(X));
    expect(model.squaredError).toBeCloseTo(denseError(X, model), 8);
    expect(model.details).toMatchObject({ rowClusters: [2], columnClusters: [3] });
  });

  it('states the error of what it decodes, reproducibly, and keeps the best state after burn-in', async () => {
    const X = randomSparse([40, 50], 400, 6);
    const errors: number[] = [];
    const settings = { stencils: 3, clusters: 6, seed: 5, burnIn: 4, samples: 4 };
    const model = await fitBaccams(X, settings, unattended, (progress) =>
      errors.push(progress.squaredError),
    );
    expect(model.squaredError).toBeCloseTo(denseError(X, model), 7);
    expect(errors).toHaveLength(8);
    expect(model.squaredError).toBeCloseTo(Math.min(...errors.slice(4)), 7);
    expect(model.squaredError).toBeLessThan(squaredNorm(X));
    expect((await fitBaccams(X, settings)).stencils).toEqual(model.stencils);
  });

  it('takes a matrix without entries and one of a single value', async () => {
    const nothing = sparseTensor(
      [3, 4],
      [new Uint32Array(0), new Uint32Array(0)],
      new Float64Array(0),
    );
    const settings = { stencils: 2, clusters: 3, burnIn: 1, samples: 1 };
    const model = await fitBaccams(nothing, settings);
    expect(model.squaredError).toBe(0);
    const flat = await fitBaccams(
      sparseMatrix([
        [2, 2],
        [2, 2],
      ]),
      settings,
    );
    expect(Number.isFinite(flat.squaredError)).toBe(true);
    expect(flat.squaredError).toBeLessThan(16);
  });

  it('refuses tensors and impossible settings', async () => {
    const X = randomSparse([5, 6], 9, 0);
    const bad = { stencils: 1, clusters: 2 };
    await expect(fitBaccams(randomSparse([3, 4, 5], 6, 0), bad)).rejects.toThrow(UsageError);
    await expect(fitBaccams(X, { ...bad, alpha: 0 })).rejects.toThrow(UsageError);
    await expect(fitBaccams(X, { ...bad, samples: 0 })).rejects.toThrow(UsageError);
    await expect(fitBaccams(X, { ...bad, clusters: 0 })).rejects.toThrow(UsageError);
  });
});
