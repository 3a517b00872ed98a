import { crc32, deflateRawSync } from 'node:zlib';
import { ZipFile } from 'yazl';
import { describe, expect, test } from 'vitest';
import { FormatError, UnsupportedError, UsageError } from '../../../src/failures';
import { npzFormat } from '../../../src/formats/npz';
import { npyHeaderBytes } from '../../../src/formats/npyHeader';
import { openWeights } from '../../../src/formats/registry';
import { readTensor } from '../../../src/formats/tensorData';
import { openMemoryFile } from '../../../src/io/memoryFile';
import { stopAfter } from '../../support/stopAfter';
import { countReads, entryOf, memorySink, npyBytes, seededRandom, source } from './support';

const openBytes = (bytes: Uint8Array) => openWeights(openMemoryFile(bytes, 'arrays.npz'));

interface Member {
  readonly name: string;
  readonly content: Uint8Array;
  readonly options?: { readonly compress?: boolean; readonly forceZip64Format?: boolean };
}

async function zipOf(members: readonly Member[], zip64 = false): Promise<Uint8Array> {
  const zip = new ZipFile();
  for (const { name, content, options } of members) {
    zip.addBuffer(Buffer.from(content), name, { compress: false, ...options });
  }
  zip.end({ forceZip64Format: zip64, comment: '' });
  const pieces: Buffer[] = [];
  for await (const piece of zip.outputStream) {
    pieces.push(Buffer.from(piece as Uint8Array));
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function npy(values: readonly number[]): Uint8Array {
  const data = new Uint8Array(Float64Array.from(values).buffer);
  return new Uint8Array(Buffer.concat([npyHeaderBytes('float64', [values.length]), data]));
}

/** One member with whatever its headers claim; for archives no library would write. */
function rawZip(claims: {
  readonly name?: string;
  readonly stored: Uint8Array;
  readonly size: number;
  readonly method: number;
  readonly flags?: number;
  readonly checksum?: number;
}): Uint8Array {
  const name = Buffer.from(claims.name ?? 'a.npy');
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(claims.flags ?? 0, 2);
  common.writeUInt16LE(claims.method, 4);
  common.writeUInt32LE(claims.checksum ?? 0, 10);
  common.writeUInt32LE(claims.stored.byteLength, 14);
  common.writeUInt32LE(claims.size, 18);
  common.writeUInt16LE(name.byteLength, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, claims.stored]);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\x00', 'latin1'),
    common,
    Buffer.alloc(14),
    name,
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.byteLength, 12);
  end.writeUInt32LE(local.byteLength, 16);
  return new Uint8Array(Buffer.concat([local, central, end]));
}

describe('reading .npz', () => {
  test.each([false, true])('reads members, compressed: %s', async (compress) => {
    const values = Array.from({ length: 3000 }, (_, i) => Math.sin(i));
    const file = await openBytes(
      await zipOf([
        { name: 'layer/weight.npy', content: npy(values), options: { compress } },
        { name: 'bias.npy', content: npy([1, 2]), options: { compress } },
      ]),
    );
    expect(file.tensors).toEqual([
      {
        name: 'layer/weight',
        shape: [3000],
        dtype: 'float64',
        storedDtype: '<f8',
        parameters: 3000,
        bytes: 24000,
      },
      { name: 'bias', shape: [2], dtype: 'float64', storedDtype: '<f8', parameters: 2, bytes: 16 },
    ]);
    const { data } = await readTensor(file, entryOf(file, 'layer/weight'));
    expect([...data]).toEqual(values);
    expect([...(await readTensor(file, entryOf(file, 'bias'))).data]).toEqual([1, 2]);
  });

  test('reads zip64 directories', async () => {
    const file = await openBytes(
      await zipOf(
        [{ name: 'a.npy', content: npy([4, 5]), options: { forceZip64Format: true } }],
        true,
      ),
    );
    expect([...(await readTensor(file, entryOf(file, 'a'))).data]).toEqual([4, 5]);
  });

  test('reads headers alone when opening', async () => {
    const random = seededRandom(1);
    const values = Array.from({ length: 200_000 }, random);
    const archive = await zipOf([
      { name: 'stored.npy', content: npy(values) },
      { name: 'deflated.npy', content: npy(values), options: { compress: true } },
    ]);
    const counted = countReads(openMemoryFile(archive, 'arrays.npz'));
    const file = await openWeights(counted);
    expect(file.tensors).toHaveLength(2);
    expect(archive.byteLength).toBeGreaterThan(2_000_000);
    expect(counted.bytesRead()).toBeLessThan(150_000);
  });

  test('reads members whose header is not C order or little-endian', async () => {
    const header = `{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }`;
    const content = npyBytes(header, new Uint8Array([0, 1, 0, 2, 0, 3, 0, 4]));
    const file = await openBytes(await zipOf([{ name: 'x.npy', content }]));
    expect([...(await readTensor(file, file.tensors[0])).data]).toEqual([1, 3, 2, 4]);
  });

  test('lists what it cannot read, with the reason, and reads the rest', async () => {
    const object = npyBytes(`{'descr': '|O', 'fortran_order': False, 'shape': (1,), }`, npy([1]));
    const file = await openBytes(
      await zipOf([
        { name: 'good.npy', content: npy([1]) },
        { name: 'object.npy', content: object },
        { name: 'README.txt', content: Buffer.from('hello') },
      ]),
    );
    expect(file.tensors.map(({ name, problem }) => [name, problem !== undefined])).toEqual([
      ['good', false],
      ['object', true],
      ['README.txt', true],
    ]);
    await expect(file.readBytes(entryOf(file, 'object'))).rejects.toThrow(UnsupportedError);
    await expect(readTensor(file, entryOf(file, 'README.txt'))).rejects.toThrow(UnsupportedError);
    expect([...(await readTensor(file, entryOf(file, 'good'))).data]).toEqual([1]);
  });

  test('opens an archive without arrays as one without tensors', async () => {
    expect((await openBytes(await zipOf([]))).tensors).toEqual([]);
  });

  test('lists encrypted members and those of another compression, unread', async () => {
    const content = npy([1]);
    const claims = { stored: content, size: content.byteLength };
    const encrypted = await openBytes(rawZip({ ...claims, method: 8, flags: 1 }));
    expect(encrypted.tensors[0].problem).toMatch(/encrypted/);
    const lzma = await openBytes(rawZip({ ...claims, method: 14 }));
    expect(lzma.tensors[0].problem).toMatch(/method 14/);
    await expect(lzma.readBytes(lzma.tensors[0])).rejects.toThrow(UnsupportedError);
  });

  test('stops when cancelled', async () => {
    const file = await openBytes(
      await zipOf([{ name: 'a.npy', content: npy([1, 2]), options: { compress: true } }]),
    );
    await expect(file.readBytes(file.tensors[0], stopAfter(1))).rejects.toThrow('Cancelled.');
  });
});

describe('refusing damaged .npz', () => {
  const content = npy([1, 2, 3]);
  const checksum = crc32(content);
  const read = async (bytes: Uint8Array) => {
    const file = await openBytes(bytes);
    await file.readBytes(file.tensors[0]);
  };

  test('refuses an archive cut short', async () => {
    const archive = await zipOf([{ name: 'a.npy', content }]);
    await expect(openBytes(archive.slice(0, -30))).rejects.toThrow(FormatError);
    await expect(openBytes(archive.slice(0, -30))).rejects.toThrow(/arrays\.npz.*damaged/);
  });

  test('refuses bytes that fail the checksum', async () => {
    for (const compress of [false, true]) {
      const archive = await zipOf([{ name: 'a.npy', content, options: { compress } }]);
      await expect(read(archive)).resolves.toBeUndefined();
      const end = Buffer.from(archive).indexOf(Buffer.from('PK\x01\x02', 'latin1'));
      archive[end + 16] ^= 1;
      await expect(read(archive)).rejects.toThrow(/"a\.npy" fails its checksum/);
    }
  });

  test('refuses compressed data that are none', async () => {
    const stored = deflateRawSync(content);
    stored.fill(0xff, 0, 4);
    await expect(
      read(rawZip({ stored, size: content.byteLength, method: 8, checksum })),
    ).rejects.toThrow(/damaged compressed data in "a\.npy"/);
  });

  test('refuses a zip bomb before unpacking it', async () => {
    const stored = deflateRawSync(content);
    await expect(
      openBytes(rawZip({ stored, size: 4_000_000_000, method: 8, checksum })),
    ).rejects.toThrow(/states 4000000000 bytes, more than its \d+ stored bytes can hold/);
  });

  test('stops unpacking at the size the archive states', async () => {
    const large = npy(new Array<number>(5000).fill(1));
    const stored = deflateRawSync(large);
    // A header for three values and a stated size to match, over data for five thousand.
    const lying = Buffer.concat([content, large]);
    const size = content.byteLength;
    await expect(
      read(rawZip({ stored: deflateRawSync(lying), size, method: 8, checksum })),
    ).rejects.toThrow(/does not have the size/);
    await expect(
      read(rawZip({ stored, size: large.byteLength + 8, method: 8, checksum })),
    ).rejects.toThrow(/of data, but 5000 of <f8 takes 40000/);
  });

  test('refuses names that lead out of a folder', async () => {
    for (const name of ['../../evil.npy', '/etc/evil.npy', 'C:\\evil.npy']) {
      await expect(
        openBytes(rawZip({ name, stored: content, size: content.byteLength, method: 0, checksum })),
      ).rejects.toThrow(/arrays\.npz.*(relative path|absolute path)/);
    }
  });

  test('refuses two arrays of one name', async () => {
    await expect(
      openBytes(
        await zipOf([
          { name: 'a.npy', content },
          { name: 'a.npy', content },
        ]),
      ),
    ).rejects.toThrow(/the array "a" twice/);
  });

  test('refuses a member that is no array although it is called one', async () => {
    await expect(
      openBytes(await zipOf([{ name: 'a.npy', content: Buffer.from('not an array') }])),
    ).rejects.toThrow(/"a\.npy" does not begin with the mark of a \.npy array/);
  });

  test('says that another zip archive is none', async () => {
    await expect(
      openBytes(await zipOf([{ name: 'model/data.pkl', content: new Uint8Array(4) }])),
    ).rejects.toThrow(/PyTorch/);
  });
});

describe('writing .npz', () => {
  const write = async (tensors: Parameters<typeof source>[], metadata = {}) => {
    const sink = memorySink();
    await npzFormat.write?.(
      sink,
      tensors.map((tensor) => source(...tensor)),
      metadata,
    );
    return sink.bytes();
  };

  test('writes what it reads back, the same bytes each time', async () => {
    const values = Array.from({ length: 300_000 }, (_, i) => i % 251);
    const tensors: Parameters<typeof source>[] = [
      ['conv.weight', [300, 1000], 'float64', values],
      ['scalar', [], 'float16', [2]],
      ['none', [0], 'int32', []],
      ['größe', [2], 'bool', [1, 0]],
    ];
    const bytes = await write(tensors);
    expect(Buffer.compare(bytes, await write(tensors))).toBe(0);
    const file = await openBytes(bytes);
    expect(file.tensors.map(({ name }) => name)).toEqual(tensors.map(([name]) => name));
    for (const [name, shape, , expected] of tensors) {
      const tensor = await readTensor(file, entryOf(file, name));
      expect(tensor.shape).toEqual(shape);
      expect([...tensor.data]).toEqual(expected);
    }
  });

  test('writes an archive without arrays', async () => {
    expect((await openBytes(await write([]))).tensors).toEqual([]);
  });

  test('passes on what a tensor or the disk throws, and ends', async () => {
    const broken = {
      ...source('a', [1], 'float32', [1]),
      bytes: () => Promise.reject(new FormatError('the source is broken')),
    };
    await expect(npzFormat.write?.(memorySink(), [broken], {})).rejects.toThrow(
      'the source is broken',
    );
    const full = { write: () => Promise.reject(new Error('the disk is full')) };
    const large = source('a', [100_000], 'float32', new Array<number>(100_000).fill(1));
    await expect(npzFormat.write?.(full, [large], {})).rejects.toThrow('the disk is full');
    await expect(
      npzFormat.write?.(memorySink(), [{ ...large, bytes: async () => new Uint8Array(4) }], {}),
    ).rejects.toThrow(UsageError);
  });

  test('stops when cancelled', async () => {
    const large = source('a', [1000], 'float32', new Array<number>(1000).fill(1));
    for (const looks of [1, 2]) {
      await expect(npzFormat.write?.(memorySink(), [large], {}, stopAfter(looks))).rejects.toThrow(
        'Cancelled.',
      );
    }
  });

  test('refuses what a .npz cannot hold', async () => {
    await expect(write([['../a', [1], 'int8', [1]]])).rejects.toThrow(
      /"\.\.\/a" cannot be a member/,
    );
    await expect(write([['a', [1], 'bfloat16', [1]]])).rejects.toThrow(UnsupportedError);
    const foreign = { ...source('a', [1], 'uint8', [1]), storedDtype: 'F8_E4M3' };
    await expect(npzFormat.write?.(memorySink(), [foreign], {})).rejects.toThrow(UnsupportedError);
    await expect(write([['a', [1], 'int8', [1]]], { k: 'v' })).rejects.toThrow(UsageError);
    await expect(
      write([
        ['a', [1], 'int8', [1]],
        ['a', [1], 'int8', [1]],
      ]),
    ).rejects.toThrow(UsageError);
  });
});
