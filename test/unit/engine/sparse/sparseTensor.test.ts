import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/failures';
import { createRandom } from '../../../../src/engine/random';
import { rowMajorOrder } from '../../../../src/engine/sparse/coordinateOrder';
import {
  assembleSparse,
  compressedRows,
  fromDense,
  permutedModes,
  sparseTensor,
  squaredNorm,
  toDense,
  transposed,
  type SparseTensor,
} from '../../../../src/engine/sparse/sparseTensor';
import { stopAfter } from '../../../support/stopAfter';

/** Entries in random order, every third one twice, some of them 0. */
function randomEntries(dims: readonly number[], count: number, seed: number) {
  const random = createRandom(seed);
  const indices = dims.map(() => new Uint32Array(count));
  const values = new Float64Array(count);
  for (let e = 0; e < count; e++) {
    const from = e % 3 === 2 ? e - 1 : e;
    indices.forEach((keys, mode) => {
      keys[e] = from < e ? keys[from] : Math.floor(random.next() * dims[mode]);
    });
    values[e] = e % 7 === 0 ? 0 : random.normal();
  }
  return { indices, values };
}

/** Element by element, without any order. */
function plainDense(
  dims: readonly number[],
  indices: readonly Uint32Array[],
  values: Float64Array,
): Float64Array {
  const data = new Float64Array(dims.reduce((product, size) => product * size, 1));
  values.forEach((value, e) => {
    data[dims.reduce((at, size, mode) => at * size + indices[mode][e], 0)] += value;
  });
  return data;
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(a[i] - b[i]));
  }
  return most;
}

function requireSorted({ dims, indices, values }: SparseTensor): void {
  const places = Array.from(values, (_, e) =>
    dims.reduce((at, size, mode) => at * size + indices[mode][e], 0),
  );
  expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  expect(values.some((value) => value === 0)).toBe(false);
}

describe('sparse tensors', () => {
  it.each([
    ['a vector', [300]],
    ['a matrix', [17, 40]],
    ['a wide matrix whose indices take three digits', [2, 5_000_000]],
    ['an order-4 tensor', [5, 1, 7, 6]],
  ])('hold the sums of what was given, sorted and without zeros: %s', (_, dims) => {
    const { indices, values } = randomEntries(dims, 500, 1);
    const expected = plainDense(dims, indices, values);
    const { tensor, duplicates, zeros } = assembleSparse(dims, indices, values);
    requireSorted(tensor);
    expect(farthest(toDense(tensor).data, expected)).toBeLessThan(1e-12);
    expect(tensor.values.length + duplicates + zeros).toBe(500);
    expect(duplicates).toBeGreaterThan(100);
    expect(zeros).toBeGreaterThan(0);
    const norm = expected.reduce((sum, value) => sum + value ** 2, 0);
    expect(squaredNorm(tensor)).toBeCloseTo(norm, 9);
  });

  it('keep the very arrays when nothing is to be done, and never change those given', () => {
    const indices = [Uint32Array.of(0, 0, 2), Uint32Array.of(1, 3, 0)];
    const values = Float64Array.of(1, 2, 3);
    const sorted = sparseTensor([3, 4], indices, values);
    expect(sorted.values).toBe(values);
    expect(sorted.indices).toBe(indices);
    const again = [Uint32Array.of(2, 0, 0), Uint32Array.of(0, 3, 3)];
    const weights = Float64Array.of(3, 2, -2);
    const { tensor, duplicates, zeros } = assembleSparse([3, 4], again, weights);
    expect([duplicates, zeros, [...tensor.values]]).toEqual([1, 1, [3]]);
    expect([...again[0], ...weights]).toEqual([2, 0, 0, 3, 2, -2]);
  });

  it('take indices up to 2^32 - 1 and no size beyond 2^32', () => {
    const large = 2 ** 32;
    const indices = [Uint32Array.of(1, 0, 1), Uint32Array.of(large - 1, 2 ** 31, 0)];
    const X = sparseTensor([2, large], indices, Float64Array.of(1, 2, 3));
    expect([...X.values]).toEqual([2, 3, 1]);
    expect([...X.indices[1]]).toEqual([2 ** 31, 0, large - 1]);
    expect(() => sparseTensor([2, large + 1], indices, Float64Array.of(1, 2, 3))).toThrow(
      'each size is a whole number from 1 to 4294967296',
    );
  });

  it.each([
    ['no modes', [], [], [], 'at least one mode'],
    ['a size of 0', [2, 0], [[], []], [], 'impossible'],
    ['half a size', [2, 1.5], [[], []], [], 'impossible'],
    ['too few indices', [2, 2], [[0, 1], [0]], [1, 1], 'as many arrays of indices'],
    ['a mode too few', [2, 2], [[0, 1]], [1, 1], 'as many arrays of indices'],
    [
      'an index at the size',
      [2, 2],
      [
        [0, 1],
        [0, 2],
      ],
      [1, 1],
      'Entry 2 has the index 2 in mode 2',
    ],
    ['NaN', [2], [[0, 1]], [1, NaN], 'Entry 2 is NaN'],
    ['infinity', [2], [[0]], [-Infinity], 'Entry 1 is -Infinity'],
    ['a sum that overflows', [2], [[1, 1]], [1e308, 1e308], 'add up to Infinity'],
  ])('refuse %s', (_, dims, indices, values, message) => {
    const make = () =>
      sparseTensor(
        dims,
        indices.map((keys) => Uint32Array.from(keys)),
        Float64Array.from(values),
      );
    expect(make).toThrow(UsageError);
    expect(make).toThrow(message);
  });

  it('are empty without entries', () => {
    const X = sparseTensor([3, 4], [new Uint32Array(), new Uint32Array()], new Float64Array());
    expect([squaredNorm(X), ...toDense(X).data]).toEqual(new Array(13).fill(0));
    expect([...compressedRows(X).pointers]).toEqual([0, 0, 0, 0]);
    expect(transposed(X).dims).toEqual([4, 3]);
  });

  it('can be stopped while they are made', () => {
    const { indices, values } = randomEntries([9, 9], 100, 2);
    expect(() => sparseTensor([9, 9], indices, values, stopAfter(1))).toThrow('Cancelled');
  });
});

describe('the row-major order', () => {
  it('keeps equal coordinates as they come', () => {
    const keys = Uint32Array.of(5, 1, 5, 1, 5);
    expect([...(rowMajorOrder([keys]) ?? [])]).toEqual([1, 3, 0, 2, 4]);
  });

  it('is not made where it is there already', () => {
    expect(rowMajorOrder([Uint32Array.of(0, 0, 1), Uint32Array.of(2, 2, 0)])).toBeUndefined();
    expect(rowMajorOrder([new Uint32Array()])).toBeUndefined();
  });

  it('sorts by all 32 bits', () => {
    const random = createRandom(3);
    const keys = Uint32Array.from({ length: 5000 }, () => Math.floor(random.next() * 2 ** 32));
    const order = rowMajorOrder([keys]) ?? new Uint32Array();
    expect(Uint32Array.from(order, (e) => keys[e])).toEqual(keys.slice().sort());
  });
});

describe('other forms of a sparse tensor', () => {
  const dims = [6, 5, 4];
  const { indices, values } = randomEntries(dims, 60, 4);
  const X = sparseTensor(dims, indices, values);

  it('are the same elements with the modes in another order', () => {
    const Y = permutedModes(X, [2, 0, 1]);
    requireSorted(Y);
    const [dense, moved] = [toDense(X).data, toDense(Y).data];
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 5; j++) {
        for (let k = 0; k < 4; k++) {
          expect(moved[(k * 6 + i) * 5 + j]).toBe(dense[(i * 5 + j) * 4 + k]);
        }
      }
    }
    expect(permutedModes(Y, [1, 2, 0])).toEqual(X);
    expect(() => permutedModes(X, [0, 1])).toThrow(UsageError);
    expect(() => permutedModes(X, [0, 1, 1])).toThrow(UsageError);
    expect(() => permutedModes(X, [0, 1, 3])).toThrow('(0, 1, 3) is not an order');
  });

  it('are compressed rows that multiply as the matrix does', () => {
    const { indices: keys, values: weights } = randomEntries([30, 20], 200, 5);
    const M = sparseTensor([30, 20], keys, weights);
    const dense = toDense(M).data;
    const vector = Float64Array.from({ length: 20 }, (_, j) => Math.cos(j));
    const { pointers, columns, values: stored } = compressedRows(M);
    const product = Array.from({ length: 30 }, (_, i) => {
      let sum = 0;
      for (let e = pointers[i]; e < pointers[i + 1]; e++) {
        sum += stored[e] * vector[columns[e]];
      }
      return sum;
    });
    const plain = product.map((_, i) =>
      vector.reduce((sum, v, j) => sum + v * dense[i * 20 + j], 0),
    );
    expect(farthest(product, plain)).toBeLessThan(1e-12);
    expect(compressedRows(transposed(M)).pointers.length).toBe(21);
    expect(() => compressedRows(X)).toThrow('A matrix is needed, not a tensor of 6 × 5 × 4');
    expect(() => transposed(X)).toThrow(UsageError);
  });

  it('are dense and back', () => {
    expect(fromDense(toDense(X))).toEqual(X);
    expect(fromDense({ shape: [2, 2], data: Float32Array.of(0, 0.5, -0, 0) })).toEqual({
      dims: [2, 2],
      indices: [Uint32Array.of(0), Uint32Array.of(1)],
      values: Float64Array.of(0.5),
    });
    expect(() => fromDense({ shape: [2], data: Float64Array.of(0, NaN) })).toThrow(
      'Element 2 is NaN',
    );
    expect(() => fromDense({ shape: [], data: Float64Array.of(1) })).toThrow(UsageError);
    expect(() => toDense({ ...X, dims: [2 ** 20, 2 ** 20, 4] })).toThrow('too many to write out');
  });
});
