import { describe, expect, it } from 'vitest';
import { OutOfMemoryError } from '../../../../src/failures';
import { fitAccams } from '../../../../src/engine/sparse/accams';
import { fitBaccams } from '../../../../src/engine/sparse/baccams';
import { fitCmd } from '../../../../src/engine/sparse/cmd';
import { fitCur } from '../../../../src/engine/sparse/cur';
import { fitKronFit } from '../../../../src/engine/sparse/kronFit';
import { occupied, placeOf } from '../../../../src/engine/sparse/occupied';
import { sparseTensor } from '../../../../src/engine/sparse/sparseTensor';

const X = sparseTensor(
  [3, 2 ** 31],
  [Uint32Array.of(0, 1, 2), Uint32Array.of(2 ** 31 - 1, 7, 7)],
  Float64Array.of(2, 3, -4),
);

describe('2^31 columns, of which two have entries', () => {
  it('are no burden to CUR and CMD', async () => {
    for (const model of [
      await fitCur(X, { columns: 8, rows: 3, rank: 2, seed: 1 }),
      await fitCmd(X, { columns: 8, rows: 3, seed: 1 }),
    ]) {
      expect(Number.isFinite(model.squaredError)).toBe(true);
      expect(model.entry([1, 2 ** 31 - 2])).toBe(0);
    }
  });

  it.each([
    ['ACCAMS', () => fitAccams(X, { stencils: 1, clusters: 2 })],
    ['bACCAMS', () => fitBaccams(X, { stencils: 1, clusters: 2 })],
    ['KronFit', () => fitKronFit(X)],
  ])('are refused in words by %s, which labels or places every one', async (_, fit) => {
    await expect(fit()).rejects.toThrow(OutOfMemoryError);
    await expect(fit()).rejects.toThrow(/empty rows and columns/);
  });

  it('are numbered by those that have entries, and found again', () => {
    const { tensor, places } = occupied(X);
    expect(tensor.dims).toEqual([3, 2]);
    expect(Array.from(tensor.indices[1])).toEqual([1, 0, 0]);
    expect(places[0]).toBeUndefined();
    const found = [7, 8, 2 ** 31 - 1, 0].map((column) => placeOf(places[1], column));
    expect(found).toEqual([0, -1, 1, -1]);
  });
});
