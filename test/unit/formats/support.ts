import type { ByteSink, TensorEntry, TensorSource, WeightsFile } from '../../../src/formats/format';
import type { DType } from '../../../src/engine/tensor/dtype';
import { encode } from '../../../src/formats/tensorData';
import type { RandomAccessFile } from '../../../src/io/randomAccessFile';

/** A safetensors file with this header, given as text or as what JSON.stringify makes of it. */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const json = typeof header === 'string' ? header : JSON.stringify(header);
  return safetensorsFromHeader(Buffer.from(json, 'utf8'), data);
}

export function safetensorsFromHeader(header: Uint8Array, data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.byteLength));
  return new Uint8Array(Buffer.concat([length, header, data]));
}

/** A .npy file with this header dictionary, in the given version. */
export function npyBytes(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = Buffer.from(`${header}\n`, version === 3 ? 'utf8' : 'latin1');
  const prefix = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) {
    length.writeUInt16LE(text.byteLength);
  } else {
    length.writeUInt32LE(text.byteLength);
  }
  return new Uint8Array(Buffer.concat([prefix, length, text, data]));
}

/** Passes reads on and adds up the bytes they ask for. */
export function countReads(file: RandomAccessFile): RandomAccessFile & { bytesRead(): number } {
  let total = 0;
  return {
    name: file.name,
    size: file.size,
    read(offset, length) {
      total += length;
      return file.read(offset, length);
    },
    close: () => file.close(),
    bytesRead: () => total,
  };
}

/** A sink that keeps everything in memory. */
export function memorySink(): ByteSink & { bytes(): Uint8Array } {
  const pieces: Uint8Array[] = [];
  return {
    async write(bytes) {
      pieces.push(bytes.slice());
    },
    bytes: () => new Uint8Array(Buffer.concat(pieces)),
  };
}

export function source(
  name: string,
  shape: readonly number[],
  dtype: DType,
  values: readonly number[],
): TensorSource {
  const bytes = encode(Float64Array.from(values), dtype);
  return { name, shape, dtype, byteLength: bytes.byteLength, bytes: async () => bytes };
}

export function entryOf(file: WeightsFile, name: string): TensorEntry {
  const entry = file.tensors.find((tensor) => tensor.name === name);
  if (!entry) {
    throw new Error(`The test expects a tensor "${name}".`);
  }
  return entry;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
