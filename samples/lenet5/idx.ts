import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FileError, FormatError } from '../../src/failures';

/** An idx array of unsigned bytes, row-major: images are (count, rows, columns), labels (count). */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Images of 28 x 28 grey values and their digits. */
export interface LabelledImages {
  readonly count: number;
  /** (count, 28, 28), 0 is background. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

export const imageSide = 28;

const unsignedByte = 0x08;
const names = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;

/**
 * Reads an idx file of unsigned bytes with `order` dimensions, gzip-compressed or plain: magic
 * (0, 0, type, order), one big-endian uint32 per dimension, then the values.
 * @throws FormatError when magic, type, order or length is not what it should be.
 */
export function parseIdx(bytes: Uint8Array, order: number, file: string): IdxArray {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? decompress(bytes, file) : bytes;
  const header = 4 + 4 * order;
  if (plain.length < header) {
    throw new FormatError(
      `${file} has ${plain.length} bytes, but an idx header of ${order} dimensions needs ${header}.`,
      { file, value: plain.length, limit: header },
    );
  }
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const magic = view.getUint32(0);
  const expected = (unsignedByte << 8) | order;
  if (magic !== expected) {
    throw new FormatError(
      `${file} starts with ${hex(magic)}, but idx bytes of ${order} dimensions start with ${hex(expected)}.`,
      { file, value: hex(magic), limit: hex(expected) },
    );
  }
  const shape = Array.from({ length: order }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  if (plain.length - header !== count) {
    throw new FormatError(
      `${file} holds ${plain.length - header} values, but its shape ${shape.join(' × ')} needs ${count}.`,
      { file, value: plain.length - header, limit: count },
    );
  }
  return { shape, data: new Uint8Array(plain.buffer, plain.byteOffset + header, count) };
}

/**
 * The training or test part of an MNIST-like data set in `directory`, from the published file
 * names with or without `.gz`.
 * @throws FileError when a file is missing; FormatError when images and labels do not fit.
 */
export async function readLabelledImages(
  directory: string,
  part: keyof typeof names,
): Promise<LabelledImages> {
  const images = await readIdx(directory, names[part].images, 3);
  const labels = await readIdx(directory, names[part].labels, 1);
  const [count = 0, rows, columns] = images.shape;
  if (rows !== imageSide || columns !== imageSide) {
    throw new FormatError(
      `${names[part].images} holds images of ${rows} × ${columns}, not ${imageSide} × ${imageSide}.`,
      { file: names[part].images, value: `${rows} × ${columns}`, limit: imageSide },
    );
  }
  if (labels.shape[0] !== count) {
    throw new FormatError(
      `${names[part].labels} holds ${labels.shape[0]} labels for ${count} images.`,
      { file: names[part].labels, value: labels.shape[0] ?? 0, limit: count },
    );
  }
  const outside = labels.data.find((label) => label > 9);
  if (outside !== undefined) {
    throw new FormatError(`${names[part].labels} holds the label ${outside}; digits end at 9.`, {
      file: names[part].labels,
      value: outside,
      limit: 9,
    });
  }
  return { count, pixels: images.data, labels: labels.data };
}

async function readIdx(directory: string, name: string, order: number): Promise<IdxArray> {
  const path = [join(directory, name), join(directory, `${name}.gz`)].find((candidate) =>
    existsSync(candidate),
  );
  if (path === undefined) {
    throw new FileError(`${directory} holds neither ${name} nor ${name}.gz.`, { file: name });
  }
  return parseIdx(await readFile(path), order, path);
}

function decompress(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new FormatError(
      `${file} is not a whole gzip file: ${String(cause)}.`,
      { file },
      { cause },
    );
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
