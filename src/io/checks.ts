import { FormatError, OutOfMemoryError } from '../failures';
import type { RandomAccessFile } from './randomAccessFile';

/** @throws FormatError when `offset` and `length` do not lie within the file. */
export function requireRange(file: RandomAccessFile, offset: number, length: number): void {
  const legal = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!legal || offset < 0 || length < 0 || offset + length > file.size) {
    throw new FormatError(
      `"${file.name}" ends at byte ${file.size}, before the end of the range asked for (${length} bytes from byte ${offset}); it is truncated or damaged.`,
      { file: file.name, value: offset + length, limit: file.size },
    );
  }
}

/**
 * `length` zero bytes in a buffer of their own.
 * @throws OutOfMemoryError naming `what` when the machine cannot give them.
 */
export function allocateBytes(length: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (error) {
    throw new OutOfMemoryError(
      `Not enough memory for the ${length} bytes of ${what}; close other programs or use a machine with more memory.`,
      { value: length },
      { cause: error },
    );
  }
}
