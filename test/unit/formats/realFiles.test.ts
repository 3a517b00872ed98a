import { describe, expect, test } from 'vitest';
import { openWeights } from '../../../src/formats/registry';
import { toFloat64 } from '../../../src/engine/tensor/unfold';
import { readTensor } from '../../../src/formats/tensorData';
import { openLocalFile } from '../../../src/io/localFile';
import { sharedPath } from '../../support/shared';

/** Files written by other programs: tensors, elements, and the sum of all values as NumPy has it. */
const readable: readonly (readonly [name: string, number, number, number])[] = [
  ['safetensors/mnist.safetensors', 20, 376940, 15221.059359971676],
  ['safetensors/csm-voices.safetensors', 2, 64812, 25792972],
  ['safetensors/encodec-jfk-codes.safetensors', 1, 1656, 960640],
  ['derived/resnet20-cifar10.safetensors', 97, 271098, 139.7826495598208],
  ['edge-cases/safetensors/burn-multi_layer.safetensors', 9, 4241, 5.585230762080755],
  ['numpy/IL2_Response_Tensor.npy', 1, 4992, NaN],
  ['numpy/calibration_samples_idxs.npy', 1, 500, 2486472],
  ['numpy/str_ww_calibration_samples.npz', 2, 54045, 16928.896003842354],
  ['edge-cases/numpy/candle-test.npy', 1, 10, 45],
  ['edge-cases/numpy/candle-test.npz', 2, 20, 100],
];

/** Files of objects, which open but whose arrays have a problem. */
const unreadable: readonly string[] = [
  'edge-cases/numpy/numpy-py2-np0-objarr.npy',
  'edge-cases/numpy/numpy-py2-objarr.npy',
  'edge-cases/numpy/numpy-py2-objarr.npz',
];

/** Files that are refused, and what the message says they are. */
const refused: readonly (readonly [name: string, RegExp])[] = [
  ['pytorch/mnist.pt', /PyTorch/],
  ['pytorch-cifar10/resnet20-12fca82f.th', /PyTorch|pickle/],
  ['keras/ad01.h5', /HDF5/],
  ['keras/fashion-mnist-cnn.keras', /zip archive|Keras/],
  ['gguf/ggml-vocab-bert-bge.gguf', /GGUF/],
  ['tflite/hello_world_float.tflite', /TensorFlow Lite/],
  ['edge-cases/tfjs/layers_model/model.json', /JSON/],
];

const open = async (name: string) =>
  openWeights(await openLocalFile(sharedPath(`data/weights/${name}`) ?? name));

// Skipped where the folder with public test data does not lie beside the repository.
describe.skipIf(sharedPath('data/weights') === undefined)('files of other programs', () => {
  test.each(readable)('reads %s as NumPy does', async (name, tensors, elements, expected) => {
    const file = await open(name);
    let count = 0;
    let sum = 0;
    for (const entry of file.tensors) {
      const data = toFloat64(await readTensor(file, entry));
      count += data.length;
      sum += data.reduce((total, value) => total + value, 0);
    }
    await file.close();
    expect(file.tensors).toHaveLength(tensors);
    expect(count).toBe(elements);
    if (Number.isNaN(expected)) {
      expect(sum).toBeNaN();
    } else {
      expect(Math.abs(sum - expected)).toBeLessThan(1e-9 * Math.abs(expected));
    }
  });

  test.each(unreadable)('opens %s without executing it', async (name) => {
    const file = await open(name);
    await file.close();
    expect(file.tensors.length).toBeGreaterThan(0);
    for (const { problem } of file.tensors) {
      expect(problem).toMatch(/never executed/);
    }
  });

  test.each(refused)('says what %s is', async (name, message) => {
    await expect(open(name)).rejects.toThrow(message);
  });
});
