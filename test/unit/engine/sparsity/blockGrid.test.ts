import { describe, expect, it } from 'vitest';
import { blockElements, blockGrid } from '../../../../src/engine/sparsity/blockGrid';
import { UsageError } from '../../../../src/failures';

describe('blockGrid', () => {
  it('counts the blocks of a matrix that they divide', () => {
    const grid = blockGrid(8, 12, [2, 3]);
    expect(grid).toMatchObject({ gridRows: 4, gridColumns: 4, count: 16, padding: [0, 0] });
    expect(blockElements(grid)).toBe(6);
  });

  it('lets the last row and column of blocks reach beyond the edge, and says how far', () => {
    expect(blockGrid(10, 7, [4, 3])).toMatchObject({
      gridRows: 3,
      gridColumns: 3,
      count: 9,
      padding: [2, 2],
    });
  });

  it('takes single entries and the whole matrix for blocks', () => {
    expect(blockGrid(5, 3, [1, 1]).count).toBe(15);
    expect(blockGrid(5, 3, [5, 3]).count).toBe(1);
  });

  it.each([
    [0, 2],
    [2, -1],
    [1.5, 2],
    [9, 2],
    [2, 13],
    [NaN, 2],
  ])('refuses blocks of %d x %d on an 8 x 12 matrix', (height, width) => {
    expect(() => blockGrid(8, 12, [height, width])).toThrow(UsageError);
    expect(() => blockGrid(8, 12, [height, width])).toThrow('8 x 12');
  });
});
