import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../../src/engine/random';
import { elementCount } from '../../src/engine/tensor/tensor';
import { rankForKept } from '../../src/engine/ranks';
import { tailNorms } from '../../src/engine/ranks/spectra';
import { npyHeaderBytes } from '../../src/formats/npyHeader';
import { writeLargeLayer } from '../largeLayer';
import workload from './workload.json';

/** Exponent by which the weights of a mode fall with the index. */
const decay = 0.4;

/** Writes the arrays that both sides read: layer.npy, start{k}.npy, left.npy and right.npy (f32). */
export async function writeInputs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { shape, cp } = workload.layer;
  await writeNpy(join(folder, 'layer.npy'), shape, decayingTensor(shape));
  const random = createRandom(1);
  for (const [mode, size] of shape.entries()) {
    const start = Float32Array.from({ length: size * cp }, () => random.next());
    await writeNpy(join(folder, `start${mode}.npy`), [size, cp], start);
  }
  const size = workload.product;
  for (const name of ['left', 'right']) {
    const factor = Float32Array.from({ length: size * size }, () => random.normal());
    await writeNpy(join(folder, `${name}.npy`), [size, size], factor);
  }
}

/** Writes matrix.safetensors; resolves to the relative errors at its ranks before rounding. */
export async function writeMatrix(folder: string): Promise<number[]> {
  const [rows, columns] = workload.matrix.shape;
  const path = join(folder, 'matrix.safetensors');
  const tail = tailNorms(await writeLargeLayer(path, { rows, columns }));
  return workload.matrix.kept.map((kept) => {
    const rank = rankForKept('svd', [rows, columns], kept) as number;
    return tail[rank] / tail[0];
  });
}

/** Normal numbers, scaled along every mode by (1 + index)^-0.4. */
function decayingTensor(shape: readonly number[]): Float32Array<ArrayBuffer> {
  const random = createRandom(0);
  const data = new Float32Array(elementCount(shape));
  for (let at = 0; at < data.length; at++) {
    let scale = 1;
    for (let mode = shape.length - 1, rest = at; mode >= 0; mode--) {
      scale *= (1 + (rest % shape[mode])) ** -decay;
      rest = Math.floor(rest / shape[mode]);
    }
    data[at] = random.normal() * scale;
  }
  return data;
}

async function writeNpy(
  path: string,
  shape: readonly number[],
  data: Float32Array<ArrayBuffer>,
): Promise<void> {
  const stream = createWriteStream(path);
  stream.write(npyHeaderBytes('float32', shape));
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject);
    stream.end(new Uint8Array(data.buffer), () => resolve());
  });
}
