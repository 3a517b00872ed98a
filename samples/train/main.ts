import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { Command, InvalidArgumentError } from 'commander';
import { startBackend } from '../../src/engine/backends/backend';
import { readLabelledImages } from '../lenet5/idx';
import { architecture, countCorrect } from '../lenet5/model';
import { writeParameters } from '../lenet5/weights';
import { train, type TrainingOptions } from './training';

interface Options {
  readonly data: string;
  readonly out: string;
  readonly epochs: number;
  readonly seed: number;
}

const fixed = { batchSize: 128, learningRate: 0.003, shift: 2 } as const;

async function main(): Promise<void> {
  const program = new Command('sample:train')
    .description('Trains the sample LeNet-5 on MNIST and writes its weights as safetensors.')
    .requiredOption('--data <dir>', 'folder with the four MNIST idx files, plain or .gz')
    .option('--out <file>', 'where the weights go', 'samples/lenet5-mnist.safetensors')
    .option('--epochs <n>', 'passes over the 60,000 training images', naturalNumber, 8)
    .option('--seed <n>', 'of initial weights, order and shifts', naturalNumber, 1)
    .parse();
  const { data, out, epochs, seed } = program.opts<Options>();
  const options: TrainingOptions = { ...fixed, epochs, seed };
  const { name, version } = await startBackend('wasm');
  const backend = `TensorFlow.js ${version}, backend ${name}`;
  const training = await readLabelledImages(data, 'train');
  const test = await readLabelledImages(data, 'test');
  console.log(`${backend}; ${training.count} training images, ${test.count} test images`);
  const { parameters, dispose } = await train(training, options, ({ epoch, loss, seconds }) => {
    console.log(`epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)} (${seconds.toFixed(0)} s)`);
  });
  const { correct, total } = await countCorrect(parameters, test);
  const accuracy = (100 * correct) / total;
  console.log(`test accuracy ${accuracy.toFixed(2)} % (${correct} of ${total})`);
  await writeParameters(out, parameters, {
    architecture,
    layout: 'PyTorch: convolutions (out, in, height, width), dense layers (out, in)',
    dataset: `MNIST, ${training.count} training images`,
    training:
      `npm run sample:train -- --epochs ${epochs} --seed ${seed}; ${backend}; ` +
      `Adam, learning rate ${fixed.learningRate} falling to 0 along a half cosine, ` +
      `batches of ${fixed.batchSize}, random shifts of up to ${fixed.shift} pixels`,
    epochs: String(epochs),
    seed: String(seed),
    test_accuracy: `${accuracy.toFixed(2)} % (${correct} of ${total} MNIST test images)`,
    license: 'MIT',
  });
  dispose();
  console.log(`wrote ${out}`);
}

function naturalNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return value;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
