import { describe, expect, it } from 'vitest';
import { CancelledError, UsageError } from '../../../../src/failures';
import { unattended } from '../../../../src/engine/job';
import { createRandom } from '../../../../src/engine/random';
import { fitAccams } from '../../../../src/engine/sparse/accams';
import { fitBaccams } from '../../../../src/engine/sparse/baccams';
import { blockMeans, blockSums, reassign } from '../../../../src/engine/sparse/coClustering';
import { sparseTensor, squaredNorm, toDense } from '../../../../src/engine/sparse/sparseTensor';
import {
  entryOf,
  GroupSums,
  squaredErrorOf,
  stencilBytes,
  twoWay,
  type Stencil,
} from '../../../../src/engine/sparse/stencils';
import { denseError, randomSparse, sparseMatrix } from '../../../support/sparse';
import { stopAfter } from '../../../support/stopAfter';

const example = sparseMatrix([
  [5, 5, 0, 0],
  [5, 4, 0, 0],
  [0, 0, 3, 3],
  [0, 1, 3, 3],
]);

function randomStencil(dims: readonly number[], clusters: [number, number], seed: number): Stencil {
  const random = createRandom(seed);
  const labels = (side: 0 | 1): Uint16Array =>
    Uint16Array.from({ length: dims[side] }, () => Math.floor(random.next() * clusters[side]));
  return {
    clusters,
    labels: [labels(0), labels(1)],
    templates: Float64Array.from({ length: clusters[0] * clusters[1] }, () => random.normal()),
  };
}

describe('ACCAMS', () => {
  it('gives the example of the text its templates and its error of 1.5', () => {
    const stencil: Stencil = {
      clusters: [2, 2],
      labels: [Uint16Array.of(0, 0, 1, 1), Uint16Array.of(0, 0, 1, 1)],
      templates: new Float64Array(4),
    };
    const { stencil: found, explained } = blockMeans(twoWay(example), stencil, [], unattended);
    expect(Array.from(found.templates)).toEqual([4.75, 0, 0.25, 3]);
    expect(squaredNorm(example) - explained).toBeCloseTo(1.5, 12);
    expect(squaredErrorOf(example, [found], unattended)).toBeCloseTo(1.5, 12);
  });

  it('finds that clustering by itself', async () => {
    const model = await fitAccams(example, { stencils: 1, clusters: 2, seed: 1 });
    expect(model.squaredError).toBeCloseTo(1.5, 12);
    // 4 templates and 4 clusters; 4 + 4 labels of 1 bit.
    expect(model.bytes).toBe(4 * 4 + 4 + 1);
    expect(model.parameters).toBe(4 + 8);
  });

  it.each([
    ['rows', 0, [40, 23]],
    ['columns', 1, [23, 40]],
    // More lines than are read together.
    ['many rows', 0, [700, 9]],
  ] as const)('sums the residual per group without forming it: %s', (_, side, dims) => {
    const X = randomSparse(dims, 150, 8);
    const others = [1, 2, 3, 4, 5].map((seed) => randomStencil(dims, [4, 3], seed));
    const own = randomStencil(dims, [5, 6], 9);
    const opposite = side === 0 ? 1 : 0;
    const groups = own.clusters[opposite];
    const sums = new GroupSums(twoWay(X), side, own.labels[opposite], groups, others);
    const found = new Float64Array(dims[side] * groups);
    sums.read(0, dims[side], found);
    const { data } = toDense(X);
    for (let i = 0; i < dims[0]; i++) {
      for (let j = 0; j < dims[1]; j++) {
        const [line, other] = side === 0 ? [i, j] : [j, i];
        const residual = data[i * dims[1] + j] - entryOf(others, i, j);
        found[line * groups + own.labels[opposite][other]] -= residual;
      }
    }
    expect(Math.max(...found.map(Math.abs))).toBeLessThan(1e-9);
  });

  it('leaves block sums of the new residual at 0, and no step increases the error', () => {
    const X = randomSparse([60, 80], 500, 5);
    const data = twoWay(X);
    const others = [randomStencil(X.dims, [3, 4], 7)];
    let stencil = randomStencil(X.dims, [6, 5], 3);
    let error = Infinity;
    for (let step = 0; step < 8; step++) {
      const side = step % 2 === 0 ? 0 : 1;
      ({ stencil } = reassign(data, stencil, side, others, unattended));
      const next = squaredErrorOf(X, [...others, stencil], unattended);
      expect(next).toBeLessThanOrEqual(error + 1e-9);
      error = next;
      const left = blockSums(data, stencil, [...others, stencil], unattended);
      expect(Math.max(...left.map(Math.abs))).toBeLessThan(1e-9);
    }
  });

  it('states the error of what it decodes, and lowers it with every stencil', async () => {
    const X = randomSparse([50, 70], 600, 2);
    const errors: number[] = [];
    const model = await fitAccams(
      X,
      { stencils: 4, clusters: 7, seed: 3 },
      unattended,
      (progress) => errors.push(progress.squaredError),
    );
    expect(model.squaredError).toBeCloseTo(denseError(X, model), 7);
    expect(errors).toHaveLength(12);
    expect(errors.at(-1)).toBeCloseTo(model.squaredError, 7);
    errors.forEach((error, n) =>
      expect(error).toBeLessThanOrEqual((errors[n - 1] ?? Infinity) + 1e-9),
    );
    const again = await fitAccams(X, { stencils: 4, clusters: 7, seed: 3 });
    expect(again.stencils).toEqual(model.stencils);
  });

  it('counts 4 bytes per template, Huffman bits, and a byte per cluster', () => {
    const stencil: Stencil = {
      clusters: [4, 1],
      labels: [Uint16Array.of(0, 0, 0, 0, 0, 1, 1, 2, 3), new Uint16Array(5)],
      templates: new Float64Array(4),
    };
    expect(stencilBytes([stencil])).toEqual({
      parameters: 4 + 9 + 5,
      labelBits: 15,
      bytes: 16 + 5 + 2,
    });
  });

  it('clips clusters to what differs, takes empty rows and negative values, and no entries at all', async () => {
    const X = sparseMatrix([
      [-2, 0, -2],
      [0, 0, 0],
      [-2, 0, -2],
    ]);
    const model = await fitAccams(X, { stencils: 1, clusters: 10, seed: 0 });
    expect(model.squaredError).toBeCloseTo(0, 12);
    expect(model.details).toMatchObject({
      rowClusters: [2],
      columnClusters: [2],
      wantedClusters: 10,
    });
    const wide = randomSparse([3, 20], 40, 1);
    for (const fit of [fitAccams, fitBaccams]) {
      const { details } = await fit(wide, { stencils: 1, clusters: 10, seed: 0 });
      expect(details).toMatchObject({ clusters: [3, 10], wantedClusters: 10 });
      expect((await fit(wide, { stencils: 1, clusters: 3 })).details.wantedClusters).toBe(
        undefined,
      );
    }
    expect(model.entry([2, 0])).toBeCloseTo(-2, 12);
    const nothing = sparseTensor(
      [2, 3],
      [new Uint32Array(0), new Uint32Array(0)],
      new Float64Array(0),
    );
    expect((await fitAccams(nothing, { stencils: 2, clusters: 2 })).squaredError).toBe(0);
  });

  it('refuses tensors and impossible settings, and stops when it is cancelled', async () => {
    const tensor = randomSparse([3, 4, 5], 6, 0);
    await expect(fitAccams(tensor, { stencils: 1, clusters: 2 })).rejects.toThrow(UsageError);
    await expect(fitAccams(example, { stencils: 0, clusters: 2 })).rejects.toThrow(UsageError);
    await expect(fitAccams(example, { stencils: 1, clusters: NaN })).rejects.toThrow(UsageError);
    const run = fitAccams(example, { stencils: 2, clusters: 2 }, stopAfter(5));
    await expect(run).rejects.toThrow(CancelledError);
    expect(() => twoWay(randomSparse([20, 30], 100, 1), stopAfter(1))).toThrow(CancelledError);
  });
});
