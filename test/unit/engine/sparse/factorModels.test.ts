import { describe, expect, it } from 'vitest';
import { CancelledError, UsageError } from '../../../../src/failures';
import { unattended } from '../../../../src/engine/job';
import { gram } from '../../../../src/engine/linalg/gram';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import { createRandom } from '../../../../src/engine/random';
import { fitCp } from '../../../../src/engine/sparse/cp';
import { contractFibers, fiberTree } from '../../../../src/engine/sparse/fiberTree';
import { fromDense, sparseTensor, squaredNorm } from '../../../../src/engine/sparse/sparseTensor';
import { fitTsvd } from '../../../../src/engine/sparse/tsvd';
import { fitTucker } from '../../../../src/engine/sparse/tucker';
import { denseError, randomSparse } from '../../../support/sparse';
import { stopAfter } from '../../../support/stopAfter';

const order = [[[30, 20]], [[12, 9, 15]], [[7, 5, 8, 6]]] as const;

describe('products over fibres', () => {
  it.each(order)('equal sums over the entries, elementwise and Kronecker: %j', (dims) => {
    const X = randomSparse(dims, 80, 1);
    const random = createRandom(3);
    const factors = dims.map((size, mode) => {
      const data = Float64Array.from({ length: size * (mode + 2) }, () => random.normal());
      return createMatrix(size, mode + 2, data);
    });
    const equal = dims.map((size) =>
      createMatrix(
        size,
        3,
        Float64Array.from({ length: size * 3 }, () => random.normal()),
      ),
    );
    for (const mode of dims.keys()) {
      const tree = fiberTree(X, mode, unattended);
      const others = tree.modes.slice(1);
      expect([...tree.modes].sort()).toEqual([...dims.keys()]);
      const width = others.reduce((product, m) => product * factors[m].columns, 1);
      const kronecker = new Float64Array(dims[mode] * width);
      const hadamard = new Float64Array(dims[mode] * 3);
      X.values.forEach((value, e) => {
        for (let column = 0; column < width; column++) {
          let rest = column;
          let product = value;
          for (const m of others.toReversed()) {
            const R = factors[m].columns;
            product *= factors[m].data[X.indices[m][e] * R + (rest % R)];
            rest = Math.floor(rest / R);
          }
          kronecker[X.indices[mode][e] * width + column] += product;
        }
        for (let r = 0; r < 3; r++) {
          const rows = others.map((m) => equal[m].data[X.indices[m][e] * 3 + r]);
          hadamard[X.indices[mode][e] * 3 + r] += rows.reduce((product, x) => product * x, value);
        }
      });
      contractFibers(
        tree,
        factors,
        'kronecker',
        (node, sum) => {
          sum.forEach((value, c) => (kronecker[tree.indices[0][node] * width + c] -= value));
        },
        unattended,
      );
      contractFibers(
        tree,
        equal,
        'hadamard',
        (node, sum) => {
          sum.forEach((value, r) => (hadamard[tree.indices[0][node] * 3 + r] -= value));
        },
        unattended,
      );
      expect(Math.max(...kronecker.map(Math.abs), ...hadamard.map(Math.abs))).toBeLessThan(1e-10);
    }
  });
});

describe('CP on sparse tensors', () => {
  it.each(order)(
    'never increases the error and states that of what it decodes: %j',
    async (dims) => {
      const X = randomSparse(dims, 90, 4);
      const errors: number[] = [];
      const model = await fitCp(X, { rank: 4, seed: 1, tolerance: 0 }, unattended, (progress) =>
        errors.push(progress.squaredError),
      );
      expect(errors).toHaveLength(50);
      errors.forEach((error, n) =>
        expect(error).toBeLessThanOrEqual((errors[n - 1] ?? Infinity) + 1e-9),
      );
      expect(model.squaredError).toBeCloseTo(denseError(X, model), 8);
      expect(model.squaredError).toBeLessThan(squaredNorm(X));
      expect(model.parameters).toBe(4 * dims.reduce((sum, size) => sum + size, 0));
      expect(model.bytes).toBe(8 * model.parameters);
    },
  );

  it('recovers a tensor of exact rank', async () => {
    const random = createRandom(6);
    const A = [8, 7, 6].map((size) =>
      Float64Array.from({ length: size * 2 }, () => (random.next() < 0.5 ? 0 : 1 + random.next())),
    );
    const data = Float64Array.from({ length: 336 }, (_, at) => {
      const [i, j, k] = [Math.floor(at / 42), Math.floor(at / 6) % 7, at % 6];
      return (
        A[0][2 * i] * A[1][2 * j] * A[2][2 * k] +
        A[0][2 * i + 1] * A[1][2 * j + 1] * A[2][2 * k + 1]
      );
    });
    const X = fromDense({ shape: [8, 7, 6], data });
    const model = await fitCp(X, { rank: 2, seed: 3, tolerance: 1e-12, maxIterations: 500 });
    expect(model.relativeError).toBeLessThan(1e-4);
    expect(denseError(X, model)).toBeLessThan(1e-8 * squaredNorm(X));
  });

  it('is as good as the SVD for a matrix', async () => {
    const X = randomSparse([25, 30], 200, 7);
    const model = await fitCp(X, { rank: 3, tolerance: 1e-10, maxIterations: 2000 });
    const { squaredError } = await fitTsvd(X, { rank: 3 });
    expect(model.squaredError / squaredError).toBeCloseTo(1, 5);
  });
});

describe('Tucker on sparse tensors', () => {
  it.each(order)(
    'has orthonormal factors and states the error of what it decodes: %j',
    async (dims) => {
      const X = randomSparse(dims, 90, 5);
      const errors: number[] = [];
      const model = await fitTucker(
        X,
        { ranks: 3, seed: 1, tolerance: 0 },
        unattended,
        (progress) => errors.push(progress.squaredError),
      );
      expect(model.squaredError).toBeCloseTo(denseError(X, model), 8);
      errors.forEach((error, n) =>
        expect(error).toBeLessThanOrEqual((errors[n - 1] ?? Infinity) + 1e-9),
      );
      for (const factor of model.factors) {
        const { data } = await gram(factor, 'columns');
        data.forEach((value, at) => expect(value).toBeCloseTo(at % 4 === 0 ? 1 : 0, 11));
      }
      const sizes = dims.reduce((sum, size) => sum + 3 * size, 0);
      expect(model.bytes).toBe(8 * (3 ** dims.length + sizes));
    },
  );

  it('is exact at full ranks, with ranks of its own for each mode', async () => {
    const X = randomSparse([5, 6, 30], 60, 2);
    const model = await fitTucker(X, { ranks: [5, 6, 30] });
    expect(model.relativeError).toBeLessThan(1e-7);
    expect(denseError(X, model)).toBeLessThan(1e-18 * squaredNorm(X));
  });

  it('is as good as the SVD for a matrix', async () => {
    const X = randomSparse([25, 30], 200, 7);
    const model = await fitTucker(X, { ranks: 4, tolerance: 1e-12, maxIterations: 2000 });
    const { squaredError } = await fitTsvd(X, { rank: 4 });
    expect(model.squaredError / squaredError).toBeCloseTo(1, 6);
  });

  it('clips ranks to sizes and to the product of the others, and says so', async () => {
    const X = randomSparse([4, 50, 60], 300, 3);
    const model = await fitTucker(X, { ranks: [2, 9, 40], maxIterations: 3 });
    expect(model.details).toMatchObject({ ranks: [2, 9, 18], wantedRanks: [2, 9, 40] });
  });
});

describe.each([
  ['CP', (X: Parameters<typeof fitCp>[0], job = unattended) => fitCp(X, { rank: 2, seed: 4 }, job)],
  [
    'Tucker',
    (X: Parameters<typeof fitCp>[0], job = unattended) => fitTucker(X, { ranks: 2, seed: 4 }, job),
  ],
] as const)('%s at the edges', (_, fit) => {
  it('leaves empty slices at 0 in modes of any size', async () => {
    const X = sparseTensor(
      [2 ** 31, 5, 4],
      [Uint32Array.of(7, 2 ** 31 - 1, 9), Uint32Array.of(0, 4, 4), Uint32Array.of(3, 1, 1)],
      Float64Array.of(2, -3, 5),
    );
    const model = await fit(X);
    expect(model.squaredError).toBeCloseTo(0, 8);
    expect(model.entry([2 ** 31 - 1, 4, 1])).toBeCloseTo(-3, 6);
    expect(model.entry([8, 4, 1])).toBe(0);
  });

  it('gives the same for the same seed, and nothing for no entries', async () => {
    const X = randomSparse([10, 11, 12], 70, 1);
    expect((await fit(X)).factors).toEqual((await fit(X)).factors);
    const indices = [1, 2, 3].map(() => new Uint32Array(0));
    const model = await fit(sparseTensor([3, 4, 5], indices, new Float64Array(0)));
    expect([model.squaredError, model.relativeError, model.entry([2, 3, 4])]).toEqual([0, 0, 0]);
  });

  it('refuses vectors and stops when it is cancelled', async () => {
    const vector = sparseTensor([9], [Uint32Array.of(3)], Float64Array.of(1));
    await expect(fit(vector)).rejects.toThrow(UsageError);
    await expect(fit(randomSparse([9, 9, 9], 50, 1), stopAfter(4))).rejects.toThrow(CancelledError);
  });
});

describe('ranks that make no sense', () => {
  it('are refused', async () => {
    const X = randomSparse([4, 5, 6], 20, 0);
    await expect(fitCp(X, { rank: 0 })).rejects.toThrow(UsageError);
    await expect(fitTucker(X, { ranks: [2, 2] })).rejects.toThrow(UsageError);
    await expect(fitTucker(X, { ranks: [2, -1, 2] })).rejects.toThrow(UsageError);
  });
});
