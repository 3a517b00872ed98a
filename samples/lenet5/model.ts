import * as tf from '@tensorflow/tfjs-core';
import { imageSide, type LabelledImages } from './idx';
import { convolve } from './convolve';

/** LeNet-5's parameters, names and shapes as PyTorch has them (61,706 values). */
export const parameterShapes = {
  'conv1.weight': [6, 1, 5, 5],
  'conv1.bias': [6],
  'conv2.weight': [16, 6, 5, 5],
  'conv2.bias': [16],
  'fc1.weight': [120, 400],
  'fc1.bias': [120],
  'fc2.weight': [84, 120],
  'fc2.bias': [84],
  'fc3.weight': [10, 84],
  'fc3.bias': [10],
} as const satisfies Record<string, readonly number[]>;

export type ParameterName = keyof typeof parameterShapes;
export type Parameters = Readonly<Record<ParameterName, tf.Tensor>>;

export const parameterNames = Object.keys(parameterShapes) as ParameterName[];

/** One line for the metadata of a weights file: everything needed to run the network elsewhere. */
export const architecture =
  'LeNet-5: conv1 1→6 5×5 padding 2, ReLU, max pooling 2×2; conv2 6→16 5×5, ReLU, max pooling 2×2; ' +
  'flatten (C, H, W); fc1 400→120, ReLU; fc2 120→84, ReLU; fc3 84→10. ' +
  'Input 1×28×28, grey values divided by 255.';

/**
 * The ten logits of each image: `images` (N, 28, 28, 1) with values in [0, 1], result (N, 10).
 * Differentiable by the parameters with the kernels that the wasm backend has.
 */
export function forward(parameters: Parameters, images: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => {
    const padded = tf.pad4d(images, [
      [0, 0],
      [2, 2],
      [2, 2],
      [0, 0],
    ]);
    const first = pool(convolutionLayer(parameters, 'conv1', padded, true));
    const second = pool(convolutionLayer(parameters, 'conv2', first, false));
    const flat = tf.reshape(tf.transpose(second, [0, 3, 1, 2]), [-1, 400]);
    const third = tf.relu(denseLayer(parameters, 'fc1', flat as tf.Tensor2D));
    const fourth = tf.relu(denseLayer(parameters, 'fc2', third));
    return denseLayer(parameters, 'fc3', fourth);
  });
}

function convolutionLayer(
  parameters: Parameters,
  name: 'conv1' | 'conv2',
  input: tf.Tensor4D,
  constantInput: boolean,
): tf.Tensor4D {
  const filters = tf.transpose(parameters[`${name}.weight`], [2, 3, 1, 0]) as tf.Tensor4D;
  const responses = convolve(input, filters, { constantInput });
  return tf.relu(tf.add<tf.Tensor4D>(responses, parameters[`${name}.bias`]));
}

function denseLayer(
  parameters: Parameters,
  name: 'fc1' | 'fc2' | 'fc3',
  input: tf.Tensor2D,
): tf.Tensor2D {
  const weight = parameters[`${name}.weight`] as tf.Tensor2D;
  return tf.add(tf.matMul(input, weight, false, true), parameters[`${name}.bias`]);
}

function pool(input: tf.Tensor4D): tf.Tensor4D {
  return tf.maxPool(input, 2, 2, 'valid');
}

/** Images `from` to `to` as the network's input, (to - from, 28, 28, 1) in [0, 1]. */
export function imageBatch(images: LabelledImages, from: number, to: number): tf.Tensor4D {
  const area = imageSide * imageSide;
  const values = Float32Array.from(images.pixels.subarray(from * area, to * area), (v) => v / 255);
  return tf.tensor4d(values, [to - from, imageSide, imageSide, 1]);
}

/** How many of the first `limit` images the network names rightly. */
export async function countCorrect(
  parameters: Parameters,
  images: LabelledImages,
  limit = images.count,
): Promise<{ readonly correct: number; readonly total: number }> {
  const total = Math.min(limit, images.count);
  const size = 500;
  let correct = 0;
  for (let from = 0; from < total; from += size) {
    const to = Math.min(from + size, total);
    const digits = tf.tidy(() => tf.argMax(forward(parameters, imageBatch(images, from, to)), 1));
    const guesses = await digits.data();
    digits.dispose();
    for (let i = 0; i < guesses.length; i += 1) {
      correct += guesses[i] === images.labels[from + i] ? 1 : 0;
    }
  }
  return { correct, total };
}
