import { describe, expect, it } from 'vitest';
import type { PatternCurve } from '../../../../src/protocol/patterns';
import {
  atEqualBytes,
  curveError,
  equalBytesWords,
  kroneckerWords,
} from '../../../../webview/patterns/advice';

function curve(size: number, grid: number, errors: readonly number[]): PatternCurve {
  return {
    block: [size, size],
    grid: [grid, grid],
    padding: [0, 0],
    costs: {
      valueBytes: 4,
      denseBytes: 4096,
      bsrFixedBytes: 4 * (grid + 1),
      bsrBlockBytes: 4 + 4 * size * size,
      denseMacs: 1024,
      blockMacs: size * size,
    },
    kept: errors.map((_, index) => index / (errors.length - 1)),
    errors,
  };
}

describe('the error of a curve', () => {
  const line = curve(4, 8, [1, 0.5, 0]);

  it('lies between its points', () => {
    expect(curveError(line, 0.5)).toBe(0.5);
    expect(curveError(line, 0.75)).toBeCloseTo(0.25, 12);
    expect(curveError(line, 0)).toBe(1);
    expect(curveError(line, 1)).toBe(0);
  });
});

describe('block sizes at equal bytes', () => {
  // 32 x 32: 64 blocks of 68 bytes behind 36, or 16 of 260 behind 20.
  const fine = curve(4, 8, [1, 0.4, 0]);
  const coarse = curve(8, 4, [1, 0.7, 0]);

  it('are compared at the blocks that fit, best first', () => {
    const bytes = 36 + 32 * 68;
    const answers = atEqualBytes([coarse, fine], bytes);
    expect(answers.map(({ block }) => block[0])).toEqual([4, 8]);
    expect(answers[0]).toMatchObject({ kept: 0.5, relativeError: 0.4 });
    expect(answers[1]?.kept).toBe(Math.floor((bytes - 20) / 260) / 16);
  });

  it('leave out sizes of which not even the pointers fit', () => {
    expect(atEqualBytes([fine, coarse], 30).map(({ block }) => block[0])).toEqual([8]);
  });

  it('are said in words, whichever is better', () => {
    const bytes = 36 + 32 * 68;
    expect(equalBytesWords([fine, coarse], bytes, [8, 8])).toBe(
      'In 2.16 KB, what BSR takes now, blocks of 4 × 4 lose least: relative error 40.0 % ' +
        'with 50.0 % of them, beside 70.0 % for 8 × 8.',
    );
    expect(equalBytesWords([fine, coarse], bytes, [4, 4])).toBe(
      'In 2.16 KB, what BSR takes now, no other of these block sizes loses less than 4 × 4 ' +
        '(relative error 40.0 %; the next is 8 × 8 with 70.0 %).',
    );
  });

  it('say nothing before there is anything to compare', () => {
    expect(equalBytesWords([fine], 2000, [4, 4])).toBe('');
    expect(equalBytesWords([], 2000, [4, 4])).toBe('');
  });
});

describe('the block of a Kronecker sum', () => {
  it('is said with its parameters and how many are as good', () => {
    const best = { rank: 1, block: [10, 14], grid: [1, 56], parameters: 252, ties: 1 } as const;
    const matrix = { scheme: 'matrix', rows: 10, columns: 784 } as const;
    expect(kroneckerWords(best, matrix)).toBe(
      '1 term: blocks of 10 × 14 need the fewest parameters, 252 of 7\u202f840 (3.2 %).',
    );
    expect(kroneckerWords({ ...best, rank: 2, ties: 4 }, matrix)).toContain(
      '; 3 other sizes as few.',
    );
  });
});
