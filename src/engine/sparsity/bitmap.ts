import { FormatError } from '../../failures';

/** Bytes of a bit per block. */
export function bitmapBytes(count: number): number {
  return Math.ceil(count / 8);
}

/**
 * A bit per block, set for those in `kept` (any order), the first block in the highest bit of the
 * first byte: `numpy.packbits`.
 */
export function packBits(kept: ArrayLike<number>, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(bitmapBytes(count));
  for (let i = 0; i < kept.length; i++) {
    bytes[kept[i] >>> 3] |= 0x80 >>> (kept[i] & 7);
  }
  return bytes;
}

/**
 * The blocks whose bits are set, ascending; bits beyond `count` are not looked at.
 * @throws FormatError when there are not as many bytes as `count` bits take.
 */
export function unpackBits(bytes: Uint8Array, count: number): Uint32Array {
  if (bytes.length !== bitmapBytes(count)) {
    throw new FormatError(
      `A mask of ${count} blocks takes ${bitmapBytes(count)} bytes, not ${bytes.length}.`,
      { value: bytes.length, limit: bitmapBytes(count) },
    );
  }
  const result = new Uint32Array(8 * bytes.length);
  let found = 0;
  for (let block = 0; block < count; block++) {
    if ((bytes[block >>> 3] & (0x80 >>> (block & 7))) !== 0) {
      result[found++] = block;
    }
  }
  return result.slice(0, found);
}

/** The blocks in `kept` in ascending order, each once. */
export function ascending(kept: ArrayLike<number>, count: number): Uint32Array {
  return unpackBits(packBits(kept, count), count);
}
