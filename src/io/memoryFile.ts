import type { RandomAccessFile } from './randomAccessFile';
import { requireRange } from './checks';

/** Bytes already in memory, read as a file; `bytes` is not copied and must not change. */
export function openMemoryFile(bytes: Uint8Array, name: string): RandomAccessFile {
  const file: RandomAccessFile = {
    name,
    size: bytes.byteLength,
    async read(offset, length) {
      requireRange(file, offset, length);
      // Always a copy: a Buffer's own slice would be a view on the same memory.
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
    async close() {},
  };
  return file;
}
