import { basename, extname } from 'node:path';
import { FileError, UsageError } from '../../failures';
import type { TensorEntry, TensorSource, WeightsFile } from '../../formats/format';
import { npyFormat } from '../../formats/npy';
import { formats, openWeights } from '../../formats/registry';
import { writeAtomically, type AtomicTarget } from '../../io/atomicWrite';
import { openLocalFile } from '../../io/localFile';
import { part, unattended, type Job } from '../job';
import { dtypes, type DType } from '../tensor/dtype';

/** Share of the progress that writing takes; the rest is checking. */
const writtenAt = 0.6;
/** Elements between two looks at the stop sign. */
const elementsPerCheck = 2 ** 22;

/**
 * Copies `file` in its own format: all tensors byte for byte, with its metadata, but for the entries
 * of `entry` whose byte in `mask` (one per element) is 0, which become zero. The copy is read back and
 * compared before it gets its name.
 * @throws UsageError for a name that says another format or an output that is the source;
 * UnsupportedError for a member of a NumPy archive that is no array; FileError, CancelledError.
 */
export async function writeZeros(
  file: WeightsFile,
  entry: TensorEntry & { readonly dtype: DType },
  mask: Uint8Array,
  target: AtomicTarget,
  job: Job = unattended,
): Promise<void> {
  const format = formats.find(({ id }) => id === file.format);
  if (!format?.write) {
    throw new UsageError(
      `"${file.name}" cannot be copied: the format ${format?.label ?? file.format} is read only.`,
      { file: file.name, value: file.format },
    );
  }
  requireExtension(target.path, format.extensions, `A copy of "${file.name}" is a ${format.label}`);
  const { write } = format;
  const bytesOf = async (tensor: TensorEntry): Promise<Uint8Array> => {
    const bytes = await file.readBytes(tensor, job);
    return tensor.name === entry.name
      ? withZeros(bytes, mask, dtypes[entry.dtype].bytes, job)
      : bytes;
  };
  const sources = file.tensors.map((tensor): TensorSource => ({
    name: tensor.name,
    shape: tensor.shape,
    // Where the type is unknown only its own name counts; the bytes are passed on as they are.
    dtype: tensor.dtype ?? 'uint8',
    ...(tensor.dtype === undefined && { storedDtype: tensor.storedDtype }),
    byteLength: tensor.bytes,
    bytes: () => bytesOf(tensor),
  }));
  await writeAtomically(
    target,
    async (sink) => {
      await write(sink, sources, file.metadata, part(job, 0, writtenAt));
      await requireWritten(target.temporary, sources, part(job, writtenAt, 1));
    },
    job,
  );
}

/**
 * Writes `mask` (a byte per element of the tensor, 0 or 1) as a NumPy array of booleans in the
 * tensor's shape, reads it back and compares it before it gets its name.
 * @throws UsageError for a name that says another format or an output that is the source;
 * FileError, CancelledError.
 */
export async function writeMask(
  { name, shape }: TensorEntry,
  mask: Uint8Array,
  target: AtomicTarget,
  job: Job = unattended,
): Promise<void> {
  requireExtension(target.path, npyFormat.extensions, 'A mask is a NumPy array');
  const source: TensorSource = {
    name,
    shape,
    dtype: 'bool',
    byteLength: mask.byteLength,
    bytes: async () => mask,
  };
  await writeAtomically(
    target,
    async (sink) => {
      await npyFormat.write?.(sink, [source], {}, part(job, 0, writtenAt));
      await requireWritten(target.temporary, [source], part(job, writtenAt, 1));
    },
    job,
  );
}

/** @throws UsageError when readers would take the file for something else. */
function requireExtension(path: string, extensions: readonly string[], what: string): void {
  if (!extensions.includes(extname(path).toLowerCase())) {
    throw new UsageError(
      `${what}, but "${basename(path)}" does not end in ${extensions.join(' or ')}; give another name.`,
      { file: path },
    );
  }
}

/** Changes and returns `bytes`. */
function withZeros(bytes: Uint8Array, mask: Uint8Array, itemSize: number, job: Job): Uint8Array {
  for (let i = 0; i < mask.length; i++) {
    if (i % elementsPerCheck === 0) {
      job.throwIfCancelled();
    }
    if (mask[i] === 0) {
      bytes.fill(0, i * itemSize, (i + 1) * itemSize);
    }
  }
  return bytes;
}

/** @throws FileError naming the first tensor that is not what its source gives. */
async function requireWritten(
  path: string,
  sources: readonly TensorSource[],
  job: Job,
): Promise<void> {
  const written = await openWeights(await openLocalFile(path));
  try {
    for (const [i, source] of sources.entries()) {
      job.throwIfCancelled();
      job.report(i / sources.length, `checking ${source.name}`);
      // An array alone in its file has no name in there.
      const found =
        written.format === npyFormat.id
          ? written.tensors[0]
          : written.tensors.find(({ name }) => name === source.name);
      const isSame =
        found &&
        found.shape.join() === source.shape.join() &&
        Buffer.compare(await written.readBytes(found, job), await source.bytes()) === 0;
      if (!isSame) {
        throw new FileError(
          `The file was read back and tensor "${source.name}" differs from what was to be written; nothing was kept. The disk may be failing, or the source was changed meanwhile; try again.`,
          { tensor: source.name },
        );
      }
    }
  } finally {
    await written.close();
  }
}
