import { describe, expect, test } from 'vitest';
import { FormatError, UnsupportedError, UsageError } from '../../../src/failures';
import { npyFormat } from '../../../src/formats/npy';
import { npyHeaderBytes } from '../../../src/formats/npyHeader';
import { openWeights } from '../../../src/formats/registry';
import { readTensor } from '../../../src/formats/tensorData';
import { openMemoryFile } from '../../../src/io/memoryFile';
import { memorySink, npyBytes, source } from './support';

const openBytes = (bytes: Uint8Array) => openWeights(openMemoryFile(bytes, 'array.npy'));

async function readAll(bytes: Uint8Array): Promise<{ shape: readonly number[]; values: number[] }> {
  const file = await openBytes(bytes);
  const { shape, data } = await readTensor(file, file.tensors[0]);
  return { shape, values: [...data] };
}

const header = (descr: string, fortran: boolean, shape: string) =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`;

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('reading .npy', () => {
  test('names the one tensor after the file', async () => {
    const file = await openBytes(npyBytes(header('<f4', false, '(2,)'), hex('0000803f 000000c0')));
    expect(file.tensors).toEqual([
      {
        name: 'array',
        shape: [2],
        dtype: 'float32',
        storedDtype: '<f4',
        parameters: 2,
        bytes: 8,
      },
    ]);
  });

  test.each([
    ['<f8', '000000000000f83f', 1.5],
    ['>f8', '3ff8000000000000', 1.5],
    ['<f4', '0000c0bf', -1.5],
    ['>f4', 'bfc00000', -1.5],
    ['<f2', '003e', 1.5],
    ['>f2', '3e00', 1.5],
    ['<i8', 'feffffffffffffff', -2],
    ['>i8', 'fffffffffffffffe', -2],
    ['<i4', 'feffffff', -2],
    ['>i4', 'fffffffe', -2],
    ['<i2', 'feff', -2],
    ['>i2', 'fffe', -2],
    ['|i1', 'fe', -2],
    ['<u8', '0100000001000000', 4294967297],
    ['>u8', '0000000100000001', 4294967297],
    ['<u4', 'feffffff', 4294967294],
    ['>u4', 'fffffffe', 4294967294],
    ['<u2', 'feff', 65534],
    ['>u2', 'fffe', 65534],
    ['|u1', 'fe', 254],
    ['|b1', '01', 1],
  ])('reads a scalar of type %s', async (descr, bytes, value) => {
    expect(await readAll(npyBytes(header(descr, false, '()'), hex(bytes)))).toEqual({
      shape: [],
      values: [value],
    });
  });

  test.each([1, 2, 3])('reads version %i.0', async (version) => {
    const bytes = npyBytes(header('|u1', false, '(3,)'), hex('010203'), version);
    expect((await readAll(bytes)).values).toEqual([1, 2, 3]);
  });

  test('turns column-major into row-major, for any order and element size', async () => {
    for (const [descr, Stored] of [
      ['|u1', Uint8Array],
      ['<u2', Uint16Array],
      ['<u4', Uint32Array],
      ['<f8', Float64Array],
    ] as const) {
      const [A, B, C, D] = [2, 3, 1, 4];
      const stored = new Stored(A * B * C * D);
      const expected: number[] = [];
      for (let a = 0; a < A; a++) {
        for (let b = 0; b < B; b++) {
          for (let d = 0; d < D; d++) {
            const value = 100 * a + 10 * b + d;
            stored[a + A * (b + B * C * d)] = value;
            expected.push(value);
          }
        }
      }
      const bytes = npyBytes(header(descr, true, '(2, 3, 1, 4)'), new Uint8Array(stored.buffer));
      expect(await readAll(bytes)).toEqual({ shape: [2, 3, 1, 4], values: expected });
    }
  });

  test('swaps and reorders at once', async () => {
    const bytes = npyBytes(header('>i2', true, '(2, 2)'), hex('0001 0002 0003 0004'));
    expect((await readAll(bytes)).values).toEqual([1, 3, 2, 4]);
  });

  test('reads the header as Python 2 wrote it', async () => {
    const bytes = npyBytes(
      `{u'shape': (2L, 1L), "descr": '<u2', 'fortran_order': False}    `,
      hex('0100 0200'),
    );
    expect(await readAll(bytes)).toEqual({ shape: [2, 1], values: [1, 2] });
  });

  test.each([
    ["'|O'", /pickle.*never executed/],
    ["[('x', '<f4'), ('y', '<i4', (2,))]", /structures/],
    ["'<c16'", /complex/],
    ["'<U3'", /text/],
    ["'<M8[ns]'", /dates/],
    ["'|V2'", /bfloat16/],
    ["'<f16'", /width/],
    ["'<q4'", /unknown/],
  ])('lists an array of type %s but does not read it', async (descr, reason) => {
    const size = { "'<c16'": 16, "'<U3'": 12, "'<M8[ns]'": 8, "'|V2'": 2, "'<f16'": 16 }[descr];
    const bytes = npyBytes(
      `{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }`,
      new Uint8Array(size ?? 30),
    );
    const file = await openBytes(bytes);
    const [entry] = file.tensors;
    expect(entry.dtype).toBeUndefined();
    expect(entry.problem).toMatch(reason);
    await expect(file.readBytes(entry)).rejects.toThrow(UnsupportedError);
    await expect(readTensor(file, entry)).rejects.toThrow(UnsupportedError);
  });
});

describe('refusing damaged .npy', () => {
  const sound = npyBytes(header('<f4', false, '(2,)'), new Uint8Array(8));
  test.each([
    [
      'data cut short',
      sound.slice(0, -1),
      /7 bytes of data, but 2 of <f4 takes 8; it is truncated/,
    ],
    ['data too long', new Uint8Array([...sound, 0]), /takes 8; it is damaged/],
    ['a header cut short', sound.slice(0, 30), /truncated/],
    ['nothing but the mark', sound.slice(0, 6), /truncated/],
    [
      'a header length beyond the limit',
      new Uint8Array([...sound.slice(0, 6), 2, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0]),
      /header of 2147483647 bytes, more than the 1048576/,
    ],
    ['a header that is no literal', npyBytes('exec("rm")', new Uint8Array()), /not a Python dict/],
    [
      'a call in the header',
      npyBytes(`{'descr': __import__('os'), 'fortran_order': False, 'shape': (), }`, hex('00')),
      /not a Python dictionary/,
    ],
    ['a header that is a list', npyBytes('[1, 2]', new Uint8Array()), /not a dictionary/],
    ['a missing key', npyBytes(`{'descr': '<f4'}`, new Uint8Array()), /without exactly/],
    [
      'a key given twice',
      npyBytes(`{'shape': (), 'shape': (), 'descr': '<f4', 'fortran_order': False}`, hex('00')),
      /a second time/,
    ],
    [
      'endless nesting',
      npyBytes(`{'descr': ${'('.repeat(9999)}`, new Uint8Array()),
      /nesting deeper than 32/,
    ],
    ['a negative size', npyBytes(header('<f4', false, '(-1,)'), hex('')), /the size -1/],
    [
      'sizes that overflow',
      npyBytes(header('<f4', false, '(4294967296, 4294967296)'), hex('')),
      /more elements than can be counted/,
    ],
    ['a type that is none', npyBytes(header('float', false, '()'), hex('')), /does not know/],
    [
      'invalid UTF-8 in version 3',
      npyBytes(header('<f4', false, '()'), hex('00000000'), 3).fill(0xff, 20, 24),
      /not valid UTF-8/,
    ],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(openBytes(bytes)).rejects.toThrow(FormatError);
    await expect(openBytes(bytes)).rejects.toThrow(message);
    await expect(openBytes(bytes)).rejects.toThrow(/array\.npy/);
  });

  test('says which version it does not know', async () => {
    const bytes = sound.slice();
    bytes[6] = 4;
    await expect(openBytes(bytes)).rejects.toThrow(UnsupportedError);
    await expect(openBytes(bytes)).rejects.toThrow(/version 4\.0/);
  });
});

describe('writing .npy', () => {
  const write = async (...tensors: Parameters<typeof source>[]) => {
    const sink = memorySink();
    await npyFormat.write?.(
      sink,
      tensors.map((tensor) => source(...tensor)),
      {},
    );
    return sink.bytes();
  };

  test('writes the bytes NumPy writes', async () => {
    const bytes = await write(['x', [3], 'float32', [1, 2, 3]]);
    expect(bytes.byteLength).toBe(128 + 12);
    expect(Buffer.from(bytes).toString('latin1', 0, 128)).toBe(
      `\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }`.padEnd(
        127,
      ) + '\n',
    );
  });

  test.each([
    ['float64', [2, 3], [1, 2, 3, 4, 5, 6]],
    ['float16', [], [0.25]],
    ['bool', [2], [1, 0]],
    ['uint64', [1], [2 ** 53]],
    ['int8', [0, 3], []],
  ] as const)('reads back %s of shape %j', async (dtype, shape, values) => {
    expect(await readAll(await write(['x', shape, dtype, values]))).toEqual({ shape, values });
  });

  test('takes version 2.0 when the header does not fit version 1.0', () => {
    const long = npyHeaderBytes('float32', new Array<number>(25_000).fill(1));
    expect([...long.subarray(6, 8)]).toEqual([2, 0]);
    expect(new DataView(long.buffer).getUint32(8, true)).toBe(long.byteLength - 12);
    expect(long.byteLength % 64).toBe(0);
  });

  test('refuses what a .npy cannot hold', async () => {
    await expect(write()).rejects.toThrow(UsageError);
    await expect(write(['a', [1], 'float32', [1]], ['b', [1], 'float32', [1]])).rejects.toThrow(
      /holds one array, not 2/,
    );
    await expect(write(['a', [1], 'bfloat16', [1]])).rejects.toThrow(/NumPy has no bfloat16/);
    await expect(
      npyFormat.write?.(memorySink(), [source('a', [1], 'int8', [1])], { author: 'x' }),
    ).rejects.toThrow(/no place for metadata such as "author"/);
  });
});
