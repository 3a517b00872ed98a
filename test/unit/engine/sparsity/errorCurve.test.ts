import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/engine/random';
import { blockGrid } from '../../../../src/engine/sparsity/blockGrid';
import { blockOrder } from '../../../../src/engine/sparsity/blockOrder';
import { measureBlocks } from '../../../../src/engine/sparsity/blockScores';
import {
  blocksForEnergy,
  blocksForKept,
  residuals,
} from '../../../../src/engine/sparsity/errorCurve';
import { UsageError } from '../../../../src/failures';
import type { Criterion, Scope } from '../../../../src/protocol/patterns';
import { onlyBlocks, randomWeights } from '../../../support/blockMatrices';
import { distance, norm } from '../../../support/matrices';

const matrix = randomWeights(14, 22, 8);
const grid = blockGrid(14, 22, [4, 5]);

function curve(criterion: Criterion, scope: Scope) {
  const { scores, energies } = measureBlocks(matrix, grid, criterion);
  const order = blockOrder(scores, grid, scope);
  return { order, errors: residuals(energies, order) };
}

describe('residuals', () => {
  it.each([
    ['frobenius', 'matrix'],
    ['l1', 'matrix'],
    ['max', 'blockRow'],
    ['meanSquare', 'blockRow'],
  ] as const)('are the norms of the differences, by %s over the %s', (criterion, scope) => {
    const { order, errors } = curve(criterion, scope);
    expect(errors).toHaveLength(grid.count + 1);
    for (let q = 0; q <= grid.count; q++) {
      const kept = onlyBlocks(matrix, grid, order.subarray(0, q));
      expect(Math.abs(errors[q] - distance(kept.data, matrix.data))).toBeLessThan(
        1e-13 * errors[0],
      );
    }
    expect(errors[grid.count]).toBe(0);
  });

  it('by the Frobenius norm are no larger than those of other masks with as many blocks', () => {
    const { errors } = curve('frobenius', 'matrix');
    const random = createRandom(2);
    for (let trial = 0; trial < 200; trial++) {
      const shuffled = Array.from({ length: grid.count }, (_, p) => ({ p, key: random.next() }))
        .sort((x, y) => x.key - y.key)
        .map(({ p }) => p);
      const q = 1 + (trial % (grid.count - 1));
      const other = onlyBlocks(matrix, grid, shuffled.slice(0, q));
      expect(errors[q]).toBeLessThanOrEqual(distance(other.data, matrix.data) + 1e-12);
    }
  });
});

describe('blocksForKept', () => {
  it('is the nearest whole number, halves up', () => {
    expect([0, 0.04, 0.05, 0.5, 0.95, 1].map((kept) => blocksForKept(10, kept))).toEqual([
      0, 0, 1, 5, 10, 10,
    ]);
    expect(blocksForKept(65_536, 0.1)).toBe(6554);
  });

  it.each([-0.1, 1.1, NaN])('refuses %d', (kept) => {
    expect(() => blocksForKept(10, kept)).toThrow(UsageError);
  });
});

describe('blocksForEnergy', () => {
  it('is the fewest blocks that hold the share, by a look at every count', () => {
    const { errors } = curve('frobenius', 'matrix');
    const square = norm(matrix.data) ** 2;
    for (const energy of [0.01, 0.3, 0.5, 0.9, 0.99, 0.9999]) {
      const fewest = errors.findIndex((error) => square - error ** 2 >= energy * square);
      expect(blocksForEnergy(errors, energy)).toBe(fewest);
    }
  });

  it('needs none for 0 and every block but those of zeros for 1', () => {
    const errors = residuals(Float64Array.from([9, 1e-18, 1, 0]), Uint32Array.from([0, 2, 1, 3]));
    expect(blocksForEnergy(errors, 0)).toBe(0);
    expect(blocksForEnergy(errors, 1)).toBe(3);
  });

  it('takes a share that is met exactly for met', () => {
    for (let percent = 1; percent < 100; percent++) {
      const energies = Float64Array.from([percent, 100 - percent]);
      const errors = residuals(energies, Uint32Array.from([0, 1]));
      expect(blocksForEnergy(errors, percent / 100)).toBe(1);
    }
  });

  it('needs no block of a matrix of zeros', () => {
    expect(blocksForEnergy(new Float64Array(5), 0.9)).toBe(0);
    expect(blocksForEnergy(new Float64Array(5), 1)).toBe(0);
  });
});
