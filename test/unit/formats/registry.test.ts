import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError, UnsupportedError } from '../../../src/failures';
import {
  formatByName,
  formats,
  openWeights,
  supportedExtensions,
} from '../../../src/formats/registry';
import { openMemoryFile } from '../../../src/io/memoryFile';
import { memorySink, npyBytes, safetensorsBytes, source } from './support';

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

/** A local zip header with the given first member. */
const zipStart = (name: string) =>
  latin1(`PK\x03\x04${'\0'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}rest`);

const scalar = npyBytes(
  `{'descr': '|u1', 'fortran_order': False, 'shape': (), }`,
  new Uint8Array([1]),
);

describe('choosing a format', () => {
  test('lists each format and its extensions', () => {
    expect(formats.map(({ id }) => id)).toEqual(['npy', 'npz', 'safetensors']);
    expect(supportedExtensions).toEqual(['.npy', '.npz', '.safetensors']);
    expect(formatByName('Model.SafeTensors')?.id).toBe('safetensors');
    expect(formatByName('model.bin')).toBeUndefined();
  });

  test('goes by the content, whatever the name', async () => {
    const file = await openWeights(openMemoryFile(safetensorsBytes({}), 'weights.npy'));
    expect(file.format).toBe('safetensors');
    expect((await openWeights(openMemoryFile(scalar, 'a.bin'))).format).toBe('npy');
    const sink = memorySink();
    await formats[1].write?.(sink, [source('x', [1], 'int8', [1])], {});
    expect((await openWeights(openMemoryFile(sink.bytes(), 'a.zip'))).format).toBe('npz');
  });

  test('goes by the name for a damaged file, and says what is wrong with it', async () => {
    const damaged = new Uint8Array(100).fill(0xff);
    await expect(openWeights(openMemoryFile(damaged, 'a.safetensors'))).rejects.toThrow(
      /states a header/,
    );
    await expect(openWeights(openMemoryFile(damaged, 'a.npy'))).rejects.toThrow(/mark of a \.npy/);
    await expect(openWeights(openMemoryFile(damaged, 'a.npz'))).rejects.toThrow(/zip archive/);
  });

  test('refuses a file of no known kind', async () => {
    const failing = openWeights(openMemoryFile(new Uint8Array([1, 2, 3, 0, 5]), 'a.dat'));
    await expect(failing).rejects.toThrow(UnsupportedError);
    await expect(failing).rejects.toThrow(/"a\.dat".*\.npy, \.npz, \.safetensors/);
  });

  test('closes the file when it cannot be opened as weights', async () => {
    const closed: string[] = [];
    const file = openMemoryFile(new Uint8Array(), 'empty.npy');
    const watched = { ...file, close: async () => void closed.push(file.name) };
    await expect(openWeights(watched)).rejects.toThrow();
    expect(closed).toEqual(['empty.npy']);
  });
});

describe('telling what a foreign file is', () => {
  test.each([
    ['an empty file', new Uint8Array(), /empty \(0 bytes\)/],
    [
      'a Git LFS pointer',
      latin1('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
      /Git LFS pointer.*git lfs pull/,
    ],
    ['an HTML page', latin1('\n<!DOCTYPE html>\n<html><body>404</body></html>'), /HTML page/],
    ['an HTML page without a doctype', latin1('<html lang="de">'), /HTML page/],
    ['a PyTorch file', zipStart('archive/data.pkl'), /PyTorch file/],
    ['a Keras file', zipStart('config.json'), /Keras/],
    ['another zip archive', zipStart('holiday.jpg'), /zip archive/],
    ['a pickle', latin1('\x80\x02}q\x00X\x06\x00\x00\x00weight'), /pickle.*never executed/],
    ['a framed pickle', latin1('\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00}'), /pickle/],
    ['an old PyTorch file', latin1('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'), /pickle/],
    ['an HDF5 file', latin1('\x89HDF\r\n\x1a\n\x00\x00'), /HDF5/],
    ['a GGUF file', latin1('GGUF\x03\x00\x00\x00'), /GGUF/],
    ['a gzip file', new Uint8Array(gzipSync('weights')), /gzip/],
    ['a TensorFlow Lite model', latin1('\x1c\x00\x00\x00TFL3\x14\x00'), /TensorFlow Lite/],
    ['a JSON text', latin1('{"weight_map": {"a": "model-00001.safetensors"}}'), /JSON/],
    ['a text', new Uint8Array(Buffer.from('Gewichte für später\n')), /text file/],
  ])('recognises %s', async (_, bytes, message) => {
    for (const name of ['model.safetensors', 'model.npy', 'model.dat']) {
      const failing = openWeights(openMemoryFile(bytes, name));
      await expect(failing).rejects.toThrow(FormatError);
      await expect(failing).rejects.toThrow(message);
      await expect(failing).rejects.toThrow(name);
    }
  });

  test('recognises a text whose last character is cut in two by the window', async () => {
    const bytes = new Uint8Array(Buffer.from(`a${'ä'.repeat(5000)}`));
    await expect(openWeights(openMemoryFile(bytes, 'x.npy'))).rejects.toThrow(/text file/);
  });
});
