import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageSide, parseIdx, readLabelledImages } from '../../../samples/lenet5/idx';
import { FileError, FormatError } from '../../../src/failures';

function idx(shape: readonly number[], values: readonly number[], type = 0x08): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Uint8Array.from([...header, ...values]);
}

describe('parseIdx', () => {
  it('reads shape and values in row-major order', () => {
    const { shape, data } = parseIdx(idx([2, 3], [1, 2, 3, 4, 5, 255]), 2, 'x');
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 255]);
  });

  it('reads the same from gzip-compressed bytes', () => {
    const plain = idx([3], [7, 0, 9]);
    expect(parseIdx(gzipSync(plain), 1, 'x.gz')).toEqual(parseIdx(plain, 1, 'x'));
  });

  it.each([
    ['an empty file', new Uint8Array(), /0 bytes.*needs 8/],
    ['a header cut short', idx([3], [1, 2, 3]).subarray(0, 6), /6 bytes.*needs 8/],
    ['values cut short', idx([3], [1, 2]), /holds 2 values.*needs 3/],
    ['values too many', idx([3], [1, 2, 3, 4]), /holds 4 values.*needs 3/],
    ['a count that no file holds', idx([0xffffffff], [1]), /needs 4294967295/],
    ['another number of dimensions', idx([1, 1], [1]), /0x00000802.*0x00000801/],
    ['another element type', idx([1], [1], 0x0d), /0x00000d01.*0x00000801/],
    ['a page of text', new TextEncoder().encode('<!DOCTYPE html>'), /0x3c21444f/],
    ['gzip cut short', gzipSync(idx([3], [1, 2, 3])).subarray(0, 15), /not a whole gzip/],
  ])('refuses %s', (_what, bytes, message) => {
    expect(() => parseIdx(bytes, 1, 'labels')).toThrow(FormatError);
    expect(() => parseIdx(bytes, 1, 'labels')).toThrow(message);
  });
});

describe('readLabelledImages', () => {
  const area = imageSide * imageSide;
  const pixels = Array.from({ length: 2 * area }, (_, i) => i % 251);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tensorpress-idx-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const put = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);

  it('reads images and labels, plain and compressed side by side', async () => {
    await put('t10k-images-idx3-ubyte', idx([2, imageSide, imageSide], pixels));
    await put('t10k-labels-idx1-ubyte.gz', gzipSync(idx([2], [3, 9])));
    const images = await readLabelledImages(folder, 'test');
    expect(images.count).toBe(2);
    expect([...images.pixels]).toEqual(pixels);
    expect([...images.labels]).toEqual([3, 9]);
  });

  it('names the file that is missing', async () => {
    await expect(readLabelledImages(folder, 'train')).rejects.toThrow(FileError);
    await expect(readLabelledImages(folder, 'train')).rejects.toThrow('train-images-idx3-ubyte');
  });

  it.each([
    ['a count of labels unlike that of images', [2, imageSide, imageSide], [3], /1 labels for 2/],
    ['a label that is no digit', [2, imageSide, imageSide], [3, 10], /label 10/],
    ['images of another size', [2, imageSide / 2, 2 * imageSide], [3, 9], /14 × 56/],
  ])('refuses %s', async (_what, shape, labels, message) => {
    await put('train-images-idx3-ubyte', idx(shape, pixels));
    await put('train-labels-idx1-ubyte', idx([labels.length], labels));
    await expect(readLabelledImages(folder, 'train')).rejects.toThrow(message);
  });
});
