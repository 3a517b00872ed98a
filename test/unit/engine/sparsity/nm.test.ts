import { describe, expect, it } from 'vitest';
import { unpackBits } from '../../../../src/engine/sparsity/bitmap';
import { nmBytes, nmKept, nmMask, nmResiduals } from '../../../../src/engine/sparsity/nm';
import { UnsupportedError, UsageError } from '../../../../src/failures';
import { randomWeights } from '../../../support/blockMatrices';
import { distance } from '../../../support/matrices';

const cases = [
  [6, 16, 4],
  [5, 24, 8],
  [3, 14, 4],
  [4, 9, 2],
  [2, 40, 16],
  [3, 3, 8],
  [4, 5, 1],
] as const;

/** Of every group the n largest magnitudes, by sorting. */
function kept(data: ArrayLike<number>, [rows, columns, m]: readonly number[], n: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j += m) {
      const group = Array.from({ length: Math.min(m, columns - j) }, (_, k) => i * columns + j + k);
      group.sort((x, y) => Math.abs(data[y]) - Math.abs(data[x]) || x - y);
      result.push(...group.slice(0, n));
    }
  }
  return result.sort((x, y) => x - y);
}

describe.each(cases)('N:M on a %d x %d matrix with M = %d', (rows, columns, m) => {
  const matrix = randomWeights(rows, columns, 6, 'single');
  const size = [rows, columns, m];

  it('keeps the largest of every group, for every N', () => {
    for (let n = 0; n <= m; n++) {
      const mask = nmMask(matrix, n, m);
      const expected = kept(matrix.data, size, n);
      expect(Array.from(unpackBits(mask, rows * columns))).toEqual(expected);
      expect(nmKept(rows, columns, n, m)).toBe(expected.length);
    }
  });

  it('loses the norm of what is dropped, for every N', () => {
    const residuals = nmResiduals(matrix, m);
    expect(residuals).toHaveLength(m + 1);
    for (let n = 0; n <= m; n++) {
      const places = new Set(kept(matrix.data, size, n));
      const pruned = matrix.data.map((value, at) => (places.has(at) ? value : 0));
      expect(Math.abs(residuals[n] - distance(pruned, matrix.data))).toBeLessThan(1e-12);
    }
  });
});

describe('nmMask', () => {
  it('gives ties to the lower column', () => {
    const matrix = { rows: 1, columns: 8, data: Float64Array.of(1, -1, 1, 1, 0, 2, -2, 2) };
    expect(Array.from(nmMask(matrix, 2, 4))).toEqual([0b11000110]);
  });

  it.each([
    [3, 2],
    [-1, 4],
    [1.5, 4],
    [0, 0],
  ])('refuses %d:%d', (n, m) => {
    expect(() => nmMask(randomWeights(2, 4), n, m)).toThrow(UsageError);
  });
});

describe('nmResiduals', () => {
  it('refuses values that are not finite', () => {
    const matrix = { rows: 1, columns: 4, data: Float32Array.of(1, NaN, 3, 4) };
    expect(() => nmResiduals(matrix, 4)).toThrow(UnsupportedError);
  });
});

describe('nmBytes', () => {
  it('counts values and positions in whole bytes', () => {
    // 2:4 of 4 x 8 in f16: 16 values, as many positions of 2 bits.
    expect(nmBytes(4, 8, 2, 4, 2)).toBe(16 * 2 + 4);
    // 3:8 of 1 x 8 in f32: three positions of 3 bits take two bytes.
    expect(nmBytes(1, 8, 3, 8, 4)).toBe(3 * 4 + 2);
    // A last group of two keeps no more than two.
    expect(nmBytes(1, 10, 3, 4, 4)).toBe(8 * 4 + 2);
    expect(nmBytes(3, 8, 0, 4, 4)).toBe(0);
  });
});
