import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { configureKernels, kernels, releaseKernels } from '../../../../src/engine/kernels';
import {
  keepResident,
  multiplyBlockSparse,
  multiplyPacked,
} from '../../../../src/engine/linalg/blockSparseProduct';
import { createMatrix, type Matrix } from '../../../../src/engine/linalg/matrix';
import { packBlocks } from '../../../../src/engine/linalg/packedBlocks';
import { createRandom } from '../../../../src/engine/random';
import { blockGrid, type BlockGrid } from '../../../../src/engine/sparsity/blockGrid';
import { toBsr, type Bsr } from '../../../../src/engine/sparsity/bsr';
import { CancelledError, Failure, FormatError } from '../../../../src/failures';
import { distance, norm, plainProduct, randomMatrix } from '../../../support/matrices';

/** A matrix with zeros in the dropped blocks, set entry by entry, and the same as BSR. */
interface Case {
  readonly w: Matrix;
  readonly bsr: Bsr;
}

/** Relative error of sums of a few hundred products in f32. */
const singleError = 1e-6;

afterAll(async () => {
  await releaseKernels();
  configureKernels({ threads: 1 });
});

function sparseCase(
  rows: number,
  columns: number,
  block: readonly [number, number],
  keeps: (grid: BlockGrid, block: number) => boolean,
): Case {
  const grid = blockGrid(rows, columns, block);
  const all = randomMatrix(rows, columns, rows + columns);
  const w = createMatrix(
    rows,
    columns,
    all.data.map((value, at) => {
      const i = Math.floor(Math.floor(at / columns) / block[0]);
      const j = Math.floor((at % columns) / block[1]);
      return keeps(grid, i * grid.gridColumns + j) ? Math.fround(value) : 0;
    }),
  );
  const kept = Uint32Array.from({ length: grid.count }, (_, at) => at).filter((at) =>
    keeps(grid, at),
  );
  return { w, bsr: toBsr(w, grid, kept) };
}

function keepsAtRandom(share: number, seed: number): (grid: BlockGrid, block: number) => boolean {
  return (_, block) => createRandom(seed + block).next() < share;
}

function singleMatrix(rows: number, columns: number, seed: number): Matrix {
  const { data } = randomMatrix(rows, columns, seed);
  return createMatrix(rows, columns, data.map(Math.fround));
}

function expectProduct({ w, bsr }: Case, x: Matrix): void {
  const expected = plainProduct(w, x);
  const y = multiplyBlockSparse(bsr, x);
  expect([y.rows, y.columns]).toEqual([w.rows, x.columns]);
  expect(distance(y.data, expected.data)).toBeLessThanOrEqual(singleError * norm(expected.data));
}

describe('multiplyBlockSparse', () => {
  const blocks = [
    [1, 1],
    [1, 8],
    [2, 3],
    [3, 2],
    [4, 4],
    [5, 5],
    [8, 1],
    [16, 16],
    [32, 32],
    [61, 90],
  ] as const;

  it.each(blocks)('is the dense product for blocks of %i x %i, ragged edges included', (bm, bn) => {
    for (const [rows, columns] of [
      [61, 90],
      [64, 96],
      [97, 131],
    ]) {
      for (const share of [0.2, 0.7, 1]) {
        const own = sparseCase(rows, columns, [bm, bn], keepsAtRandom(share, bm));
        expectProduct(own, singleMatrix(columns, 20, 3));
      }
    }
  });

  it.each([1, 2, 7, 8, 9, 15, 16, 17, 33])('takes a right-hand side of %i columns', (columns) => {
    const own = sparseCase(37, 45, [4, 4], keepsAtRandom(0.5, 7));
    expectProduct(own, singleMatrix(45, columns, columns));
  });

  it('gives zeros for rows of blocks without any block', () => {
    const own = sparseCase(40, 48, [8, 8], ({ gridColumns }, at) => {
      const row = Math.floor(at / gridColumns);
      return row === 1 || row === 4;
    });
    const x = singleMatrix(48, 11, 1);
    expectProduct(own, x);
    const y = multiplyBlockSparse(own.bsr, x);
    expect(y.data.subarray(0, 8 * 11)).toEqual(new Float32Array(8 * 11));
  });

  it('gives zeros when no block is kept', () => {
    const { bsr } = sparseCase(10, 12, [5, 5], () => false);
    // What the memory of the kernels held before must not show.
    kernels().arena.scope(() => kernels().arena.singles(4096).fill(Number.NaN));
    expect(multiplyBlockSparse(bsr, singleMatrix(12, 9, 1)).data).toEqual(new Float32Array(90));
  });

  it('multiplies a single entry', () => {
    const own = sparseCase(1, 1, [1, 1], () => true);
    expectProduct(own, createMatrix(1, 1, Float64Array.of(3)));
  });

  it('reads only stored blocks: what X has beside them does not matter', () => {
    const { bsr } = sparseCase(16, 16, [4, 4], ({ gridColumns }, at) => at % gridColumns !== 2);
    const x = singleMatrix(16, 8, 2);
    const expected = multiplyBlockSparse(bsr, x).data;
    x.data.fill(Number.NaN, 8 * 8, 12 * 8);
    expect(multiplyBlockSparse(bsr, x).data).toEqual(expected);
  });

  it('is, bit by bit, the same with one, two and three threads, and in pieces of columns', async () => {
    const { bsr } = sparseCase(410, 523, [8, 8], keepsAtRandom(0.4, 5));
    const x = singleMatrix(523, 101, 9);
    const results: Float32Array[] = [];
    for (const threads of [1, 2, 3]) {
      configureKernels({ threads });
      expect(kernels().team.size).toBe(threads);
      if (threads > 1) {
        await delay(200);
      }
      results.push(multiplyBlockSparse(bsr, x).data);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const columns = createMatrix(523, 3);
    for (let row = 0; row < 523; row++) {
      columns.data.set(x.data.subarray(row * 101 + 50, row * 101 + 53), row * 3);
    }
    const part = multiplyBlockSparse(bsr, columns).data;
    for (let row = 0; row < 410; row++) {
      expect(part.subarray(row * 3, row * 3 + 3)).toEqual(
        results[0].subarray(row * 101 + 50, row * 101 + 53),
      );
    }
  });

  it('multiplies a right-hand side that is too large to be held at once', () => {
    // 2 n + m elements for each column: 2^24 of them are 5,226 columns here.
    const own = sparseCase(10, 1600, [2, 400], keepsAtRandom(0.6, 1));
    const columns = 5300;
    const x = createMatrix(
      1600,
      columns,
      Float64Array.from({ length: 1600 * columns }, (_, at) => (((at % columns) + 3) % 7) - 3),
    );
    const y = multiplyBlockSparse(own.bsr, x);
    const few = createMatrix(
      1600,
      7,
      Float64Array.from({ length: 1600 * 7 }, (_, at) => (((at % 7) + 3) % 7) - 3),
    );
    const expected = plainProduct(own.w, few);
    for (let row = 0; row < 10; row++) {
      const line = y.data.subarray(row * columns, (row + 1) * columns);
      const repeated = Float64Array.from(line, (_, at) => expected.data[row * 7 + (at % 7)]);
      expect(distance(line, repeated)).toBeLessThanOrEqual(1e-5 * norm(repeated));
    }
  });

  it('refuses a right-hand side that does not fit, and a BSR whose indices leave the matrix', () => {
    const { bsr } = sparseCase(8, 8, [4, 4], () => true);
    expect(() => multiplyBlockSparse(bsr, singleMatrix(9, 2, 1))).toThrow(Failure);
    const indices = Int32Array.of(0, 5, 0, 1);
    expect(() => multiplyBlockSparse({ ...bsr, indices }, singleMatrix(8, 2, 1))).toThrow(
      FormatError,
    );
  });

  it('stops when its job is cancelled', () => {
    const { bsr } = sparseCase(8, 8, [4, 4], () => true);
    const job = {
      throwIfCancelled() {
        throw new CancelledError();
      },
      report() {},
    };
    expect(() => multiplyBlockSparse(bsr, singleMatrix(8, 2, 1), job)).toThrow(CancelledError);
  });
});

describe('packBlocks', () => {
  it('joins adjacent blocks into one run and leaves padding out', () => {
    const { bsr } = sparseCase(6, 10, [4, 4], ({ gridColumns }, at) => at !== gridColumns + 1);
    const { runStarts, runs, valueStarts, values, macs } = packBlocks(bsr);
    expect([...runStarts]).toEqual([0, 1, 3]);
    // Columns 0 to 9; then 0 to 3, and 8 and 9. 32 bytes of a panel and 16 of a group each.
    expect([...runs]).toEqual([0, 160, 0, 64, 256, 32]);
    expect([...valueStarts]).toEqual([0, 40]);
    expect(values.length).toBe(40 + 24);
    expect(macs).toBe(4 * 10 + 2 * 6);
  });

  it('multiplies the same from the memory of the kernels', () => {
    const own = sparseCase(33, 40, [8, 8], keepsAtRandom(0.5, 3));
    const x = singleMatrix(40, 12, 4);
    const expected = multiplyBlockSparse(own.bsr, x).data;
    const y = new Float32Array(33 * 12);
    const engine = kernels();
    engine.arena.scope(() => {
      const w = keepResident(engine, packBlocks(own.bsr));
      expect(engine.arena.holds(w.values)).toBe(true);
      multiplyPacked(w, x, y);
      // A second time: the first left W as it was.
      multiplyPacked(w, x, y.fill(0));
    });
    expect(y).toEqual(expected);
  });
});
