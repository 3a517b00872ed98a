import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/engine/random';
import { blockGrid } from '../../../../src/engine/sparsity/blockGrid';
import { bestBlocks, blockOrder } from '../../../../src/engine/sparsity/blockOrder';

function order(scores: readonly number[] | Float64Array, scope: 'matrix' | 'blockRow' = 'matrix') {
  const grid = blockGrid(1, scores.length, [1, 1]);
  return blockOrder(Float64Array.from(scores), grid, scope);
}

/** By comparisons: descending, ties to the lower index. */
function compared(scores: ArrayLike<number>): number[] {
  return Array.from({ length: scores.length }, (_, i) => i).sort(
    (i, j) => scores[j] - scores[i] || i - j,
  );
}

const random = createRandom(5);
const many = 5000;
const uniform = Float64Array.from({ length: many }, () => random.next());
const kinds: Record<string, Float64Array> = {
  'uniform numbers': uniform,
  'magnitudes of normals': uniform.map(() => Math.abs(random.normal())),
  'a few values, many times': uniform.map((value) => Math.floor(value * 7) / 3),
  'numbers over the whole range': uniform.map((value) => 2 ** (value * 2000 - 1000)),
  'denormal numbers': uniform.map((value) => Math.floor(value * 4000) * Number.MIN_VALUE),
  'numbers up to the largest': uniform.map((value) => Number.MAX_VALUE * value),
  'whole numbers': uniform.map((value) => Math.floor(value * 1e6)),
  'numbers alike in their upper words': uniform.map(
    (value) => 1 + Math.floor(value * 2 ** 20) * 2 ** -52,
  ),
  'short runs with like upper words': uniform.map(
    (value, i) => 1 + Math.floor(i / 5) * 2 ** -20 + Math.floor(value * 8) * 2 ** -52,
  ),
  'zeros and others': uniform.map((value) => (value < 0.7 ? 0 : value)),
};

describe('blockOrder over the matrix', () => {
  it.each(Object.entries(kinds))('sorts %s as comparisons do', (_, scores) => {
    expect(Array.from(order(scores))).toEqual(compared(scores));
  });

  it('keeps equal scores in the order of their blocks', () => {
    expect(Array.from(order(new Float64Array(100).fill(2.5)))).toEqual([...Array(100).keys()]);
    expect(Array.from(order([1, 3, 1, 3, 2]))).toEqual([1, 3, 4, 0, 2]);
  });

  it('takes a negative zero for a zero', () => {
    expect(Array.from(order([-0, 1, 0, -0]))).toEqual([1, 0, 2, 3]);
  });

  it('leaves the scores as they are, wherever in a buffer they lie', () => {
    const buffer = Float64Array.from([9, 1, 5, 3]);
    const scores = buffer.subarray(1);
    expect(Array.from(blockOrder(scores, blockGrid(1, 3, [1, 1]), 'matrix'))).toEqual([1, 2, 0]);
    expect(Array.from(buffer)).toEqual([9, 1, 5, 3]);
  });

  it('orders a single block', () => {
    expect(Array.from(order([4]))).toEqual([0]);
  });
});

describe('blockOrder by rows of blocks', () => {
  it('takes the best of every row first, then the second best', () => {
    const grid = blockGrid(2, 3, [1, 1]);
    const scores = Float64Array.from([1, 9, 5, 20, 30, 25]);
    expect(Array.from(blockOrder(scores, grid, 'blockRow'))).toEqual([4, 1, 5, 2, 3, 0]);
    expect(Array.from(blockOrder(scores, grid, 'matrix'))).toEqual([4, 5, 3, 1, 2, 0]);
  });

  it('keeps as many of every row, give or take one, and the best of each, for every count', () => {
    const grid = blockGrid(7, 11, [1, 1]);
    const scores = uniform.slice(0, 77);
    const all = blockOrder(scores, grid, 'blockRow');
    for (let q = 0; q <= 77; q++) {
      const kept = Array.from(all.subarray(0, q));
      for (let row = 0; row < 7; row++) {
        const here = kept.filter((block) => Math.floor(block / 11) === row);
        expect([Math.floor(q / 7), Math.ceil(q / 7)]).toContain(here.length);
        const best = compared(scores.subarray(row * 11, (row + 1) * 11)).map((j) => row * 11 + j);
        expect(here).toEqual(best.slice(0, here.length));
      }
    }
  });
});

describe('bestBlocks', () => {
  it.each(Object.entries(kinds))('are the first of the order of %s, ascending', (_, scores) => {
    const grid = blockGrid(50, 100, [1, 1]);
    for (const scope of ['matrix', 'blockRow'] as const) {
      const all = blockOrder(scores, grid, scope);
      for (const kept of [0, 1, 2, 1777, 2500, 4999, 5000]) {
        expect(bestBlocks(scores, grid, scope, kept)).toEqual(all.slice(0, kept).sort());
      }
    }
  });
});
