import { describe, expect, it } from 'vitest';
import { modeDegrees } from '../../../../src/engine/sparse/degrees';
import { levels, orderBytes, rawBytes, relativeError } from '../../../../src/engine/sparse/sizes';

describe('sizes of sparse data', () => {
  it('are those published for email, nyc and tky', () => {
    const raw = (nnz: number) => rawBytes({ dims: [1, 1], values: new Float64Array(nnz) });
    expect([92159, 91024, 211955].map(raw)).toEqual([1474544, 1456384, 3391280]);
    expect(orderBytes([1005, 25919])).toBe(49856);
    expect(orderBytes([1083, 38333])).toBe(78156);
    expect(orderBytes([2293, 61858])).toBe(127156);
    expect(rawBytes({ dims: [1, 1, 1], values: new Float64Array(2) })).toBe(40);
  });

  it('count the bits of an index', () => {
    const sizes = [1, 2, 3, 4, 5, 1024, 1025, 2 ** 31, 2 ** 32];
    expect(sizes.map(levels)).toEqual([0, 1, 2, 2, 3, 10, 11, 31, 32]);
    expect(orderBytes([1])).toBe(0);
  });

  it('give a relative error, 0 for what rounding left below it', () => {
    expect(relativeError(1, 4)).toBe(0.5);
    expect(relativeError(-1e-18, 4)).toBe(0);
    expect(relativeError(0, 0)).toBe(0);
    expect(relativeError(1, 0)).toBe(Infinity);
  });
});

describe('degrees of a mode', () => {
  /** By counting, index by index. */
  function plain(indices: Uint32Array, size: number) {
    const counts = new Array<number>(size).fill(0);
    indices.forEach((index) => counts[index]++);
    const sorted = counts.toSorted((a, b) => a - b);
    const middle = [sorted[Math.floor((size - 1) / 2)], sorted[Math.floor(size / 2)]];
    return {
      size,
      empty: counts.filter((count) => count === 0).length,
      degrees: {
        min: sorted[0],
        median: (middle[0] + middle[1]) / 2,
        mean: indices.length / size,
        max: sorted[size - 1],
      },
    };
  }

  it.each([
    ['some empty', [3, 1, 3, 3, 0, 1], 6],
    ['none empty, an even number', [0, 1, 2, 3, 3, 3, 1], 4],
    ['none at all', [], 5],
    ['one index', [0, 0], 1],
  ])('are counted: %s', (_, indices, size) => {
    const keys = Uint32Array.from(indices);
    expect(modeDegrees(keys, size)).toEqual(plain(keys, size));
    expect([...keys]).toEqual(indices);
  });

  it('cost no memory for indices that are empty', () => {
    expect(modeDegrees(Uint32Array.of(2 ** 32 - 1, 7, 7), 2 ** 32)).toEqual({
      size: 2 ** 32,
      empty: 2 ** 32 - 2,
      degrees: { min: 0, median: 0, mean: 3 / 2 ** 32, max: 2 },
    });
  });
});
