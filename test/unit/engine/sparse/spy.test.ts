import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/engine/random';
import { longestModes, ranksOf, spyPicture } from '../../../../src/engine/sparse/spy';
import { randomPermutation } from '../../../../src/engine/sparse/sampling';
import type { SparseTensor } from '../../../../src/engine/sparse/sparseTensor';
import { randomSparse } from '../../../support/sparse';
import { stopAfter } from '../../../support/stopAfter';

const X = randomSparse([37, 100], 900, 1);
const cube = randomSparse([8, 30, 20], 700, 2);

/** The counts one by one, from a position for each index. */
function naive(
  data: SparseTensor,
  [row, column]: readonly [number, number],
  [rowTile, columnTile]: readonly [number, number],
  columns: number,
  cells: number,
  order: (mode: number, index: number) => number = (_, index) => index,
): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (let e = 0; e < data.values.length; e++) {
    const r = Math.floor(order(row, data.indices[row][e]) / rowTile);
    const c = Math.floor(order(column, data.indices[column][e]) / columnTile);
    counts[r * columns + c]++;
  }
  return counts;
}

describe('a picture of the nonzeros', () => {
  it.each([1, 7, 16, 37, 64, 100, 500])('counts each once, in %i cells a side', (cells) => {
    const picture = spyPicture(X, { cells });
    const counts = [...new Float32Array(picture.counts)];
    const { rows, columns, tile } = picture;
    expect(picture.modes).toEqual([0, 1]);
    expect(rows).toBeLessThanOrEqual(cells);
    expect(columns).toBeLessThanOrEqual(cells);
    expect(rows).toBe(Math.ceil(37 / tile[0]));
    expect(columns).toBe(Math.ceil(100 / tile[1]));
    expect(counts).toEqual(naive(X, [0, 1], tile, columns, rows * columns));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(X.values.length);
  });

  it('shows rows and columns where an order puts them', () => {
    const random = createRandom(4);
    const positions = [randomPermutation(37, random), randomPermutation(100, random)];
    const picture = spyPicture(X, { cells: 16, positions });
    const order = (mode: number, index: number): number => positions[mode][index];
    const { rows, columns, tile } = picture;
    expect([...new Float32Array(picture.counts)]).toEqual(
      naive(X, [0, 1], tile, columns, rows * columns, order),
    );
    const one = spyPicture(X, { cells: 16, positions: [undefined, positions[1]] });
    expect([...new Float32Array(one.counts)]).toEqual(
      naive(X, [0, 1], tile, columns, rows * columns, (mode, index) =>
        mode === 0 ? index : positions[1][index],
      ),
    );
  });

  it('leaves no gap for positions of a padded grid that nothing has', () => {
    const random = createRandom(4);
    const padded = [randomPermutation(64, random), randomPermutation(128, random)];
    const ranks = padded.map((positions, mode) => {
      const own = [...positions.subarray(0, X.dims[mode])];
      const sorted = [...own].sort((a, b) => a - b);
      return Uint32Array.from(own, (position) => sorted.indexOf(position));
    });
    padded.forEach((positions, mode) =>
      expect([...ranksOf(positions, X.dims[mode])]).toEqual([...ranks[mode]]),
    );
    expect(spyPicture(X, { cells: 16, positions: padded })).toEqual(
      spyPicture(X, { cells: 16, positions: ranks }),
    );
  });

  it('of a tensor has its two longest modes, summed over the others', () => {
    const picture = spyPicture(cube, { cells: 9 });
    expect(picture.modes).toEqual([1, 2]);
    const { rows, columns, tile } = picture;
    expect([...new Float32Array(picture.counts)]).toEqual(
      naive(cube, [1, 2], tile, columns, rows * columns),
    );
    const other = spyPicture(cube, { cells: 9, modes: [2, 0] });
    expect([...new Float32Array(other.counts)]).toEqual(
      naive(cube, [2, 0], other.tile, other.columns, other.rows * other.columns),
    );
  });

  it('of a vector is one row', () => {
    const vector = randomSparse([50], 20, 3);
    const picture = spyPicture(vector, { cells: 8 });
    expect(picture).toMatchObject({ modes: [0, 0], rows: 1, columns: 8, tile: [50, 7] });
    const counts = [...new Float32Array(picture.counts)];
    expect(counts).toEqual(
      Array.from(
        { length: 8 },
        (_, cell) => [...vector.indices[0]].filter((i) => Math.floor(i / 7) === cell).length,
      ),
    );
  });

  it('takes the first of modes of equal length, in the order they have', () => {
    expect(longestModes([5, 9, 9, 9])).toEqual([1, 2]);
    expect(longestModes([9, 1, 5])).toEqual([0, 2]);
    expect(longestModes([7, 7])).toEqual([0, 1]);
  });

  it('stops when asked to', () => {
    expect(() => spyPicture(X, { cells: 4 }, stopAfter(1))).toThrow('Cancelled');
  });
});
