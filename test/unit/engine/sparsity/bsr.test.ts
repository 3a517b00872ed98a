import { describe, expect, it } from 'vitest';
import { blockGrid } from '../../../../src/engine/sparsity/blockGrid';
import { blockOrder } from '../../../../src/engine/sparsity/blockOrder';
import { blockScores } from '../../../../src/engine/sparsity/blockScores';
import { bsrBytes, fromBsr, toBsr, type Bsr } from '../../../../src/engine/sparsity/bsr';
import { Failure, FormatError } from '../../../../src/failures';
import { onlyBlocks, randomWeights } from '../../../support/blockMatrices';

const shapes = [
  [12, 20, [3, 4]],
  [13, 22, [4, 8]],
  [7, 5, [2, 2]],
  [9, 7, [1, 1]],
  [9, 7, [9, 7]],
  [5, 33, [1, 16]],
] as const;

describe.each(shapes)('BSR of a %d x %d matrix in blocks of %o', (m, n, block) => {
  const grid = blockGrid(m, n, block);

  it.each(['single', 'double'] as const)(
    'holds exactly the kept blocks, for every count, in %s precision',
    (precision) => {
      const matrix = randomWeights(m, n, 4, precision);
      const order = blockOrder(blockScores(matrix, grid, 'frobenius'), grid, 'matrix');
      for (let q = 0; q <= grid.count; q++) {
        const bsr = toBsr(matrix, grid, order.subarray(0, q));
        expect(fromBsr(bsr)).toEqual(onlyBlocks(matrix, grid, order.subarray(0, q)));
        const stored = bsr.indptr.byteLength + bsr.indices.byteLength + bsr.values.byteLength;
        expect(bsrBytes(grid, q, matrix.data.BYTES_PER_ELEMENT)).toBe(stored);
      }
    },
  );
});

describe('toBsr', () => {
  const matrix = randomWeights(6, 5);
  const grid = blockGrid(6, 5, [2, 2]);

  it('lists blocks row by row, their values row-major with zeros beyond the edge', () => {
    const { indptr, indices, values } = toBsr(matrix, grid, Uint32Array.from([8, 2, 0]));
    const w = (i: number, j: number) => matrix.data[i * 5 + j];
    expect(Array.from(indptr)).toEqual([0, 2, 2, 3]);
    expect(Array.from(indices)).toEqual([0, 2, 2]);
    expect(Array.from(values)).toEqual([
      ...[w(0, 0), w(0, 1), w(1, 0), w(1, 1)],
      ...[w(0, 4), 0, w(1, 4), 0],
      ...[w(4, 4), 0, w(5, 4), 0],
    ]);
  });

  it('refuses a block that is named twice or does not exist', () => {
    expect(() => toBsr(matrix, grid, Uint32Array.from([1, 1]))).toThrow(Failure);
    expect(() => toBsr(matrix, grid, Uint32Array.from([9]))).toThrow(Failure);
  });
});

describe('bsrBytes', () => {
  it('is the published example: a tenth of the 16 x 16 blocks of a 4096 x 4096 matrix', () => {
    expect(bsrBytes(blockGrid(4096, 4096, [16, 16]), 6554, 4)).toBe(6_738_540);
  });
});

describe('fromBsr', () => {
  const matrix = randomWeights(6, 6);
  const good = toBsr(matrix, blockGrid(6, 6, [2, 2]), Uint32Array.from([0, 2, 4, 7]));

  it.each<[string, Partial<Bsr>]>([
    ['too few row pointers', { indptr: Int32Array.of(0, 2, 4) }],
    ['row pointers that do not start at 0', { indptr: Int32Array.of(1, 2, 3, 4) }],
    ['row pointers that end elsewhere', { indptr: Int32Array.of(0, 2, 3, 5) }],
    ['row pointers that fall', { indptr: Int32Array.of(0, 3, 2, 4) }],
    ['row pointers beyond the blocks', { indptr: Int32Array.of(0, 1000, 3, 4) }],
    ['a negative row pointer', { indptr: Int32Array.of(0, -1, 3, 4) }],
    ['a column beyond the grid', { indices: Int32Array.of(0, 3, 1, 1) }],
    ['a negative column', { indices: Int32Array.of(-1, 2, 1, 1) }],
    ['columns that do not rise', { indices: Int32Array.of(2, 0, 1, 1) }],
    ['a column twice', { indices: Int32Array.of(2, 2, 1, 1) }],
    ['too few values', { values: good.values.subarray(1) }],
  ])('refuses %s', (_, broken) => {
    expect(() => fromBsr({ ...good, ...broken })).toThrow(FormatError);
  });
});
