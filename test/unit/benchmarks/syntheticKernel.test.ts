import { describe, expect, it } from 'vitest';
import { syntheticKernel } from '../../../src/benchmarks/syntheticKernel';
import { factorise, selectForKept } from '../../../src/engine/decompositions';
import { frobeniusNorm } from '../../../src/engine/errors';
import { createMatrix } from '../../../src/engine/linalg/matrix';
import { svd } from '../../../src/engine/linalg/svd';
import { toFloat64, unfold } from '../../../src/engine/tensor/unfold';

const shape = [64, 64, 3, 3];

describe('syntheticKernel', () => {
  it('is the same for the same seed, and another for another', () => {
    const { data } = syntheticKernel(shape, 1);
    expect(data).toBeInstanceOf(Float32Array);
    expect(data).toEqual(syntheticKernel(shape, 1).data);
    expect(data).not.toEqual(syntheticKernel(shape, 2).data);
  });

  it('has the mean square of a fresh convolution', () => {
    const { data } = syntheticKernel([20, 30, 3, 3], 1);
    expect(frobeniusNorm(data) ** 2 / data.length).toBeCloseTo(2 / 270, 8);
  });

  it.each([0, 1])('has a spectrum that decays like a power in channel mode %i', async (mode) => {
    const kernel = syntheticKernel(shape, 3);
    const matrix = unfold({ shape, data: toFloat64(kernel) }, mode);
    const { s } = await svd(createMatrix(matrix.rows, matrix.columns, matrix.data));
    expect(s[0] / s[31]).toBeGreaterThan(2);
    expect(s[0] / s[63]).toBeLessThan(10);
  });

  it('spreads the large values over all channels', () => {
    const { data } = syntheticKernel(shape, 3);
    const perChannel = Array.from({ length: 64 }, (_, t) =>
      frobeniusNorm(data.subarray(t * 576, (t + 1) * 576)),
    );
    // Unmixed, the first channel would have 2.5 times the norm of the last.
    const firstHalf = frobeniusNorm(perChannel.slice(0, 32));
    const secondHalf = frobeniusNorm(perChannel.slice(32));
    expect(firstHalf / secondHalf).toBeGreaterThan(0.8);
    expect(firstHalf / secondHalf).toBeLessThan(1.25);
  });

  it('is approximated about as well as a trained kernel', async () => {
    const kernel = syntheticKernel(shape, 3);
    const tucker = await factorise('tucker', kernel, { seed: 0 });
    const norm = frobeniusNorm(kernel.data);
    const trained = [
      [0.1, 0.88],
      [0.25, 0.73],
      [0.5, 0.55],
      [0.75, 0.39],
      [0.9, 0.3],
    ];
    for (const [kept, error] of trained) {
      const { rank } = await selectForKept(tucker, kept);
      const own = ((await tucker.errorAt(rank)) ?? Number.NaN) / norm;
      expect(Math.abs(own - error)).toBeLessThan(0.05);
    }
  });
});
