import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failures';
import { formats, openWeights } from '../../../src/formats/registry';
import { readTensor } from '../../../src/formats/tensorData';
import { openMemoryFile } from '../../../src/io/memoryFile';
import { memorySink, npyBytes, seededRandom, source } from './support';

const mutationsPerFile = 400;

/** Beyond this a mutated header is taken to hang; a sound one opens in a millisecond. */
const patienceMs = 5000;

async function written(id: string): Promise<Uint8Array> {
  const format = formats.find((known) => known.id === id);
  const sink = memorySink();
  const tensors = [
    source('conv.weight', [2, 3, 1, 1], 'float32', [1, 2, 3, 4, 5, 6]),
    source('bias', [2], 'float64', [1, 2]),
    source('index', [], 'int64', [3]),
  ];
  const metadata: Record<string, string> = id === 'safetensors' ? { format: 'pt' } : {};
  await format?.write?.(sink, id === 'npy' ? tensors.slice(0, 1) : tensors, metadata);
  return sink.bytes();
}

/** One to four bytes flipped, set, removed, or inserted; sometimes the end is cut off. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  let mutated = [...bytes];
  const edits = 1 + Math.floor(random() * 4);
  for (let i = 0; i < edits; i++) {
    const at = Math.floor(random() * mutated.length);
    const kind = random();
    if (kind < 0.4) {
      mutated[at] ^= 1 << Math.floor(random() * 8);
    } else if (kind < 0.7) {
      mutated[at] = [0, 0xff, 0x22, 0x7b, 0x5d, 0x2d][Math.floor(random() * 6)];
    } else if (kind < 0.8) {
      mutated.splice(at, 1);
    } else if (kind < 0.95) {
      mutated.splice(at, 0, Math.floor(random() * 256));
    } else {
      mutated = mutated.slice(0, at);
    }
  }
  return Uint8Array.from(mutated);
}

/** Opens and reads everything; returns what was thrown, if anything was. */
async function exercise(bytes: Uint8Array, name: string): Promise<unknown> {
  try {
    const file = await openWeights(openMemoryFile(bytes, name));
    for (const entry of file.tensors) {
      if (entry.problem === undefined) {
        await readTensor(file, entry);
      }
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

function within(promise: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(new Error('still running')), patienceMs);
    void promise.then((result) => {
      clearTimeout(timer);
      resolve(result);
    });
  });
}

describe('damaged files', () => {
  const escaped: unknown[] = [];
  const remember = (error: unknown) => escaped.push(error);
  beforeAll(() => {
    process.on('uncaughtException', remember);
    process.on('unhandledRejection', remember);
  });
  afterAll(() => {
    process.off('uncaughtException', remember);
    process.off('unhandledRejection', remember);
  });

  const samples: readonly (readonly [string, () => Promise<Uint8Array>])[] = [
    ['model.safetensors', () => written('safetensors')],
    ['array.npy', () => written('npy')],
    [
      'structured.npy',
      async () =>
        npyBytes(
          "{'descr': [('x', '<f4'), ('y', '>i2', (2,))], 'fortran_order': True, 'shape': (2, 2)}",
          new Uint8Array(32),
        ),
    ],
    ['arrays.npz', () => written('npz')],
  ];

  test.each(samples)('either open or fail cleanly: %s', async (name, make) => {
    const sound = await make();
    const random = seededRandom(20_240_611);
    const unclean: string[] = [];
    let failed = 0;
    for (let i = 0; i < mutationsPerFile; i++) {
      const outcome = await within(exercise(mutate(sound, random), name));
      if (outcome !== undefined) {
        failed++;
        if (!(outcome instanceof Failure)) {
          unclean.push(`mutation ${i}: ${inspect(outcome)}`);
        }
      }
    }
    // Errors that a stream or an emitter throws later would be seen in this turn.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(unclean).toEqual([]);
    expect(escaped).toEqual([]);
    expect(failed).toBeGreaterThan(mutationsPerFile / 10);
  });
});
