import * as tf from '@tensorflow/tfjs-core';
import { imageSide, type LabelledImages } from '../lenet5/idx';
import {
  forward,
  parameterNames,
  parameterShapes,
  type ParameterName,
  type Parameters,
} from '../lenet5/model';
import { createRandom, type Random } from '../../src/engine/random';

export interface TrainingOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** At the start; it falls to zero along a half cosine. */
  readonly learningRate: number;
  /** Images are moved by up to so many pixels in each direction. */
  readonly shift: number;
  readonly seed: number;
}

export interface EpochReport {
  readonly epoch: number;
  readonly loss: number;
  readonly seconds: number;
}

class ScheduledAdam extends tf.AdamOptimizer {
  setLearningRate(learningRate: number): void {
    this.learningRate = learningRate;
  }
}

/**
 * Trains LeNet-5 from random weights with Adam on the softmax cross entropy. The same options give
 * the same network on the same backend.
 */
export async function train(
  images: LabelledImages,
  options: TrainingOptions,
  report: (epoch: EpochReport) => void,
): Promise<{ readonly parameters: Parameters; dispose(): void }> {
  const random = createRandom(options.seed);
  const variables = initialVariables(random);
  const list = Object.values(variables);
  const optimizer = new ScheduledAdam(options.learningRate, 0.9, 0.999, 1e-8);
  const batches = Math.floor(images.count / options.batchSize);
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    const started = performance.now();
    const order = shuffledIndices(images.count, random);
    let loss = 0;
    for (let batch = 0; batch < batches; batch += 1) {
      const progress = (epoch * batches + batch) / (options.epochs * batches);
      optimizer.setLearningRate((options.learningRate * (1 + Math.cos(Math.PI * progress))) / 2);
      const chosen = order.subarray(batch * options.batchSize, (batch + 1) * options.batchSize);
      const cost = tf.tidy(() => {
        const input = movedBatch(images, chosen, options.shift, random);
        const target = tf.oneHot(
          Array.from(chosen, (index) => images.labels[index]),
          10,
        );
        const { value, grads } = tf.variableGrads(
          () => tf.losses.softmaxCrossEntropy(target, forward(variables, input)),
          list,
        );
        optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        return value;
      });
      loss += (await cost.data())[0];
      cost.dispose();
    }
    report({
      epoch: epoch + 1,
      loss: loss / batches,
      seconds: (performance.now() - started) / 1000,
    });
  }
  return {
    parameters: variables,
    dispose() {
      optimizer.dispose();
      tf.dispose(list);
    },
  };
}

/** Uniform in ±1/sqrt(fan-in) for weights and biases, PyTorch's default. */
function initialVariables(random: Random): Record<ParameterName, tf.Variable> {
  const entries = parameterNames.map((name) => {
    const shape: readonly number[] = parameterShapes[name];
    const owner = name.replace(/bias$/, 'weight') as ParameterName;
    const weightShape: readonly number[] = parameterShapes[owner];
    const fanIn = weightShape.slice(1).reduce((product, size) => product * size, 1);
    const bound = 1 / Math.sqrt(fanIn);
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => (2 * random.next() - 1) * bound);
    const initial = tf.tensor(values, [...shape]);
    const variable = tf.variable(initial, true);
    initial.dispose();
    return [name, variable];
  });
  return Object.fromEntries(entries) as Record<ParameterName, tf.Variable>;
}

/** The chosen images, (N, 28, 28, 1), each moved at random; what comes in from outside is 0. */
function movedBatch(
  images: LabelledImages,
  chosen: Uint32Array,
  shift: number,
  random: Random,
): tf.Tensor4D {
  const area = imageSide * imageSide;
  const values = new Float32Array(chosen.length * area);
  const draw = () => Math.floor(random.next() * (2 * shift + 1)) - shift;
  chosen.forEach((index, n) => {
    const down = draw();
    const right = draw();
    for (let row = Math.max(0, down); row < imageSide + Math.min(0, down); row += 1) {
      const source = index * area + (row - down) * imageSide - right;
      const target = n * area + row * imageSide;
      const end = imageSide + Math.min(0, right);
      for (let column = Math.max(0, right); column < end; column += 1) {
        values[target + column] = images.pixels[source + column] / 255;
      }
    }
  });
  return tf.tensor4d(values, [chosen.length, imageSide, imageSide, 1]);
}

/** The numbers 0 to count - 1 in random order (Fisher-Yates). */
function shuffledIndices(count: number, random: Random): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(random.next() * (i + 1));
    const value = indices[i];
    indices[i] = indices[j];
    indices[j] = value;
  }
  return indices;
}
