import * as tf from '@tensorflow/tfjs-core';
import { elementCount, formatShape } from '../../src/engine/tensor/tensor';
import { FormatError } from '../../src/failures';
import type { TensorSource } from '../../src/formats/format';
import { openWeights } from '../../src/formats/registry';
import { writeSafetensors } from '../../src/formats/safetensorsWriter';
import { encode, readTensor } from '../../src/formats/tensorData';
import { writeAtomically } from '../../src/io/atomicWrite';
import { openLocalFile } from '../../src/io/localFile';
import { parameterNames, parameterShapes, type ParameterName, type Parameters } from './model';

/** Writes the parameters as float32 safetensors, in the order and layout of `parameterShapes`. */
export async function writeParameters(
  path: string,
  parameters: Parameters,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const tensors = parameterNames.map((name): TensorSource => {
    const shape = parameterShapes[name];
    return {
      name,
      shape,
      dtype: 'float32',
      byteLength: 4 * elementCount(shape),
      bytes: async () => encode(Float32Array.from(await parameters[name].data()), 'float32'),
    };
  });
  await writeAtomically({ path, temporary: `${path}.tmp` }, (sink) =>
    writeSafetensors(sink, tensors, metadata),
  );
}

/**
 * Reads a dense LeNet-5 of this layout from any format the product knows.
 * @throws FormatError when a parameter is missing or has another shape.
 */
export async function readParameters(path: string): Promise<Parameters> {
  const file = await openWeights(await openLocalFile(path));
  try {
    const parameters: Partial<Record<ParameterName, tf.Tensor>> = {};
    for (const name of parameterNames) {
      const shape: readonly number[] = parameterShapes[name];
      const entry = file.tensors.find((tensor) => tensor.name === name);
      if (entry?.shape.join() !== shape.join()) {
        const found = entry
          ? `is ${formatShape(entry.shape)}, not ${formatShape(shape)}.`
          : 'is missing; a pressed file must be reconstructed first.';
        throw new FormatError(`"${file.name}" is not the sample's LeNet-5: ${name} ${found}`, {
          file: file.name,
          tensor: name,
          value: found,
          limit: formatShape(shape),
        });
      }
      const { data } = await readTensor(file, entry);
      parameters[name] = tf.tensor(Float32Array.from(data), [...shape]);
    }
    return parameters as Parameters;
  } finally {
    await file.close();
  }
}
