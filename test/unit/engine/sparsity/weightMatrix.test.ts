import { describe, expect, it } from 'vitest';
import { fromWeightMatrix, weightMatrix } from '../../../../src/engine/sparsity/weightMatrix';
import { UsageError } from '../../../../src/failures';
import { randomTensor } from '../../../support/fixtureTensor';

const [T, C, H, W] = [4, 3, 2, 5];
const kernel = randomTensor([T, C, H, W]);
const entry = (t: number, c: number, h: number, w: number) =>
  kernel.data[((t * C + c) * H + h) * W + w];

describe('weightMatrix', () => {
  it('shares the memory of a matrix, and of a convolution read by output channels', () => {
    const matrix = randomTensor([6, 7]);
    expect(weightMatrix(matrix)).toEqual({ rows: 6, columns: 7, data: matrix.data });
    expect(weightMatrix(matrix).data).toBe(matrix.data);
    const byOutput = weightMatrix(kernel, 'channel-out');
    expect([byOutput.rows, byOutput.columns]).toEqual([T, C * H * W]);
    expect(byOutput.data).toBe(kernel.data);
    expect(weightMatrix(kernel)).toEqual(byOutput);
  });

  it('reads a convolution as (T H W) x C and as (C H) x (T W)', () => {
    const byInput = weightMatrix(kernel, 'channel-in');
    const spatial = weightMatrix(kernel, 'spatial');
    expect([byInput.rows, byInput.columns]).toEqual([T * H * W, C]);
    expect([spatial.rows, spatial.columns]).toEqual([C * H, T * W]);
    for (let t = 0; t < T; t++) {
      for (let c = 0; c < C; c++) {
        for (let h = 0; h < H; h++) {
          for (let w = 0; w < W; w++) {
            const value = entry(t, c, h, w);
            expect(byInput.data[((t * H + h) * W + w) * C + c]).toBe(value);
            expect(spatial.data[(c * H + h) * (T * W) + t * W + w]).toBe(value);
          }
        }
      }
    }
  });

  it.each(['channel-out', 'channel-in', 'spatial'] as const)(
    'is undone by fromWeightMatrix in scheme %s, in the precision given',
    (scheme) => {
      const single = { shape: kernel.shape, data: new Float32Array(kernel.data) };
      for (const tensor of [kernel, single]) {
        const matrix = weightMatrix(tensor, scheme);
        expect(matrix.data).toBeInstanceOf(tensor.data.constructor);
        expect(fromWeightMatrix(matrix, tensor.shape, scheme)).toEqual(tensor);
      }
    },
  );

  it('refuses a vector, and a scheme that the shape does not have', () => {
    expect(() => weightMatrix(randomTensor([7]))).toThrow(UsageError);
    expect(() => weightMatrix(randomTensor([6, 7]), 'spatial')).toThrow(UsageError);
  });
});
