import type { Job } from '../../job';
import type { Matrix } from '../../linalg/matrix';
import type { Approximation } from './approximation';
import { columnGram, fibreEntry, fibreError, fibreFiller, type FibreModel } from './fibres';

/** X~[i_1, ..., i_d] = sum over r of the product of A_k[i_k, r]: CP, and the SVD as its case of two modes. */
export function productSum(
  places: Approximation['places'],
  factors: readonly Matrix[],
  parameters: number,
): Approximation {
  const R = factors[0].columns;
  const model: FibreModel = {
    places,
    sizes: factors.map(({ rows }) => rows),
    last: factors[factors.length - 1],
    coefficients(digits, target, at) {
      target.fill(1, at, at + R);
      for (let mode = 0; mode < digits.length; mode++) {
        const { data } = factors[mode];
        const from = digits[mode] * R;
        for (let r = 0; r < R; r++) {
          target[at + r] *= data[from + r];
        }
      }
    },
    square: (job) => squareOf(factors, job),
  };
  return {
    parameters,
    hasOrders: true,
    places,
    width: 'tile',
    entry: (index) => fibreEntry(model, index),
    fill: fibreFiller(model),
    squaredError: (X, job) => fibreError(model, X, job),
  };
}

/** The sum of all elements of the product of the factors' Gram matrices. */
function squareOf(factors: readonly Matrix[], job: Job): number {
  const product = columnGram(factors[0], job).data;
  for (const factor of factors.slice(1)) {
    const { data } = columnGram(factor, job);
    for (let at = 0; at < product.length; at++) {
      product[at] *= data[at];
    }
  }
  return product.reduce((sum, value) => sum + value, 0);
}
