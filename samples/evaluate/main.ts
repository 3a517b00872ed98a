import { Command } from 'commander';
import { startBackend } from '../../src/engine/backends/backend';
import { readLabelledImages } from '../lenet5/idx';
import { countCorrect } from '../lenet5/model';
import { readParameters } from '../lenet5/weights';

interface Options {
  readonly data: string;
  readonly weights: string;
}

async function main(): Promise<void> {
  const program = new Command('sample:evaluate')
    .description('Prints the MNIST test accuracy of a dense LeNet-5 of the layout of the sample.')
    .requiredOption('--data <dir>', 'folder with the MNIST idx files, plain or .gz')
    .option('--weights <file>', 'dense weights', 'samples/lenet5-mnist.safetensors')
    .parse();
  const { data, weights } = program.opts<Options>();
  await startBackend('wasm');
  const parameters = await readParameters(weights);
  const { correct, total } = await countCorrect(parameters, await readLabelledImages(data, 'test'));
  const percent = ((100 * correct) / total).toFixed(2);
  console.log(`${weights}: test accuracy ${percent} % (${correct} of ${total})`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
