import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { EngineContract } from '../../src/protocol/engine';
import type { CallOptions, Client, ParamsOf, PartOf, ResultOf } from '../../src/protocol/rpc';
import { jobFromSignal } from '../../src/engine/job';
import { createRandom } from '../../src/engine/random';
import { dtypes, type DType } from '../../src/engine/tensor/dtype';
import { elementCount } from '../../src/engine/tensor/tensor';
import type { TensorSource, WeightsFile } from '../../src/formats/format';
import { formatByName, openWeights } from '../../src/formats/registry';
import { encode, readTensor } from '../../src/formats/tensorData';
import { writeAtomically } from '../../src/io/atomicWrite';
import { openLocalFile } from '../../src/io/localFile';
import { handlers } from '../../src/worker/handlers';

/** A folder for each test, removed after it; the function gives paths in it. */
export function useFolder(): (name: string) => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tensorpress-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

export interface TestTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  readonly dtype?: DType;
  /** Raw bytes under a type the product does not know, in place of `values`. */
  readonly raw?: { readonly dtype: string; readonly bytes: Uint8Array };
}

/** Writes weights in the format that the extension of `path` names. */
export async function writeWeights(
  path: string,
  tensors: readonly TestTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  const format = formatByName(path);
  const write = format?.write;
  if (!write) {
    throw new Error(`No format writes ${extname(path)}.`);
  }
  const sources = tensors.map(({ name, shape, values, dtype = 'float32', raw }): TensorSource => {
    const bytes = raw ? raw.bytes : encode(Float64Array.from(values), dtype);
    return {
      name,
      shape,
      dtype: raw ? 'uint8' : dtype,
      ...(raw && { storedDtype: raw.dtype }),
      byteLength: bytes.byteLength,
      bytes: async () => bytes,
    };
  });
  await writeAtomically({ path, temporary: `${path}.tmp` }, (sink) =>
    write(sink, sources, metadata),
  );
  return path;
}

export async function withFile<T>(
  path: string,
  use: (file: WeightsFile) => Promise<T>,
): Promise<T> {
  const file = await openWeights(await openLocalFile(path));
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** All readable tensors in f64, by name. */
export function readAll(path: string): Promise<Map<string, Float64Array>> {
  return withFile(path, async (file) => {
    const values = new Map<string, Float64Array>();
    for (const entry of file.tensors) {
      if (entry.dtype && dtypes[entry.dtype]) {
        values.set(entry.name, Float64Array.from((await readTensor(file, entry)).data));
      }
    }
    return values;
  });
}

export function noise(seed: number, shape: readonly number[]): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: elementCount(shape) }, () => random.normal());
}

/** A sum of smooth functions: decays fast in every method's spectrum, but is of full rank. */
export function smooth(shape: readonly number[], seed = 1): Float64Array {
  const grain = noise(seed, shape);
  return grain.map((value, i) => {
    let rest = i;
    let angle = 0.3;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      angle += ((rest % shape[axis]) * (axis + 1)) / shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return Math.sin(2 * angle) + 0.5 * Math.cos(3 * angle * angle) + 0.05 * value;
  });
}

/** ||a - b|| / ||a|| */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += a[i] ** 2;
  }
  return a.length === b.length ? Math.sqrt(difference / norm) : Number.NaN;
}

export async function bytesOf(path: string): Promise<Buffer> {
  return readFile(path);
}

/** The handlers as a client on the same thread. */
export function inProcessEngine(): Client<EngineContract> {
  const call =
    <M extends keyof EngineContract>(method: M) =>
    (
      params: ParamsOf<EngineContract, M>,
      options: CallOptions<PartOf<EngineContract, M>> = {},
    ): Promise<ResultOf<EngineContract, M>> => {
      const signal = options.signal ?? new AbortController().signal;
      const emit = options.onProgress ?? (() => {});
      return handlers[method](params, { job: jobFromSignal(signal), emit });
    };
  return {
    inspect: call('inspect'),
    statistics: call('statistics'),
    choices: call('choices'),
    plan: call('plan'),
    readPlan: call('readPlan'),
    formatPlan: call('formatPlan'),
    compress: call('compress'),
    reconstruct: call('reconstruct'),
    backends: call('backends'),
    configure: call('configure'),
    benchmarks: call('benchmarks'),
    benchmark: call('benchmark'),
    patternInfo: call('patternInfo'),
    patternMap: call('patternMap'),
    patternCurves: call('patternCurves'),
    patternKpd: call('patternKpd'),
    pattern: call('pattern'),
    patternSpeed: call('patternSpeed'),
    thumbnails: call('thumbnails'),
    applyPattern: call('applyPattern'),
    sparseInfo: call('sparseInfo'),
    sparseOffer: call('sparseOffer'),
    sparseCompare: call('sparseCompare'),
    sparseCompress: call('sparseCompress'),
    sparseModel: call('sparseModel'),
    sparseDecode: call('sparseDecode'),
    sparseEntries: call('sparseEntries'),
  };
}
