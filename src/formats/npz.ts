import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { unattended, type Job } from '../engine/job';
import { FormatError, UsageError } from '../failures';
import type { RandomAccessFile } from '../io/randomAccessFile';
import type { ByteSink, TensorEntry, TensorSource, WeightsFile, WeightsFormat } from './format';
import { describeZip, firstZipName, isZip } from './foreign';
import { npyEntry, requireDataLength, requireNoMetadata, requireReadable } from './npy';
import { normaliseNpyData } from './npyData';
import {
  npyDataOffset,
  npyHeaderBytes,
  npyPrefixLength,
  parseNpyHeader,
  type NpyHeader,
} from './npyHeader';
import { requireByteLength, requireOwnType, requireSound } from './sources';
import { readZipDirectory, type ZipMember } from './zipArchive';

/** NumPy's archive of arrays: a zip file with one .npy member for each. */
export const npzFormat: WeightsFormat = {
  id: 'npz',
  label: 'NumPy archive',
  extensions: ['.npz'],
  // Every zip archive begins alike: the first member's name tells, or the name of the file.
  matches: (head, file) =>
    isZip(head) && (firstZipName(head)?.endsWith('.npy') === true || /\.npz$/i.test(file.name)),
  open: openNpz,
  write: writeNpz,
};

interface NpzArray {
  readonly entry: TensorEntry;
  readonly member: ZipMember;
  readonly header: NpyHeader | undefined;
}

async function openNpz(file: RandomAccessFile): Promise<WeightsFile> {
  const members = await readZipDirectory(file);
  if (members.length > 0 && !members.some(isNpy)) {
    throw new FormatError(
      `"${file.name}" is ${describeZip(members.map(({ name }) => name))}, without .npy arrays inside; this is not a .npz file.`,
      { file: file.name },
    );
  }
  const arrays = new Map<string, NpzArray>();
  for (const member of members) {
    const array = await readArrayHeader(file.name, member);
    if (arrays.has(array.entry.name)) {
      throw new FormatError(
        `"${file.name}" has the array "${array.entry.name}" twice; the archive is damaged.`,
        { file: file.name, tensor: array.entry.name },
      );
    }
    arrays.set(array.entry.name, array);
  }
  return {
    format: npzFormat.id,
    name: file.name,
    size: file.size,
    tensors: [...arrays.values()].map(({ entry }) => entry),
    metadata: {},
    readBytes: (tensor, job) => readArray(file.name, arrays, tensor, job),
    close: () => file.close(),
  };
}

function isNpy({ name }: ZipMember): boolean {
  return name.endsWith('.npy');
}

async function readArrayHeader(file: string, member: ZipMember): Promise<NpzArray> {
  const name = member.name.replace(/\.npy$/, '');
  if (member.problem !== undefined || !isNpy(member)) {
    const problem = member.problem ?? `"${member.name}" is not a .npy array.`;
    return { entry: unreadableEntry(name, member.size, problem), member, header: undefined };
  }
  const what = `"${file}": "${member.name}"`;
  const dataOffset = npyDataOffset(await member.readStart(npyPrefixLength), what, file);
  if (dataOffset > member.size) {
    throw new FormatError(
      `${what} ends within the .npy header, after ${member.size} bytes; it is truncated.`,
      { file, tensor: name, value: member.size, limit: dataOffset },
    );
  }
  const header = parseNpyHeader(await member.readStart(dataOffset), what, file);
  requireDataLength(header, member.size - dataOffset, what, file);
  return { entry: npyEntry(name, header, member.size - dataOffset), member, header };
}

function unreadableEntry(name: string, bytes: number, problem: string): TensorEntry {
  return { name, shape: [], dtype: undefined, storedDtype: '?', parameters: 0, bytes, problem };
}

async function readArray(
  file: string,
  arrays: ReadonlyMap<string, NpzArray>,
  tensor: TensorEntry,
  job?: Job,
): Promise<Uint8Array<ArrayBuffer>> {
  const array = arrays.get(tensor.name);
  if (!array) {
    throw new UsageError(`"${file}" has no tensor "${tensor.name}".`, {
      file,
      tensor: tensor.name,
    });
  }
  requireReadable(file, array.entry);
  const { member, header } = array;
  if (!header) {
    return member.readFrom(0, job);
  }
  return normaliseNpyData(await member.readFrom(header.dataOffset, job), header, job);
}

/** A fixed date, so that the same arrays give the same bytes; the earliest a zip file can hold. */
const timestamp = new Date(1980, 0, 1);

/** Pieces of a tensor handed to the zip library at once. */
const pieceLength = 2 ** 20;

/**
 * Writes the arrays uncompressed, as `numpy.savez` does, one in memory at a time.
 * @throws UsageError for a name used twice or impossible in an archive, metadata, or bytes of
 * another length than stated; UnsupportedError for a type NumPy does not have.
 */
async function writeNpz(
  sink: ByteSink,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
  job: Job = unattended,
): Promise<void> {
  requireSound(tensors);
  tensors.forEach((tensor) => requireOwnType(tensor, npzFormat.label));
  requireNoMetadata(metadata);
  const zip = new ZipFile();
  const output = Readable.from(zip.outputStream, { objectMode: false });
  // Errors reach the loop below; one that comes after it has ended must not end the process.
  output.on('error', () => {});
  zip.on('error', (error: Error) => output.destroy(error));
  tensors.forEach((tensor, i) => {
    const header = npyHeaderBytes(tensor.dtype, tensor.shape);
    const options = {
      compress: false,
      size: header.byteLength + tensor.byteLength,
      mtime: timestamp,
      forceDosTimestamp: true,
    };
    addMember(tensor.name, () =>
      zip.addReadStreamLazy(`${tensor.name}.npy`, options, (ready) => {
        const content = Readable.from(contentOf(header, tensor, job), { objectMode: false });
        // Streams do not pass errors on to those they are piped into.
        content.on('error', (error) => output.destroy(error));
        content.on('end', () => job.report((i + 1) / tensors.length, tensor.name));
        ready(null, content);
      }),
    );
  });
  zip.end();
  for await (const chunk of output as AsyncIterable<Uint8Array>) {
    job.throwIfCancelled();
    await sink.write(chunk);
  }
}

async function* contentOf(
  header: Uint8Array,
  tensor: TensorSource,
  job: Job,
): AsyncGenerator<Uint8Array> {
  job.throwIfCancelled();
  yield header;
  const bytes = await tensor.bytes();
  requireByteLength(tensor, bytes);
  for (let from = 0; from < bytes.byteLength; from += pieceLength) {
    yield bytes.subarray(from, from + pieceLength);
  }
}

/** The zip library refuses names that would leave the folder an archive is unpacked into. */
function addMember(name: string, add: () => void): void {
  try {
    add();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `Tensor "${name}" cannot be a member of a .npz file (${reason}); write a .safetensors file.`,
      { tensor: name },
      { cause: error },
    );
  }
}
