import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FormatError, UnsupportedError } from '../../../src/failures';
import { openWeights } from '../../../src/formats/registry';
import { writeSafetensors } from '../../../src/formats/safetensorsWriter';
import { readTensor } from '../../../src/formats/tensorData';
import { openLocalFile } from '../../../src/io/localFile';
import { openMemoryFile } from '../../../src/io/memoryFile';
import { stopAfter } from '../../support/stopAfter';
import {
  countReads,
  entryOf,
  memorySink,
  safetensorsBytes,
  safetensorsFromHeader,
  source,
} from './support';

const openBytes = (bytes: Uint8Array) => openWeights(openMemoryFile(bytes, 'model.safetensors'));

const float32 = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('reading safetensors', () => {
  test('lists tensors in the order of the header, with shape, type and size', async () => {
    const file = await openBytes(
      safetensorsBytes(
        {
          __metadata__: { format: 'pt' },
          second: { dtype: 'F32', shape: [1, 2], data_offsets: [4, 12] },
          flag: { dtype: 'BOOL', shape: [], data_offsets: [0, 1] },
          bytes: { dtype: 'U8', shape: [3], data_offsets: [1, 4] },
        },
        new Uint8Array([1, 7, 8, 9, ...float32(1.5, -2)]),
      ),
    );
    expect(file.tensors.map(({ name }) => name)).toEqual(['second', 'flag', 'bytes']);
    expect(entryOf(file, 'second')).toEqual({
      name: 'second',
      shape: [1, 2],
      dtype: 'float32',
      storedDtype: 'F32',
      parameters: 2,
      bytes: 8,
    });
    expect(entryOf(file, 'flag').parameters).toBe(1);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect((await readTensor(file, entryOf(file, 'second'))).data).toEqual(
      Float64Array.of(1.5, -2),
    );
    expect((await readTensor(file, entryOf(file, 'bytes'))).data).toEqual(Float64Array.of(7, 8, 9));
  });

  test('keeps the order of the text for names that look like numbers', async () => {
    const file = await openBytes(
      safetensorsBytes(
        '{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
          '"7":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},' +
          '"1":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
        new Uint8Array(3),
      ),
    );
    expect(file.tensors.map(({ name }) => name)).toEqual(['b', '7', '1']);
  });

  test('treats __proto__ and constructor as names like any other', async () => {
    const file = await openBytes(
      safetensorsBytes(
        '{"__metadata__":{"__proto__":"polluted","constructor":"x"},' +
          '"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
          '"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        new Uint8Array([5, 6]),
      ),
    );
    expect(file.tensors.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
    expect((await readTensor(file, entryOf(file, '__proto__'))).data).toEqual(Float64Array.of(5));
    expect(Object.entries(file.metadata)).toEqual([
      ['__proto__', 'polluted'],
      ['constructor', 'x'],
    ]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  test('accepts tensors without elements, a file without tensors, and spaces after the header', async () => {
    const empty = await openBytes(safetensorsBytes('{}      '));
    expect(empty.tensors).toEqual([]);
    const file = await openBytes(
      safetensorsBytes(
        {
          a: { dtype: 'F32', shape: [0, 5], data_offsets: [0, 0] },
          b: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
          c: { dtype: 'F32', shape: [4, 0], data_offsets: [4, 4] },
        },
        float32(3),
      ),
    );
    expect((await readTensor(file, entryOf(file, 'c'))).data).toHaveLength(0);
    expect((await readTensor(file, entryOf(file, 'b'))).data).toEqual(Float64Array.of(3));
  });

  test('lists a type it cannot compute with, and hands out its bytes but no values', async () => {
    const file = await openBytes(
      safetensorsBytes(
        {
          fp8: { dtype: 'F8_E4M3', shape: [2, 2], data_offsets: [0, 4] },
          fp4: { dtype: 'F4', shape: [2], data_offsets: [4, 5] },
          future: { dtype: 'Q3_K', shape: [10], data_offsets: [5, 9] },
          good: { dtype: 'U8', shape: [1], data_offsets: [9, 10] },
        },
        new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      ),
    );
    expect(file.tensors.map(({ dtype, problem }) => [dtype, problem !== undefined])).toEqual([
      [undefined, true],
      [undefined, true],
      [undefined, true],
      ['uint8', false],
    ]);
    const fp8 = entryOf(file, 'fp8');
    await expect(readTensor(file, fp8)).rejects.toThrow(UnsupportedError);
    await expect(readTensor(file, fp8)).rejects.toThrow(/model\.safetensors.*"fp8".*F8_E4M3/);
    expect(await file.readBytes(fp8)).toEqual(new Uint8Array([1, 2, 3, 4]));
    expect((await readTensor(file, entryOf(file, 'good'))).data).toEqual(Float64Array.of(10));
  });

  test('reads the header alone of a file of ten gigabytes', async ({ skip }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tensorpress-'));
    const path = join(folder, 'large.safetensors');
    try {
      const elements = 2_500_000_000;
      const header = safetensorsBytes({
        big: { dtype: 'F32', shape: [elements / 1000, 1000], data_offsets: [0, 4 * elements] },
      });
      const handle = await open(path, 'wx');
      await handle.write(header);
      // Sparse, where the file system can: no block is stored for the data.
      const refused = await handle.truncate(header.byteLength + 4 * elements).then(
        () => undefined,
        (error: Error) => error.message,
      );
      await handle.close();
      skip(refused !== undefined, `the file system has no sparse files (${refused})`);
      const counted = countReads(await openLocalFile(path));
      const file = await openWeights(counted);
      expect(file.size).toBeGreaterThan(10_000_000_000);
      expect(entryOf(file, 'big').parameters).toBe(elements);
      expect(counted.bytesRead()).toBeLessThan(10_000);
      await file.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('reads a large tensor in pieces and stops between them', async () => {
    const size = 2 ** 26 + 12;
    const data = new Uint8Array(size);
    data[size - 1] = 9;
    const file = await openBytes(
      safetensorsBytes({ a: { dtype: 'U8', shape: [size], data_offsets: [0, size] } }, data),
    );
    const bytes = await file.readBytes(entryOf(file, 'a'));
    expect(bytes.byteLength).toBe(size);
    expect(bytes[size - 1]).toBe(9);
    const job = stopAfter(3);
    await expect(file.readBytes(entryOf(file, 'a'), job)).rejects.toThrow('Cancelled.');
    expect(job.seen()).toBe(3);
  });
});

describe('refusing damaged safetensors', () => {
  const tensor = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['a file of a few bytes', new Uint8Array([1, 0, 0]), /3 bytes, too few for the 8/],
    [
      'a header longer than the file',
      new Uint8Array([200, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]),
      /header of 200 bytes, but only 2 follow/,
    ],
    [
      'a header of more than 100 MB',
      new Uint8Array([1, 0xe1, 0xf5, 5, 0, 0, 0, 0, 0x7b, 0x7d]),
      /header of 100000001 bytes, more than the 100000000 allowed/,
    ],
    [
      'a wrong beginning',
      new Uint8Array(Buffer.from('\xde\xad\xbe\xef\xde\xad\xbe\xef{}', 'latin1')),
      /more than the 100000000 allowed; it is damaged or not a safetensors file/,
    ],
    [
      'a header that is not UTF-8',
      safetensorsFromHeader(Buffer.from('7b22ff223a317d', 'hex'), new Uint8Array()),
      /not valid UTF-8/,
    ],
    ['a header that is not JSON', safetensorsBytes('{"a": nonsense}'), /not valid JSON/],
    ['a header that is a list', safetensorsBytes('[]'), /not a JSON object/],
    ['a header cut short', safetensorsBytes('{"a":{"dtype":"F32"'), /not valid JSON/],
    ['a string without an end', safetensorsBytes('{"a":{"dtype":"F32'), /not valid JSON/],
    [
      'a bad escape in a name',
      safetensorsBytes('{"a\\x":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}', float32(1)),
      /not valid JSON/,
    ],
    [
      'a tensor name used twice',
      safetensorsBytes(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},' +
          '"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        new Uint8Array(2),
      ),
      /has "a" twice/,
    ],
    [
      'a field of an entry used twice',
      safetensorsBytes(
        '{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}',
        new Uint8Array(1),
      ),
      /has "dtype" twice/,
    ],
    [
      'nesting deeper than the format has',
      safetensorsBytes(`${'{"a":'.repeat(5000)}`),
      /deeper than the 3 levels/,
    ],
    [
      'lists inside lists',
      safetensorsBytes(`{"a":${'['.repeat(5000)}`),
      /list that holds more than plain values/,
    ],
    ['an entry that is no object', safetensorsBytes({ a: 5 }), /"a" is not described by/],
    [
      'an entry without a dtype',
      safetensorsBytes({ a: { ...tensor, dtype: 3 } }, float32(1, 2)),
      /"a" has no dtype/,
    ],
    [
      'a negative size',
      safetensorsBytes({ a: { ...tensor, shape: [-2] } }, float32(1, 2)),
      /"a" has a shape that has the size -2/,
    ],
    [
      'a fractional size',
      safetensorsBytes({ a: { ...tensor, shape: [1.5] } }, float32(1, 2)),
      /the size 1\.5/,
    ],
    [
      'a shape that is no list',
      safetensorsBytes({ a: { ...tensor, shape: '2' } }, float32(1, 2)),
      /shape that is not a list/,
    ],
    [
      'a shape of absurd order',
      safetensorsBytes({ a: { ...tensor, shape: new Array(65).fill(1) } }, float32(1, 2)),
      /65 dimensions, more than the 64/,
    ],
    [
      'a product of sizes that overflows',
      safetensorsBytes({ a: { ...tensor, shape: [2 ** 40, 2 ** 40] } }, float32(1, 2)),
      /more elements than can be counted/,
    ],
    [
      'a shape that does not match the bytes',
      safetensorsBytes({ a: { ...tensor, shape: [3] } }, float32(1, 2)),
      /"a" has 8 bytes, but 3 of F32 takes 12/,
    ],
    [
      'a sub-byte type that does not match the bytes',
      safetensorsBytes({ a: { dtype: 'F4', shape: [3], data_offsets: [0, 2] } }, new Uint8Array(2)),
      /"a" has 2 bytes, but 3 of F4 takes 1\.5/,
    ],
    [
      'offsets that are not numbers',
      safetensorsBytes({ a: { ...tensor, data_offsets: ['0', 8] } }, float32(1, 2)),
      /not non-negative whole numbers/,
    ],
    [
      'three offsets',
      safetensorsBytes({ a: { ...tensor, data_offsets: [0, 4, 8] } }, float32(1, 2)),
      /not two numbers/,
    ],
    [
      'offsets in the wrong order',
      safetensorsBytes({ a: { ...tensor, data_offsets: [8, 0] } }, float32(1, 2)),
      /ends at byte 0, before its begin at byte 8/,
    ],
    [
      'offsets beyond the file, as after a broken download',
      safetensorsBytes({ a: { ...tensor, data_offsets: [0, 8] } }, new Uint8Array(7)),
      /"a" ends at byte 8, but only 7 bytes of data follow the header \(is the file truncated\?\)/,
    ],
    [
      'tensors that overlap',
      safetensorsBytes(
        { a: tensor, b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } },
        float32(1, 2),
      ),
      /"b" starts at byte 4, inside tensor "a" that ends at byte 8/,
    ],
    [
      'bytes between tensors that belong to none',
      safetensorsBytes(
        {
          a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
          b: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
        },
        float32(1, 2, 3),
      ),
      /bytes 4 to 8 belong to no tensor/,
    ],
    [
      'bytes after the last tensor',
      safetensorsBytes({ a: tensor }, new Uint8Array(9)),
      /bytes 8 to 9 belong to no tensor/,
    ],
    [
      'metadata that is no object',
      safetensorsBytes({ __metadata__: 'x' }),
      /__metadata__ is not a JSON object/,
    ],
    [
      'metadata that is not text',
      safetensorsBytes({ __metadata__: { epoch: 3 } }),
      /"epoch" in __metadata__ is not a string/,
    ],
    [
      'a name that is half a character',
      safetensorsBytes(
        '{"\\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        new Uint8Array(1),
      ),
      /not valid Unicode/,
    ],
  ];

  test.each(cases)('refuses %s', async (_, bytes, message) => {
    const failure = await openBytes(bytes).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(FormatError);
    expect(String(failure)).toMatch(message);
    expect(String(failure)).toContain('model.safetensors');
  });
});

describe('writing safetensors', () => {
  test('writes what it reads back, metadata included', async () => {
    const sink = memorySink();
    await writeSafetensors(
      sink,
      [
        source('conv', [2, 1, 1, 2], 'float32', [1, 2, 3, 4]),
        source('2', [], 'int64', [-7]),
        source('1', [3], 'bool', [1, 0, 1]),
        source('half', [2], 'bfloat16', [0.5, -3]),
        source('none', [0, 4], 'float16', []),
      ],
      { format: 'pt', note: 'ä "quoted"' },
    );
    const file = await openBytes(sink.bytes());
    expect(file.tensors.map(({ name }) => name)).toEqual(['conv', '2', '1', 'half', 'none']);
    expect(file.metadata).toEqual({ format: 'pt', note: 'ä "quoted"' });
    const read = async (name: string) => [...(await readTensor(file, entryOf(file, name))).data];
    expect(await read('conv')).toEqual([1, 2, 3, 4]);
    expect(await read('2')).toEqual([-7]);
    expect(await read('1')).toEqual([1, 0, 1]);
    expect(await read('half')).toEqual([0.5, -3]);
    expect(await read('none')).toEqual([]);
  });

  test('starts the data, and every tensor, at a multiple of its element size', async () => {
    const sink = memorySink();
    await writeSafetensors(
      sink,
      [source('odd', [3], 'uint8', [1, 2, 3]), source('wide', [1], 'float64', [Math.PI])],
      {},
    );
    const bytes = Buffer.from(sink.bytes());
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
      string,
      { data_offsets: number[] }
    >;
    expect(header.wide.data_offsets).toEqual([0, 8]);
    expect(header.odd.data_offsets).toEqual([8, 11]);
    expect(Object.keys(header)).toEqual(['odd', 'wide']);
  });

  test('gives the same bytes for the same tensors, and asks for one tensor at a time', async () => {
    const write = async () => {
      const sink = memorySink();
      let alive = 0;
      const tensors = ['a', 'b', 'c'].map((name) => ({
        ...source(name, [2], 'float32', [1, 2]),
        bytes: async () => {
          alive++;
          return new Uint8Array(8);
        },
      }));
      const seen: number[] = [];
      const watched = {
        write: async (bytes: Uint8Array) => {
          seen.push(alive);
          await sink.write(bytes);
        },
      };
      await writeSafetensors(watched, tensors, { k: 'v' });
      expect(seen).toEqual([0, 1, 2, 3]);
      return sink.bytes();
    };
    expect(await write()).toEqual(await write());
  });

  test('passes a type it does not know through unchanged', async () => {
    const sink = memorySink();
    const raw = new Uint8Array([9, 8, 7]);
    await writeSafetensors(
      sink,
      [
        {
          name: 'fp8',
          shape: [3],
          dtype: 'uint8',
          storedDtype: 'F8_E5M2',
          byteLength: 3,
          bytes: async () => raw,
        },
      ],
      {},
    );
    const file = await openBytes(sink.bytes());
    expect(entryOf(file, 'fp8').storedDtype).toBe('F8_E5M2');
    expect(await file.readBytes(entryOf(file, 'fp8'))).toEqual(raw);
  });

  test('refuses a name used twice, a reserved name, and bytes of another length than stated', async () => {
    const one = source('a', [1], 'float32', [1]);
    await expect(writeSafetensors(memorySink(), [one, one], {})).rejects.toThrow(/one name "a"/);
    await expect(
      writeSafetensors(memorySink(), [{ ...one, name: '__metadata__' }], {}),
    ).rejects.toThrow(/"__metadata__"/);
    await expect(writeSafetensors(memorySink(), [{ ...one, byteLength: 8 }], {})).rejects.toThrow(
      /"a" \(1, float32\) takes 4 bytes, not 8/,
    );
    await expect(
      writeSafetensors(memorySink(), [{ ...one, bytes: async () => new Uint8Array(5) }], {}),
    ).rejects.toThrow(/announced with 4 bytes but has 5/);
  });

  test('stops when cancelled', async () => {
    const tensors = ['a', 'b'].map((name) => source(name, [1], 'float32', [1]));
    await expect(writeSafetensors(memorySink(), tensors, {}, stopAfter(2))).rejects.toThrow(
      'Cancelled.',
    );
  });
});
