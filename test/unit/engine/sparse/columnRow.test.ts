import { describe, expect, it } from 'vitest';
import { CancelledError, UsageError } from '../../../../src/failures';
import { unattended } from '../../../../src/engine/job';
import { matrixLines } from '../../../../src/engine/sparse/columnRowSampling';
import { fitCmd } from '../../../../src/engine/sparse/cmd';
import { crossApproximation } from '../../../../src/engine/sparse/crossApproximation';
import { fitCur } from '../../../../src/engine/sparse/cur';
import { fitTsvd } from '../../../../src/engine/sparse/tsvd';
import {
  sparseTensor,
  toDense,
  type SparseTensor,
} from '../../../../src/engine/sparse/sparseTensor';
import { denseError, randomSparse, sparseMatrix } from '../../../support/sparse';
import { stopAfter } from '../../../support/stopAfter';

/** All indices of a mode, each once and unscaled. */
function everything(size: number): { indices: Uint32Array; weights: Float64Array } {
  return {
    indices: Uint32Array.from({ length: size }, (_, i) => i),
    weights: new Float64Array(size).fill(1),
  };
}

/** The pseudo-inverse route of the text, dense and entry by entry, for full-rank C. */
function textbook(
  X: SparseTensor,
  columns: number[],
  rows: number[],
  m: number[],
  n: number[],
): number[] {
  const [N, M] = X.dims;
  const { data } = toDense(X);
  const total = data.reduce((sum, value) => sum + value * value, 0);
  const at = (i: number, j: number): number => data[i * M + j];
  const c = m.reduce((sum, count) => sum + count, 0);
  const r = n.reduce((sum, count) => sum + count, 0);
  const p = columns.map((j) =>
    Array.from({ length: N }, (_, i) => at(i, j) ** 2 / total).reduce((a, b) => a + b),
  );
  const q = rows.map((i) =>
    Array.from({ length: M }, (_, j) => at(i, j) ** 2 / total).reduce((a, b) => a + b),
  );
  // Two columns: U_c U_c^T[:, sampled] diag(w) R, with U_c U_c^T = C (C^T C)^-1 C^T.
  const C = columns.map((j, t) =>
    Array.from({ length: N }, (_, i) => at(i, j) * Math.sqrt(m[t] / (c * p[t]))),
  );
  const inner = (a: number[], b: number[]): number =>
    a.reduce((sum, value, i) => sum + value * b[i], 0);
  const [a, b, d] = [inner(C[0], C[0]), inner(C[0], C[1]), inner(C[1], C[1])];
  const det = a * d - b * b;
  const inverse = [
    [d / det, -b / det],
    [-b / det, a / det],
  ];
  const projector = (i: number, k: number): number =>
    [0, 1].reduce(
      (sum, s) => sum + [0, 1].reduce((part, t) => part + C[s][i] * inverse[s][t] * C[t][k], 0),
      0,
    );
  return Array.from({ length: N * M }, (_, cell) => {
    const [i, j] = [Math.floor(cell / M), cell % M];
    return rows.reduce(
      (sum, row, t) => sum + projector(i, row) * (n[t] / (r * q[t])) * at(row, j),
      0,
    );
  });
}

describe('CUR and CMD', () => {
  it.each([[[12, 30]], [[30, 12]]])(
    'with all columns and rows once, unscaled, is the best approximation of its rank: %j',
    async (dims) => {
      const X = randomSparse(dims, 120, 2);
      for (const rank of [1, 4, 10]) {
        const found = await crossApproximation(X, everything(dims[1]), everything(dims[0]), rank, {
          throwIfCancelled() {},
          report() {},
        });
        const best = await fitTsvd(X, { rank });
        expect(found.rank).toBe(rank);
        expect(found.squaredError).toBeCloseTo(best.squaredError, 7);
      }
    },
  );

  it('equals the formula of the text for columns and rows with multiplicities', async () => {
    const X = sparseMatrix([
      [3, 0, 1, 0],
      [0, 2, 1, 1],
      [1, 0, 0, 5],
      [0, 4, 0, 2],
      [2, 1, 0, 0],
    ]);
    const [columns, m] = [
      [1, 3],
      [2, 1],
    ];
    const [rows, n] = [
      [0, 2, 3],
      [1, 1, 2],
    ];
    const norms = [9 + 1, 4 + 1 + 1, 1 + 25, 16 + 4, 5];
    const total = norms.reduce((sum, norm) => sum + norm, 0);
    const columnNorms = [0, 4 + 16 + 1, 0, 1 + 25 + 4];
    const sample = (indices: number[], times: number[], squares: number[]) => ({
      indices: Uint32Array.from(indices),
      weights: Float64Array.from(indices, (index, t) => {
        const draws = times.reduce((sum, count) => sum + count, 0);
        return (times[t] * total) / (draws * squares[index]);
      }),
    });
    const found = await crossApproximation(
      X,
      sample(columns, m, columnNorms),
      sample(rows, n, norms),
      9,
      {
        throwIfCancelled() {},
        report() {},
      },
    );
    const expected = textbook(X, columns, rows, m, n);
    const { data } = toDense(X);
    const error = expected.reduce((sum, value, cell) => sum + (value - data[cell]) ** 2, 0);
    expect(found.squaredError).toBeCloseTo(error, 8);
    const decoded = expected.map((_, cell) => {
      const [i, j] = [Math.floor(cell / 4), cell % 4];
      let sum = 0;
      columns.forEach((column, t) =>
        rows.forEach((row, s) => {
          sum += data[i * 4 + column] * found.middle.data[t * rows.length + s] * data[row * 4 + j];
        }),
      );
      return sum;
    });
    decoded.forEach((value, cell) => expect(value).toBeCloseTo(expected[cell], 9));
  });

  it.each([
    [[25, 40], 8, 10],
    [[40, 25], 30, 15],
    [[10, 60], 50, 9],
  ])(
    'states the error of what it decodes: %j, %i columns, %i rows',
    async (dims, columns, rows) => {
      const X = randomSparse(dims, 200, 6);
      const cur = await fitCur(X, { columns, rows, rank: 6, seed: 1 });
      expect(cur.squaredError / denseError(X, cur)).toBeCloseTo(1, 9);
      const cmd = await fitCmd(X, { columns, rows, seed: 1 });
      expect(cmd.squaredError / denseError(X, cmd)).toBeCloseTo(1, 9);
    },
  );

  it('is the same approximation for both at equal draws and rank, CMD in fewer bytes', async () => {
    const X = randomSparse([15, 20], 90, 3);
    const settings = { columns: 18, rows: 12, rank: 5, seed: 2 };
    const [cur, cmd] = [await fitCur(X, settings), await fitCmd(X, settings)];
    expect(cur.squaredError).toBeCloseTo(cmd.squaredError, 9);
    expect(cmd.details.distinctColumns).toBeLessThan(18);
    expect(cmd.bytes).toBeLessThan(cur.bytes);
  });

  it('counts 12 bytes per nonzero, pointers, the middle matrix and indices, or the dense form', async () => {
    const X = sparseMatrix([
      [1, 0, 0],
      [0, 2, 0],
      [0, 0, 3],
    ]);
    const { details, bytes, parameters } = await fitCmd(X, { columns: 1, rows: 1, seed: 0 });
    expect(details.sparseBytes).toBe(12 * 2 + 4 * 2 + 4 * 2 + 8 + 8);
    expect(details.denseBytes).toBe(8 * 3 + 8 * 3 + 8 + 8);
    expect(bytes).toBe(56);
    expect(parameters).toBe(3);
  });

  it('clips draws and rank, leaves empty rows and columns out, and drops what is rank-deficient', async () => {
    // Three occupied columns, of which two are parallel; column 1 and row 2 are empty.
    const X = sparseMatrix([
      [1, 0, 2, 0],
      [2, 0, 4, 1],
      [0, 0, 0, 0],
    ]);
    const cur = await fitCur(X, { columns: 50, rows: 40, rank: 30, seed: 4 });
    expect(cur.details).toMatchObject({
      columns: 4,
      rows: 3,
      wantedColumns: 50,
      wantedRows: 40,
      wantedRank: 30,
    });
    expect(Number(cur.details.rank)).toBeLessThanOrEqual(2);
    expect(cur.details.distinctRows).toBeLessThanOrEqual(2);
    expect([cur.entry([2, 0]), cur.entry([0, 1])]).toEqual([0, 0]);
    expect(Number.isFinite(cur.squaredError)).toBe(true);
    expect(cur.squaredError).toBeCloseTo(denseError(X, cur), 9);
  });

  it('shares the columns and rows of a matrix among all its models', () => {
    const X = randomSparse([15, 20], 90, 3);
    expect(() => matrixLines(X, stopAfter(1))).toThrow(CancelledError);
    const lines = matrixLines(X, unattended);
    expect(matrixLines(X, unattended)).toBe(lines);
    expect(matrixLines(randomSparse([15, 20], 90, 3), unattended)).not.toBe(lines);
  });

  it('gives the same for the same seed and is empty for a matrix without entries', async () => {
    const X = randomSparse([20, 20], 80, 1);
    const settings = { columns: 6, rows: 6, rank: 4, seed: 9 };
    const [first, second] = [await fitCur(X, settings), await fitCur(X, settings)];
    const plain = (model: typeof first): object => ({
      ...model,
      elapsedMs: 0,
      entry: 0,
      factors: model.factors(),
    });
    expect(plain(first)).toEqual(plain(second));
    const nothing = sparseTensor(
      [4, 5],
      [new Uint32Array(0), new Uint32Array(0)],
      new Float64Array(0),
    );
    const model = await fitCmd(nothing, { columns: 2, rows: 2 });
    expect([model.squaredError, model.relativeError, model.entry([1, 1])]).toEqual([0, 0, 0]);
    await expect(fitCur(nothing, { columns: 0, rows: 1, rank: 1 })).rejects.toThrow(UsageError);
    await expect(fitCmd(randomSparse([3, 3, 3], 4, 0), { columns: 1, rows: 1 })).rejects.toThrow(
      UsageError,
    );
  });
});
