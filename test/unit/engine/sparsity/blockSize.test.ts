import { describe, expect, it } from 'vitest';
import { bestKroneckerBlock, blockOffers } from '../../../../src/engine/sparsity/blockSize';
import { UsageError } from '../../../../src/failures';

describe('bestKroneckerBlock', () => {
  it.each([
    [8, 256, 1, 128, [8, 8]],
    [10, 784, 1, 252, [10, 14]],
    [10, 784, 2, 434, [2, 56]],
    [120, 256, 1, 496, undefined],
    [84, 120, 1, 284, undefined],
    [10, 84, 1, 82, undefined],
    [4096, 4096, 1, 12_288, [64, 64]],
  ] as const)('of %d x %d at rank %d has %d parameters', (m, n, rank, parameters, block) => {
    const best = bestKroneckerBlock(m, n, rank);
    expect(best.parameters).toBe(parameters);
    if (block) {
      expect(best.block).toEqual(block);
    }
  });

  it('tells that four blocks of 8 x 256 have as few parameters', () => {
    expect(bestKroneckerBlock(8, 256, 1).ties).toBe(4);
  });

  it('has the fewest of all blocks that divide the matrix, its own parameters told right', () => {
    for (const [m, n] of [
      [12, 18],
      [7, 30],
      [64, 48],
      [1, 12],
    ]) {
      for (const rank of [1, 2, 4]) {
        let fewest = Infinity;
        let ties = 0;
        for (let m2 = 1; m2 <= m; m2++) {
          for (let n2 = 1; n2 <= n; n2++) {
            if (m % m2 === 0 && n % n2 === 0) {
              const size = ((m * n) / (m2 * n2)) * (1 + rank) + rank * m2 * n2;
              ties = size < fewest ? 1 : ties + Number(size === fewest);
              fewest = Math.min(fewest, size);
            }
          }
        }
        const best = bestKroneckerBlock(m, n, rank);
        const [[m2, n2], [m1, n1]] = [best.block, best.grid];
        expect([m1 * m2, n1 * n2]).toEqual([m, n]);
        expect(m1 * n1 * (1 + rank) + rank * m2 * n2).toBe(fewest);
        expect(best).toMatchObject({ rank, parameters: fewest, ties });
      }
    }
  });

  it('has only rows, columns, entries or all of a matrix of prime sizes', () => {
    const { block } = bestKroneckerBlock(7, 11, 1);
    expect([1, 7]).toContain(block[0]);
    expect([1, 11]).toContain(block[1]);
  });

  it.each([0, 1.5, NaN])('refuses the rank %d', (rank) => {
    expect(() => bestKroneckerBlock(8, 8, rank)).toThrow(UsageError);
  });
});

describe('blockOffers', () => {
  const names = (rows: number, columns: number, spatial?: number) =>
    blockOffers(rows, columns, spatial).map(({ block }) => block.join('x'));

  it('has the squares of powers of two and short vectors for a large matrix', () => {
    const offered = names(4096, 4096);
    for (const block of [
      '2x2',
      '4x4',
      '8x8',
      '16x16',
      '32x32',
      '64x64',
      '1x4',
      '4x1',
      '1x8',
      '8x1',
    ]) {
      expect(offered).toContain(block);
    }
  });

  it('has whole input channels for a convolution with 3 x 3 kernels', () => {
    const offered = blockOffers(64, 576, 9);
    expect(offered.map(({ block }) => block.join('x'))).toContain('1x9');
    expect(offered.filter(({ block }) => block[1] % 9 === 0).length).toBeGreaterThan(2);
  });

  it('has divisors where powers of two do not divide', () => {
    const offered = blockOffers(300, 75);
    expect(offered.map(({ block }) => block.join('x'))).toContain('4x5');
    expect(offered.find(({ block }) => block.join('x') === '4x4')?.padding).toEqual([0, 1]);
  });

  it.each([
    [4096, 4096, 1],
    [64, 576, 9],
    [16, 27, 9],
    [300, 75, 1],
    [7, 11, 1],
    [2, 3, 1],
    [1, 5, 1],
    [1, 1, 1],
    [1000, 2048, 1],
    [3, 147, 49],
  ])(
    'of %d x %d (%d per channel) are few, by area, different, and no larger than it',
    (m, n, hw) => {
      const offers = blockOffers(m, n, hw);
      expect(offers.length).toBeGreaterThan(0);
      expect(offers.length).toBeLessThanOrEqual(16);
      expect(new Set(offers.map(({ block }) => block.join('x'))).size).toBe(offers.length);
      const areas = offers.map(({ block }) => block[0] * block[1]);
      expect(areas).toEqual([...areas].sort((x, y) => x - y));
      for (const { block, grid, padding } of offers) {
        expect(block[0]).toBeLessThanOrEqual(m);
        expect(block[1]).toBeLessThanOrEqual(n);
        expect(grid.map((size, axis) => size * block[axis] - padding[axis])).toEqual([m, n]);
        expect(padding[0]).toBeLessThan(block[0]);
        expect(padding[1]).toBeLessThan(block[1]);
      }
    },
  );
});
