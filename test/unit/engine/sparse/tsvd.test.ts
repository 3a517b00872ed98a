import { describe, expect, it } from 'vitest';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import { svd } from '../../../../src/engine/linalg/svd';
import { CancelledError, OutOfMemoryError, UsageError } from '../../../../src/failures';
import { sparseTensor, toDense } from '../../../../src/engine/sparse/sparseTensor';
import { fitTsvd } from '../../../../src/engine/sparse/tsvd';
import { denseError, randomSparse, sparseMatrix } from '../../../support/sparse';
import { stopAfter } from '../../../support/stopAfter';

describe('truncated SVD of a sparse matrix', () => {
  it.each([
    ['wide', [30, 70], 300],
    ['tall', [70, 30], 300],
    ['mostly empty', [90, 80], 40],
  ] as const)('is the best approximation of its rank: %s', async (_, dims, count) => {
    const X = randomSparse(dims, count, 4);
    const { s } = await svd(createMatrix(dims[0], dims[1], toDense(X).data));
    for (const rank of [1, 5, 12]) {
      const model = await fitTsvd(X, { rank });
      const tail = s.subarray(rank).reduce((sum, value) => sum + value ** 2, 0);
      expect(model.squaredError).toBeCloseTo(tail, 8);
      expect(model.squaredError).toBeCloseTo(denseError(X, model), 8);
      expect(model.parameters).toBe(rank * (dims[0] + dims[1] + 1));
      expect(model.bytes).toBe(8 * model.parameters);
      model.singularValues.forEach((value, r) => expect(value).toBeCloseTo(s[r], 9));
    }
  });

  it('reaches the same error by iteration, repeated singular values included', async () => {
    // Blocks of ones on the diagonal: many singular values of exactly 3 and 2.
    const places: [number, number][] = [];
    for (let block = 0; block < 40; block++) {
      const size = block < 15 ? 3 : 2;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          places.push([3 * block + i, 3 * block + j]);
        }
      }
    }
    const X = sparseTensor(
      [120, 150],
      [Uint32Array.from(places, ([i]) => i), Uint32Array.from(places, ([, j]) => j)],
      new Float64Array(places.length).fill(1),
    );
    const exact = await fitTsvd(X, { rank: 18 });
    const iterated = await fitTsvd(X, { rank: 18, exactUpTo: 10, seed: 3 });
    expect(exact.details.algorithm).toBe('gram');
    expect(exact.squaredError).toBeCloseTo(22 * 4, 8);
    expect(iterated.details).toMatchObject({ algorithm: 'block-krylov', converged: true });
    expect(iterated.squaredError).toBeCloseTo(exact.squaredError, 6);
    expect(iterated.squaredError).toBeCloseTo(denseError(X, iterated), 6);
  });

  it('clips the rank to the numerical rank and says so', async () => {
    const model = await fitTsvd(
      sparseMatrix([
        [1, 2],
        [2, 4],
        [0, 0],
      ]),
      { rank: 9 },
    );
    expect(model.details).toMatchObject({ rank: 1, wantedRank: 9 });
    expect(model.relativeError).toBeLessThan(1e-7);
  });

  it('takes 2^31 columns, of which few have entries', async () => {
    const X = sparseTensor(
      [3, 2 ** 31],
      [Uint32Array.of(0, 1, 2), Uint32Array.of(5, 2 ** 31 - 1, 7)],
      Float64Array.of(2, 3, -4),
    );
    const model = await fitTsvd(X, { rank: 2 });
    expect(model.squaredError).toBeCloseTo(4, 10);
    expect(model.entry([2, 7])).toBeCloseTo(-4, 10);
    expect(model.entry([2, 8])).toBe(0);
    expect(model.entry([1, 2 ** 31 - 1])).toBeCloseTo(3, 10);
  });

  it('is empty for a matrix without entries', async () => {
    const X = sparseTensor([4, 5], [new Uint32Array(0), new Uint32Array(0)], new Float64Array(0));
    const model = await fitTsvd(X, { rank: 2 });
    expect([model.squaredError, model.relativeError, model.bytes]).toEqual([0, 0, 0]);
    expect(model.entry([3, 4])).toBe(0);
  });

  it('refuses tensors, impossible ranks and indices, and what does not fit', async () => {
    await expect(fitTsvd(randomSparse([3, 4, 5], 6, 0), { rank: 1 })).rejects.toThrow(UsageError);
    const X = randomSparse([20, 30], 60, 0);
    await expect(fitTsvd(X, { rank: 0 })).rejects.toThrow(UsageError);
    await expect(fitTsvd(X, { rank: 1.5 })).rejects.toThrow(UsageError);
    const model = await fitTsvd(X, { rank: 1 });
    expect(() => model.entry([20, 0])).toThrow(UsageError);
    expect(() => model.entry([0])).toThrow(UsageError);
    const small = { throwIfCancelled() {}, report() {}, memoryLimit: 64 };
    await expect(fitTsvd(X, { rank: 5 }, small)).rejects.toThrow(OutOfMemoryError);
  });

  it('stops when it is cancelled', async () => {
    const X = randomSparse([40, 60], 400, 0);
    await expect(fitTsvd(X, { rank: 3 }, stopAfter(1))).rejects.toThrow(CancelledError);
  });
});
