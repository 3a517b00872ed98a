import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError, UsageError } from '../../../../src/failures';
import { toDense } from '../../../../src/engine/sparse/sparseTensor';
import { npzFormat } from '../../../../src/formats/npz';
import { npyFormat } from '../../../../src/formats/npy';
import { readSparse } from '../../../../src/formats/sparse/registry';
import { openMemoryFile } from '../../../../src/io/memoryFile';
import { memorySink, source } from '../support';
import { stopAfter } from '../../../support/stopAfter';
import { mtx, read } from './support';

const good = mtx('real general', '1 1 1', '1 1 1');

async function arrays(): Promise<Uint8Array> {
  const sink = memorySink();
  await npzFormat.write?.(
    sink,
    [
      source('pruned', [2, 3], 'float32', [0, 1, 0, 0, 0, -2.5]),
      source('bias', [2], 'float32', [1, NaN]),
    ],
    {},
  );
  return sink.bytes();
}

describe('the registry of sparse formats', () => {
  it('reads a tensor of a weights file by its nonzeros', async () => {
    const { tensor, stored, zeros, format, notes } = await read(await arrays(), 'net.npz', {
      tensor: 'pruned',
    });
    expect([...toDense(tensor).data]).toEqual([0, 1, 0, 0, 0, -2.5]);
    expect([stored, zeros, format]).toEqual([6, 4, 'npz']);
    expect(notes).toEqual(['Tensor "pruned", stored in full (2 × 3).']);
    const sink = memorySink();
    await npyFormat.write?.(sink, [source('w', [3], 'int32', [0, 7, 0])], {});
    expect([...(await read(sink.bytes(), 'w.npy')).tensor.indices[0]]).toEqual([1]);
  });

  it('asks for a name where there are several tensors, and refuses one where there is none', async () => {
    const file = await arrays();
    await expect(read(file, 'net.npz')).rejects.toThrow('2 tensors; name one: "pruned", "bias"');
    await expect(read(file, 'net.npz', { tensor: 'x' })).rejects.toThrow('has no tensor "x"');
    await expect(read(file, 'net.npz', { tensor: 'bias' })).rejects.toThrow(FormatError);
    await expect(read(file, 'net.npz', { tensor: 'bias' })).rejects.toThrow(
      'tensor "bias": Element 2 is NaN',
    );
    const failure = read(good, 'a.mtx', { tensor: 'x' });
    await expect(failure).rejects.toThrow(UsageError);
    await expect(failure).rejects.toThrow('holds one sparse tensor without a name');
  });

  it.each([
    ['an empty file', '', 'a.mtx', 'is empty (0 bytes)'],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
      'a.mtx',
      'Git LFS pointer',
    ],
    ['a web page', '<!DOCTYPE html><html></html>', 'a.tns', 'an HTML page'],
    [
      'a matrix that has lost its banner',
      '2 2 1\n1 1 1\n',
      'a.mtx',
      'does not begin with "%%MatrixMarket"',
    ],
    ['prose', 'nothing but words', 'a.tns', 'line 1 has "nothing" for its index 1'],
    ['JSON', '{"a": 1}', 'a.mtx', 'a JSON text'],
  ])('says what a file really is: %s', async (_, content, name, message) => {
    const failure = read(content, name);
    await expect(failure).rejects.toThrow(FormatError);
    await expect(failure).rejects.toThrow(message);
  });

  it('says what it reads when a file is none of it', async () => {
    await expect(read('nothing but words', 'notes.md')).rejects.toThrow(UnsupportedError);
    await expect(read('nothing but words', 'notes.md')).rejects.toThrow('.mtx, .tns, .npz');
    await expect(read('nothing but words', 'notes.md.gz')).rejects.toThrow(
      'neither a sparse matrix',
    );
    await expect(read(await arrays(), 'net.npz.gz')).rejects.toThrow('unpack it first');
  });

  it('reports damage to a compressed file, wherever it is', async () => {
    const lines = Array.from({ length: 20_000 }, (_, e) => `${e + 1} 1 ${Math.sin(e)}`);
    const whole = gzipSync(mtx('real general', '20000 1 20000', ...lines));
    const open = (bytes: Uint8Array) => readSparse(openMemoryFile(bytes, 'a.mtx.gz'));
    expect((await open(whole)).tensor.values.length).toBe(19_999);
    await expect(open(whole.subarray(0, whole.length / 2))).rejects.toThrow(FormatError);
    await expect(open(whole.subarray(0, whole.length / 2))).rejects.toThrow(
      'damaged as a gzip file',
    );
    const turned = Buffer.from(whole);
    turned[turned.length - 6] ^= 1;
    await expect(open(turned)).rejects.toThrow('damaged as a gzip file');
    await expect(open(Uint8Array.of(0x1f, 0x8b, 9, 9, 9))).rejects.toThrow(
      'damaged as a gzip file',
    );
    // Several members one behind the other are one file (RFC 1952).
    const halves = [whole, gzipSync('')];
    expect((await open(Buffer.concat(halves))).tensor.values.length).toBe(19_999);
  });

  it('closes the file in any case', async () => {
    for (const content of [good, 'junk', '']) {
      let closed = 0;
      const file = openMemoryFile(Buffer.from(content), 'a.mtx');
      const watched = { ...file, close: async () => void closed++ };
      await readSparse(watched).catch(() => {});
      expect(closed).toBe(1);
    }
  });

  it('can be stopped, and says how far it is', async () => {
    const fractions: number[] = [];
    const job = {
      throwIfCancelled() {},
      report: (fraction: number) => void fractions.push(fraction),
    };
    await read(good, 'a.mtx.gz', { job });
    expect(fractions.at(-1)).toBe(1);
    for (const name of ['a.mtx', 'a.mtx.gz']) {
      await expect(read(good, name, { job: stopAfter(2) })).rejects.toThrow('Cancelled');
    }
  });
});
