import { unattended, type Job } from '../engine/job';
import { allocateBytes } from '../io/checks';
import type { NpyHeader } from './npyHeader';

/** Elements handled between two looks at the stop sign. */
const pieceLength = 2 ** 20;

/** `stored` as little-endian, row-major bytes; may change `stored` in place and return it. */
export function normaliseNpyData(
  stored: Uint8Array<ArrayBuffer>,
  header: NpyHeader,
  job: Job = unattended,
): Uint8Array<ArrayBuffer> {
  const itemSize = header.itemSize ?? 1;
  if (header.bigEndian) {
    swapBytes(stored, itemSize, job);
  }
  return header.fortranOrder && header.shape.filter((size) => size > 1).length > 1
    ? toRowMajor(stored, header.shape, itemSize, job)
    : stored;
}

function swapBytes(bytes: Uint8Array<ArrayBuffer>, itemSize: number, job: Job): void {
  const piece = pieceLength * itemSize;
  for (let from = 0; from < bytes.byteLength; from += piece) {
    job.throwIfCancelled();
    const length = Math.min(piece, bytes.byteLength - from);
    const view = Buffer.from(bytes.buffer, bytes.byteOffset + from, length);
    if (itemSize === 2) {
      view.swap16();
    } else if (itemSize === 4) {
      view.swap32();
    } else {
      view.swap64();
    }
  }
}

type Items = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

function itemsOf(bytes: Uint8Array<ArrayBuffer>, itemSize: number): Items {
  const { buffer, byteOffset } = bytes;
  const count = bytes.byteLength / itemSize;
  switch (itemSize) {
    case 2:
      return new Uint16Array(buffer, byteOffset, count);
    case 4:
      return new Uint32Array(buffer, byteOffset, count);
    case 8:
      return new BigUint64Array(buffer, byteOffset, count);
    default:
      return new Uint8Array(buffer, byteOffset, count);
  }
}

/** Column-major (first index fastest) to row-major (last index fastest), whatever the elements. */
function toRowMajor(
  stored: Uint8Array<ArrayBuffer>,
  shape: readonly number[],
  itemSize: number,
  job: Job,
): Uint8Array<ArrayBuffer> {
  const bytes = allocateBytes(stored.byteLength, 'an array stored column by column');
  const source = itemsOf(stored, itemSize);
  const target = itemsOf(bytes, itemSize);
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, size) => product * size, 1),
  );
  const last = shape.length - 1;
  const rowLength = shape[last];
  const rowStride = strides[last];
  const index = new Array<number>(shape.length).fill(0);
  let sinceCheck = 0;
  let row = 0;
  for (let t = 0; t < target.length; t += rowLength) {
    for (let i = 0, s = row; i < rowLength; i++, s += rowStride) {
      target[t + i] = source[s];
    }
    sinceCheck += rowLength;
    if (sinceCheck >= pieceLength) {
      job.throwIfCancelled();
      sinceCheck = 0;
    }
    for (let axis = last - 1; axis >= 0; axis--) {
      row += strides[axis];
      index[axis]++;
      if (index[axis] < shape[axis]) {
        break;
      }
      row -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return bytes;
}
