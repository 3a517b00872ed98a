import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../../src/failures';
import { openMemoryFile } from '../../../../src/io/memoryFile';
import { readSparse } from '../../../../src/formats/sparse/registry';
import type { SparseFile } from '../../../../src/formats/sparse/sparseFormat';
import { seededRandom } from '../support';
import { mtx } from './support';

const mutationsPerFile = 400;

/** Beyond this a mutated file is taken to hang; a sound one is read in a millisecond. */
const patienceMs = 5000;

const matrix = mtx(
  'real general',
  '% a comment',
  '12 9 5',
  '1 1 0.5',
  '3 9 -2e3',
  '12 2 4',
  '7 7 1',
  '7 8 0',
);
const scipy = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../fixtures/sparse', name));

const samples: readonly (readonly [string, Uint8Array])[] = [
  ['a.mtx', Buffer.from(matrix)],
  ['a.mtx.gz', gzipSync(matrix)],
  ['symmetric.mtx', Buffer.from(mtx('integer symmetric', '9 9 3', '2 1 4', '9 9 1', '8 3 2'))],
  ['a.tns', Buffer.from('# sizes: 9 9 9\n1 2 3 4.5\n9 9 9 -1\n3 3 1 2\n')],
  ['b.tns', Buffer.from('1 2 3 4.5\n9 9 9 -1\n3 3 1 2\n')],
  ['a.txt', Buffer.from('3, 5, 6, 7\n0, 1, 2, 1\n4, 5, 6, 0.25\n')],
  ['csr.npz', scipy('csr.npz')],
  ['csc.npz', scipy('csc.npz')],
  ['bsr.npz', scipy('bsr.npz')],
  ['coo3.npz', scipy('coo3.npz')],
  ['dia.npz', scipy('dia.npz')],
  ['old.npz', scipy('old.npz')],
];

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
      mutated[at] = [0, 0xff, 0x20, 0x0a, 0x39, 0x2d, 0x2e, 0x65][Math.floor(random() * 8)];
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

/** What is wrong with a tensor that was read, if anything is. */
function flaw({ tensor: { dims, indices, values } }: SparseFile): string | undefined {
  for (let e = 0; e < values.length; e++) {
    if (!Number.isFinite(values[e]) || values[e] === 0) {
      return `value ${values[e]}`;
    }
    if (indices.some((keys, mode) => keys[e] >= dims[mode])) {
      return `entry ${e} outside`;
    }
    const order = indices.map((keys) => Math.sign(keys[e] - (e === 0 ? -1 : keys[e - 1])));
    if ((order.find((sign) => sign !== 0) ?? 0) <= 0) {
      return `entry ${e} out of order`;
    }
  }
  return undefined;
}

/** What was thrown, or what is wrong with the tensor; undefined when all is well. */
async function exercise(bytes: Uint8Array, name: string): Promise<unknown> {
  try {
    const wrong = flaw(await readSparse(openMemoryFile(bytes, name)));
    return wrong === undefined ? undefined : new Error(wrong);
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

describe('damaged sparse files', () => {
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

  test.each(samples)('are read soundly or fail cleanly: %s', async (name, sound) => {
    expect(await exercise(sound, name)).toBeUndefined();
    const random = seededRandom(20_240_612);
    const unclean: string[] = [];
    let failed = 0;
    for (let i = 0; i < mutationsPerFile; i++) {
      const outcome = await within(exercise(mutate(sound, random), name));
      if (outcome !== undefined) {
        failed++;
        if (!(outcome instanceof Failure) || outcome.message.length > 400) {
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
