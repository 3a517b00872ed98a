import { describe, expect, it } from 'vitest';
import { matricisations } from '../../../../src/engine/ranks/matricisation';
import type { PatternInfo } from '../../../../src/protocol/patterns';
import { axesOf } from '../../../../webview/patterns/numpyMask';
import { blockProblem, curveBlocks, suitablePattern } from '../../../../webview/patterns/pattern';

function infoOf(rows: number, columns: number, blocks: readonly [number, number][]): PatternInfo {
  return {
    tensor: 'w',
    shape: [rows, columns],
    dtype: 'float32',
    matrices: [
      {
        scheme: 'matrix',
        rows,
        columns,
        blocks: blocks.map((block) => {
          const grid = [Math.ceil(rows / block[0]), Math.ceil(columns / block[1])] as const;
          return {
            block,
            grid,
            padding: [grid[0] * block[0] - rows, grid[1] * block[1] - columns] as const,
          };
        }),
        best: [],
        nm: [2, 4].filter((m) => columns % m === 0),
      },
    ],
  };
}

describe('the pattern of a tensor', () => {
  const info = infoOf(64, 48, [
    [4, 4],
    [16, 16],
    [32, 32],
    [1, 4],
  ]);

  it('begins with blocks of 16 x 16 where they fit', () => {
    expect(suitablePattern(info, undefined)).toEqual({
      kind: 'block',
      scheme: 'matrix',
      block: [16, 16],
      criterion: 'frobenius',
      scope: 'matrix',
    });
    const odd = infoOf(65, 48, [
      [5, 4],
      [16, 16],
    ]);
    expect(suitablePattern(odd, undefined)).toMatchObject({ block: [5, 4] });
  });

  it('keeps what was chosen for another tensor as far as it suits', () => {
    const wanted = {
      kind: 'block',
      scheme: 'spatial',
      block: [8, 12],
      criterion: 'l1',
      scope: 'blockRow',
    } as const;
    expect(suitablePattern(info, wanted)).toEqual({ ...wanted, scheme: 'matrix' });
    expect(suitablePattern(info, { ...wanted, block: [65, 4] })).toMatchObject({
      block: [16, 16],
      criterion: 'l1',
    });
  });

  it('offers N:M only where M divides the columns', () => {
    const wanted = { kind: 'nm', scheme: 'matrix', m: 8 } as const;
    expect(suitablePattern(info, wanted)).toEqual({ ...wanted, m: 4 });
    expect(suitablePattern(infoOf(64, 7, [[4, 4]]), wanted)).toMatchObject({ kind: 'block' });
  });

  it('says what is wrong with a block size', () => {
    const matrix = { rows: 64, columns: 48 };
    expect(blockProblem(matrix, [3, 5])).toBeUndefined();
    expect(blockProblem(matrix, [NaN, 5])).toContain('whole numbers');
    expect(blockProblem(matrix, [0, 5])).toContain('whole numbers');
    expect(blockProblem(matrix, [64, 49])).toContain('at most 64 rows and 48 columns');
    expect(blockProblem({ rows: 4096, columns: 4096 }, [1, 1])).toContain('larger block');
  });

  it('compares squares first, and always the chosen size', () => {
    expect(curveBlocks(info.matrices[0], [7, 9])).toEqual([
      [1, 4],
      [4, 4],
      [7, 9],
      [16, 16],
      [32, 32],
    ]);
  });
});

describe('the axes of a matrix', () => {
  it.each([
    [64, 32],
    [64, 32, 3, 3],
    [64, 32, 5],
    [8, 4, 3, 3, 2],
  ])('are those of the engine for %d x %d and kernels', (...shape) => {
    for (const { scheme, axes } of matricisations(shape)) {
      expect(axesOf(scheme, shape.length)).toEqual(axes);
    }
  });
});
