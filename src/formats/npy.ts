import type { RandomAccessFile } from '../io/randomAccessFile';
import { unattended, type Job } from '../engine/job';
import { FormatError, UnsupportedError, UsageError } from '../failures';
import type { ByteSink, TensorEntry, TensorSource, WeightsFile, WeightsFormat } from './format';
import { normaliseNpyData } from './npyData';
import {
  hasNpyMagic,
  npyDataOffset,
  npyHeaderBytes,
  npyPrefixLength,
  parseNpyHeader,
  type NpyHeader,
} from './npyHeader';
import { readInPieces } from './pieces';
import { requireByteLength, requireOwnType, requireSound } from './sources';

/** One NumPy array; the tensor is called as the file is, without its extension. */
export const npyFormat: WeightsFormat = {
  id: 'npy',
  label: 'NumPy array',
  extensions: ['.npy'],
  matches: (head) => hasNpyMagic(head),
  open: openNpy,
  write: writeNpy,
};

async function openNpy(file: RandomAccessFile): Promise<WeightsFile> {
  const what = `"${file.name}"`;
  const prefix = await file.read(0, Math.min(npyPrefixLength, file.size));
  const dataOffset = npyDataOffset(prefix, what, file.name);
  const header = parseNpyHeader(await file.read(0, dataOffset), what, file.name);
  requireDataLength(header, file.size - dataOffset, what, file.name);
  const entry = npyEntry(file.name.replace(/\.npy$/i, ''), header, file.size - dataOffset);
  return {
    format: npyFormat.id,
    name: file.name,
    size: file.size,
    tensors: [entry],
    metadata: {},
    async readBytes(tensor, job) {
      requireEntry(file.name, [entry], tensor);
      requireReadable(file.name, entry);
      const stored = await readInPieces(file, dataOffset, entry.bytes, job);
      return normaliseNpyData(stored, header, job);
    },
    close: () => file.close(),
  };
}

/** @throws UsageError when `tensor` is not one of the file's. */
export function requireEntry(
  file: string,
  entries: readonly TensorEntry[],
  tensor: TensorEntry,
): void {
  if (!entries.some(({ name }) => name === tensor.name)) {
    throw new UsageError(`"${file}" has no tensor "${tensor.name}".`, {
      file,
      tensor: tensor.name,
    });
  }
}

/** @throws UnsupportedError when the entry has a problem. */
export function requireReadable(file: string, entry: TensorEntry): void {
  if (entry.problem !== undefined) {
    throw new UnsupportedError(`"${file}": tensor "${entry.name}": ${entry.problem}`, {
      file,
      tensor: entry.name,
      value: entry.storedDtype,
    });
  }
}

/** @throws FormatError when the data are not as long as shape and type say. */
export function requireDataLength(
  header: NpyHeader,
  length: number,
  what: string,
  file: string,
): void {
  if (header.itemSize === undefined) {
    return;
  }
  const expected = header.count * header.itemSize;
  if (expected !== length) {
    throw new FormatError(
      `${what} has ${length} bytes of data, but ${header.shape.join(' × ') || 'a scalar'} of ${header.storedDtype} takes ${expected}; it is ${length < expected ? 'truncated' : 'damaged, or holds several arrays'}.`,
      { file, value: length, limit: expected },
    );
  }
}

export function npyEntry(name: string, header: NpyHeader, bytes: number): TensorEntry {
  return {
    name,
    shape: header.shape,
    dtype: header.dtype,
    storedDtype: header.storedDtype,
    parameters: header.count,
    bytes,
    ...(header.problem === undefined ? {} : { problem: header.problem }),
  };
}

/**
 * @throws UsageError for anything but one tensor without metadata, which is all a .npy can hold;
 * UnsupportedError for a type NumPy does not have.
 */
async function writeNpy(
  sink: ByteSink,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
  job: Job = unattended,
): Promise<void> {
  const [tensor] = tensors;
  if (!tensor || tensors.length !== 1) {
    throw new UsageError(
      `A .npy file holds one array, not ${tensors.length}; write a .npz or .safetensors file.`,
      { value: tensors.length, limit: 1 },
    );
  }
  requireSound(tensors);
  requireOwnType(tensor, npyFormat.label);
  requireNoMetadata(metadata);
  job.throwIfCancelled();
  await sink.write(npyHeaderBytes(tensor.dtype, tensor.shape));
  const bytes = await tensor.bytes();
  requireByteLength(tensor, bytes);
  await sink.write(bytes);
  job.report(1, tensor.name);
}

/** @throws UsageError when there is metadata, for which NumPy's formats have no place. */
export function requireNoMetadata(metadata: Readonly<Record<string, string>>): void {
  const [key] = Object.keys(metadata);
  if (key !== undefined) {
    throw new UsageError(
      `NumPy's formats have no place for metadata such as "${key}"; write a .safetensors file.`,
      { value: key },
    );
  }
}
