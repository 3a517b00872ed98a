import { describe, expect, test } from 'vitest';
import { openWeights } from '../../../src/formats/registry';
import { readTensor } from '../../../src/formats/tensorData';
import { openLocalFile } from '../../../src/io/localFile';
import { sharedPath } from '../../support/shared';

/** Files written by other programs: tensors, elements, and the sum of all values (by NumPy). */
const readable: readonly (readonly [string, number, number, number])[] = [];

/** Files that must be refused, and what the message says they are. */
const refused: readonly (readonly [string, RegExp])[] = [
  ['pytorch/mnist.pt', /PyTorch/],
  ['pytorch-cifar10/resnet20-12fca82f.th', /PyTorch|pickle/],
  ['keras/ad01.h5', /HDF5/],
  ['keras/fashion-mnist-cnn.keras', /zip archive|Keras/],
  ['gguf/ggml-vocab-bert-bge.gguf', /GGUF/],
  ['tflite/hello_world_float.tflite', /TensorFlow Lite/],
  ['edge-cases/tfjs/layers_model/model.json', /JSON/],
];

const folder = 'data/weights';
const reason = 'the folder "shared" with public test data is not beside the repository';

describe('files of other programs', () => {
  test.each(readable)('reads %s', async (name, tensors, elements, sum) => {});
});
