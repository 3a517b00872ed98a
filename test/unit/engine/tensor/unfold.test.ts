import { describe, expect, it } from 'vitest';
import { asMatrix, fold, modeProduct, permute, unfold } from '../../../../src/engine/tensor/unfold';
import { elementCount } from '../../../../src/engine/tensor/tensor';
import { distance, plainProduct, plainTranspose, randomMatrix } from '../../../support/matrices';

const shapes = [[7], [3, 4], [2, 3, 4], [3, 1, 2, 5], [2, 3, 1, 2, 3]];

function counting(shape: readonly number[]) {
  return { shape, data: Float64Array.from({ length: elementCount(shape) }, (_, i) => i + 1) };
}

/** Element `index` of a row-major tensor. */
function at(
  tensor: { shape: readonly number[]; data: ArrayLike<number> },
  index: number[],
): number {
  return tensor.data[index.reduce((offset, i, axis) => offset * tensor.shape[axis] + i, 0)];
}

function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

describe('permute', () => {
  it.each([
    [
      [2, 3],
      [1, 0],
    ],
    [
      [2, 3, 4],
      [2, 0, 1],
    ],
    [
      [3, 1, 2, 5],
      [1, 2, 3, 0],
    ],
    [
      [2, 3, 1, 2, 3],
      [4, 2, 0, 3, 1],
    ],
  ])('moves the axes of %j by %j', (shape, axes) => {
    const tensor = counting(shape);
    const result = permute(tensor, axes);
    expect(result.shape).toEqual(axes.map((axis) => shape[axis]));
    for (const index of indices(shape)) {
      expect(
        at(
          result,
          axes.map((axis) => index[axis]),
        ),
      ).toBe(at(tensor, index));
    }
  });

  it('takes scalars, empty tensors and f32 data', () => {
    expect(Array.from(permute({ shape: [], data: Float64Array.of(4) }, []).data)).toEqual([4]);
    expect(permute({ shape: [0, 3], data: new Float64Array(0) }, [1, 0]).shape).toEqual([3, 0]);
    const single = permute({ shape: [1, 2], data: Float32Array.of(1, 2) }, [1, 0]);
    expect(single.data).toEqual(Float64Array.of(1, 2));
  });
});

describe('unfold', () => {
  it('puts the mode in front and lets the last of the other axes vary fastest', () => {
    const tensor = counting([2, 3, 4]);
    const unfolded = unfold(tensor, 1);
    expect([unfolded.rows, unfolded.columns]).toEqual([3, 8]);
    for (const [i, j, k] of indices([2, 3, 4])) {
      expect(unfolded.data[j * 8 + i * 4 + k]).toBe(at(tensor, [i, j, k]));
    }
  });

  it.each(shapes)('is undone by fold at every mode, for shape %j', (...shape) => {
    const sizes = shape.flat();
    const tensor = counting(sizes);
    sizes.forEach((_, mode) => {
      expect(fold(unfold(tensor, mode), mode, sizes)).toEqual(tensor);
    });
  });
});

describe('modeProduct', () => {
  it.each([0, 1, 2, 3])('multiplies the unfolding at mode %i', async (mode) => {
    const tensor = counting([3, 4, 2, 5]);
    const M = randomMatrix(6, tensor.shape[mode]);
    const expected = plainProduct(M, unfold(tensor, mode));
    const product = await modeProduct(tensor, M, mode);
    expect(product.shape[mode]).toBe(6);
    expect(distance(unfold(product, mode).data, expected.data)).toBeLessThan(1e-11);
    const transposed = await modeProduct(tensor, plainTranspose(M), mode, true);
    expect(distance(transposed.data, product.data)).toBeLessThan(1e-11);
  });
});

describe('asMatrix', () => {
  it('refuses sizes that do not hold the elements', () => {
    expect(() => asMatrix(counting([2, 3]), 4, 2)).toThrow(/do not fill/);
  });
});
