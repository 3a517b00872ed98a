import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { convolve } from '../../../samples/lenet5/convolve';
import {
  forward,
  parameterNames,
  parameterShapes,
  type ParameterName,
  type Parameters,
} from '../../../samples/lenet5/model';
import { startBackend } from '../../../src/engine/backends/backend';
import { createRandom, type Random } from '../../../src/engine/random';

type Values = Float32Array;

const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function randomValues(shape: readonly number[], random: Random): Values {
  return Float32Array.from({ length: count(shape) }, () => random.next() - 0.5);
}

function relativeDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  let difference = 0;
  let norm = 0;
  expected.forEach((value, i) => {
    difference += (actual[i] - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / norm);
}

beforeAll(async () => {
  expect((await startBackend('wasm')).name).toBe('wasm');
});

describe('convolve', () => {
  const [N, H, W, C, kh, kw, F] = [2, 6, 7, 3, 3, 2, 4] as const;
  const [OH, OW] = [H - kh + 1, W - kw + 1];
  const random = createRandom(5);
  const x = randomValues([N, H, W, C], random);
  const w = randomValues([kh, kw, C, F], random);
  const dy = randomValues([N, OH, OW, F], random);

  /** Calls `visit` with the indices of y, x and w of every product in the definition. */
  function everyProduct(visit: (y: number, x: number, w: number) => void): void {
    for (let n = 0; n < N; n += 1)
      for (let r = 0; r < OH; r += 1)
        for (let s = 0; s < OW; s += 1)
          for (let f = 0; f < F; f += 1)
            for (let i = 0; i < kh; i += 1)
              for (let j = 0; j < kw; j += 1)
                for (let c = 0; c < C; c += 1)
                  visit(
                    ((n * OH + r) * OW + s) * F + f,
                    ((n * H + r + i) * W + s + j) * C + c,
                    ((i * kw + j) * C + c) * F + f,
                  );
  }

  const input = () => tf.tensor4d(x, [N, H, W, C]);
  const filters = () => tf.tensor4d(w, [kh, kw, C, F]);
  const upstream = () => tf.tensor4d(dy, [N, OH, OW, F]);

  it('equals the definition', () => {
    const expected = new Array<number>(dy.length).fill(0);
    everyProduct((a, b, c) => (expected[a] = expected[a] + x[b] * w[c]));
    const actual = convolve(input(), filters());
    expect(actual.shape).toEqual([N, OH, OW, F]);
    expect(relativeDifference(actual.dataSync(), expected)).toBeLessThan(1e-6);
  });

  it('has the gradients of the definition by input and filters', () => {
    const byInput = new Array<number>(x.length).fill(0);
    const byFilters = new Array<number>(w.length).fill(0);
    everyProduct((a, b, c) => {
      byInput[b] = byInput[b] + dy[a] * w[c];
      byFilters[c] = byFilters[c] + dy[a] * x[b];
    });
    const gradients = tf.grads((a, b) => convolve(a as tf.Tensor4D, b as tf.Tensor4D));
    const [dx, dw] = gradients([input(), filters()], upstream()) as [tf.Tensor, tf.Tensor];
    expect(relativeDifference(dx.dataSync(), byInput)).toBeLessThan(1e-6);
    expect(relativeDifference(dw.dataSync(), byFilters)).toBeLessThan(1e-6);

    const alone = tf.grad((b) => convolve(input(), b as tf.Tensor4D, { constantInput: true }))(
      filters(),
      upstream(),
    );
    expect(relativeDifference(alone.dataSync(), byFilters)).toBeLessThan(1e-6);
  });
});

/** LeNet-5 on one image by its definition, in f64, channel-major as in PyTorch. */
function naiveLeNet(values: Record<ParameterName, Values>, image: Values): number[] {
  const convolution = (
    input: readonly number[],
    side: number,
    channels: number,
    name: 'conv1' | 'conv2',
  ): number[] => {
    const filters = values[`${name}.weight`];
    const bias = values[`${name}.bias`];
    const out = side - 4;
    const result: number[] = [];
    bias.forEach((offset, f) => {
      for (let r = 0; r < out; r += 1) {
        for (let s = 0; s < out; s += 1) {
          let sum = offset;
          for (let c = 0; c < channels; c += 1)
            for (let i = 0; i < 5; i += 1)
              for (let j = 0; j < 5; j += 1)
                sum +=
                  filters[((f * channels + c) * 5 + i) * 5 + j] *
                  input[(c * side + r + i) * side + s + j];
          result.push(Math.max(0, sum));
        }
      }
    });
    return result;
  };
  const pooled = (input: readonly number[], side: number): number[] => {
    const result: number[] = [];
    for (let c = 0; c < input.length / side ** 2; c += 1)
      for (let r = 0; r < side; r += 2)
        for (let s = 0; s < side; s += 2) {
          const at = (c * side + r) * side + s;
          result.push(Math.max(input[at], input[at + 1], input[at + side], input[at + side + 1]));
        }
    return result;
  };
  const dense = (input: readonly number[], name: 'fc1' | 'fc2' | 'fc3'): number[] =>
    Array.from(values[`${name}.bias`], (offset, row) =>
      input.reduce(
        (sum, value, column) => sum + value * values[`${name}.weight`][row * input.length + column],
        offset,
      ),
    );
  const relu = (input: readonly number[]) => input.map((value) => Math.max(0, value));

  const padded = new Array<number>(32 * 32).fill(0);
  image.forEach((value, i) => (padded[(Math.floor(i / 28) + 2) * 32 + (i % 28) + 2] = value));
  const first = pooled(convolution(padded, 32, 1, 'conv1'), 28);
  const second = pooled(convolution(first, 14, 6, 'conv2'), 10);
  return dense(relu(dense(relu(dense(second, 'fc1')), 'fc2')), 'fc3');
}

describe('forward', () => {
  it('equals LeNet-5 written out by its definition', () => {
    const random = createRandom(11);
    const values = Object.fromEntries(
      parameterNames.map((name) => [name, randomValues(parameterShapes[name], random)]),
    ) as Record<ParameterName, Values>;
    const parameters = Object.fromEntries(
      parameterNames.map((name) => [name, tf.tensor(values[name], [...parameterShapes[name]])]),
    ) as Record<ParameterName, tf.Tensor> satisfies Parameters;
    const images = [0, 1].map(() => randomValues([28, 28], random));
    const before = tf.memory().numTensors;
    const batch = tf.tensor4d(
      images.flatMap((image) => [...image]),
      [2, 28, 28, 1],
    );
    const logits = forward(parameters, batch);
    expect(tf.memory().numTensors - before).toBe(2);
    const expected = images.flatMap((image) => naiveLeNet(values, image));
    expect(logits.shape).toEqual([2, 10]);
    expect(relativeDifference(logits.dataSync(), expected)).toBeLessThan(1e-5);
  });

  it('has the 61,706 parameters of the published network', () => {
    const total = parameterNames.reduce((sum, name) => sum + count(parameterShapes[name]), 0);
    expect(total).toBe(61706);
  });
});
