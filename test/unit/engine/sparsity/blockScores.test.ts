import { describe, expect, it } from 'vitest';
import { blockGrid } from '../../../../src/engine/sparsity/blockGrid';
import {
  blockEnergies,
  blockScores,
  measureBlocks,
} from '../../../../src/engine/sparsity/blockScores';
import { CancelledError, UnsupportedError } from '../../../../src/failures';
import type { Criterion } from '../../../../src/protocol/patterns';
import { entriesOf, randomWeights } from '../../../support/blockMatrices';
import { distance, norm } from '../../../support/matrices';
import { stopAfter } from '../../../support/stopAfter';

const definitions: Record<Criterion, (entries: readonly number[]) => number> = {
  frobenius: norm,
  l1: (entries) => entries.reduce((sum, value) => sum + Math.abs(value), 0),
  max: (entries) => Math.max(...entries.map(Math.abs)),
  meanSquare: (entries) => norm(entries) ** 2 / entries.length,
};

describe.each(Object.keys(definitions) as Criterion[])('blockScores by %s', (criterion) => {
  it.each([
    [12, 20, [3, 4]],
    [13, 22, [4, 8]],
    [9, 7, [1, 1]],
    [9, 7, [9, 7]],
    [10, 11, [1, 5]],
    [10, 11, [7, 1]],
  ] as const)('judges the true entries of each block of a %d x %d matrix by %o', (m, n, block) => {
    for (const precision of ['single', 'double'] as const) {
      const matrix = randomWeights(m, n, 3, precision);
      const grid = blockGrid(m, n, block);
      const expected = Array.from({ length: grid.count }, (_, p) =>
        definitions[criterion](entriesOf(matrix, grid, p)),
      );
      const scores = blockScores(matrix, grid, criterion);
      expect(distance(scores, expected)).toBeLessThan(1e-13 * norm(expected));
    }
  });
});

describe('blockEnergies', () => {
  it('are the squared norms, whatever the criterion, and sum up to that of the matrix', () => {
    const matrix = randomWeights(30, 41);
    const grid = blockGrid(30, 41, [4, 6]);
    const energies = blockEnergies(matrix, grid);
    const expected = Array.from(
      { length: grid.count },
      (_, p) => norm(entriesOf(matrix, grid, p)) ** 2,
    );
    expect(distance(energies, expected)).toBeLessThan(1e-13 * norm(expected));
    expect(measureBlocks(matrix, grid, 'max').energies).toEqual(energies);
    const sum = energies.reduce((x, y) => x + y);
    expect(Math.abs(sum - norm(matrix.data) ** 2)).toBeLessThan(1e-12 * sum);
  });

  it('of a matrix of zeros are zeros', () => {
    const zeros = { rows: 4, columns: 4, data: new Float32Array(16) };
    expect(Array.from(blockEnergies(zeros, blockGrid(4, 4, [2, 2])))).toEqual([0, 0, 0, 0]);
  });
});

describe('measureBlocks', () => {
  const grid = blockGrid(6, 6, [2, 3]);
  const with1 = (value: number) => {
    const matrix = randomWeights(6, 6);
    matrix.data[17] = value;
    return matrix;
  };

  it.each(['frobenius', 'l1', 'max', 'meanSquare'] as const)(
    'refuses NaN and infinity under %s, saying so',
    (criterion) => {
      for (const value of [NaN, Infinity, -Infinity]) {
        expect(() => measureBlocks(with1(value), grid, criterion)).toThrow(UnsupportedError);
        expect(() => measureBlocks(with1(value), grid, criterion)).toThrow('NaN or infinite');
      }
    },
  );

  it('refuses values whose squares leave the range of f64', () => {
    expect(() => measureBlocks(with1(1e200), grid, 'l1')).toThrow('too large to square');
    const tiny = { rows: 6, columns: 6, data: new Float64Array(36).fill(1e-170) };
    expect(() => measureBlocks(tiny, grid, 'max')).toThrow('too small to square');
  });

  it('stops when asked to', () => {
    expect(() => measureBlocks(randomWeights(6, 6), grid, 'l1', stopAfter(1))).toThrow(
      CancelledError,
    );
  });
});
