import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../../src/failures';
import { unattended, type Job } from '../../../../src/engine/job';
import { configureKernels, kernels } from '../../../../src/engine/kernels';
import { createRandom } from '../../../../src/engine/random';
import { fitAccams } from '../../../../src/engine/sparse/accams';
import { fitBaccams } from '../../../../src/engine/sparse/baccams';
import { reassign } from '../../../../src/engine/sparse/coClustering';
import { fitKronFit } from '../../../../src/engine/sparse/kronFit';
import { toDense } from '../../../../src/engine/sparse/sparseTensor';
import { entryOf, templateOf, twoWay, type Stencil } from '../../../../src/engine/sparse/stencils';
import { randomSparse } from '../../../support/sparse';
import { stopAfter } from '../../../support/stopAfter';

const X = randomSparse([90, 400], 1500, 4);
const fits = [
  ['ACCAMS', (job: Job) => fitAccams(X, { stencils: 3, clusters: 5, seed: 1 }, job)],
  [
    'bACCAMS',
    (job: Job) => fitBaccams(X, { stencils: 3, clusters: 19, burnIn: 3, samples: 2, seed: 1 }, job),
  ],
  ['KronFit', (job: Job) => fitKronFit(X, { power: 2, epochs: 30, seed: 1 }, job)],
] as const;

afterAll(() => configureKernels({ threads: 1 }));

describe('fits by the kernels', () => {
  it.each(fits)('are the same whatever the number of threads: %s', async (_, fit) => {
    const found = [];
    for (const threads of [1, 3]) {
      configureKernels({ threads });
      // Its threads take part once they have started.
      expect(kernels().team.size).toBe(threads);
      await delay(threads > 1 ? 200 : 0);
      const model = await fit(unattended);
      found.push({ ...model, entry: undefined, elapsedMs: undefined });
    }
    configureKernels({ threads: 1 });
    expect(found[1]).toEqual(found[0]);
  });

  it.each(fits)('report progress that never falls, and stop when asked: %s', async (_, fit) => {
    const fractions: number[] = [];
    const looks = stopAfter(Infinity);
    await fit({ ...looks, report: (fraction) => fractions.push(fraction) });
    expect(fractions.length).toBeGreaterThan(10);
    fractions.forEach((fraction, n) =>
      expect(fraction).toBeGreaterThanOrEqual(fractions[n - 1] ?? 0),
    );
    expect(fractions.at(-1)).toBeLessThanOrEqual(1);
    for (const share of [0.01, 0.5, 0.95]) {
      const stop = stopAfter(Math.ceil(share * looks.seen()));
      await expect(fit(stop)).rejects.toThrow(CancelledError);
    }
  });

  it.each([
    [0, 7, 5],
    [1, 22, 19],
  ] as const)('give lines of side %i the label nearest to them', (side, k, l) => {
    const random = createRandom(side);
    const stencilOf = (clusters: [number, number]): Stencil => ({
      clusters,
      labels: [
        Uint16Array.from({ length: 90 }, () => Math.floor(clusters[0] * random.next())),
        Uint16Array.from({ length: 400 }, () => Math.floor(clusters[1] * random.next())),
      ],
      templates: Float64Array.from({ length: clusters[0] * clusters[1] }, () => random.normal()),
    });
    const own = stencilOf([k, l]);
    const others = [stencilOf([3, 17]), stencilOf([24, 33]), stencilOf([1, 2])];
    const { data } = toDense(X);
    const { stencil } = reassign(twoWay(X), own, side, others, unattended);
    const [lines, length] = side === 0 ? [90, 400] : [400, 90];
    for (let i = 0; i < lines; i++) {
      const costs = new Float64Array(own.clusters[side]);
      for (let j = 0; j < length; j++) {
        const [row, column] = side === 0 ? [i, j] : [j, i];
        const residual = data[row * 400 + column] - entryOf(others, row, column);
        const other = own.labels[side === 0 ? 1 : 0][j];
        costs.forEach((_, a) => (costs[a] += (residual - templateOf(own, side, a, other)) ** 2));
      }
      expect(stencil.labels[side][i]).toBe(costs.indexOf(Math.min(...costs)));
    }
  });
});
