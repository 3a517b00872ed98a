import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import type { Job } from '../../engine/job';
import { Failure, FormatError } from '../../failures';
import type { RandomAccessFile } from '../../io/randomAccessFile';
import { headLength } from '../foreign';

/** A file about to be read, its gzip compression already seen through. */
export interface SparseSource {
  readonly file: RandomAccessFile;
  /** Of the content: without the `.gz` of a compressed file. */
  readonly name: string;
  readonly isCompressed: boolean;
  /** The first bytes of the content, uncompressed. */
  readonly head: Uint8Array;
  /** The whole content, uncompressed, in order; reports how much of the file has been read. */
  chunks(job: Job): AsyncIterable<Uint8Array>;
}

/** Some milliseconds of scanning: the time between two looks at the stop sign. */
const chunkLength = 2 ** 20;

/**
 * @throws FormatError when the file begins as a gzip file does and is damaged; FileError as the
 * file's reads.
 */
export async function openSparseSource(file: RandomAccessFile): Promise<SparseSource> {
  const start = await file.read(0, Math.min(headLength, file.size));
  const isCompressed = start[0] === 0x1f && start[1] === 0x8b;
  return {
    file,
    name: isCompressed ? file.name.replace(/\.gz$/i, '') : file.name,
    isCompressed,
    head: isCompressed ? decompressedHead(start, file.name) : start,
    chunks: (job) => (isCompressed ? decompressed(file, job) : pieces(file, job)),
  };
}

function decompressedHead(start: Uint8Array, name: string): Uint8Array {
  try {
    // Deflate yields at most 1032 bytes for one, so that this stays small whatever is inside.
    const head = gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
    return new Uint8Array(head).subarray(0, headLength);
  } catch (error) {
    throw damaged(name, error);
  }
}

async function* pieces(file: RandomAccessFile, job: Job): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < file.size; offset += chunkLength) {
    job.throwIfCancelled();
    yield await file.read(offset, Math.min(chunkLength, file.size - offset));
    job.report(Math.min(1, (offset + chunkLength) / file.size), `Reading ${file.name}`);
  }
}

/** zlib works on a thread of its own while the last chunk is scanned. */
async function* decompressed(file: RandomAccessFile, job: Job): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: chunkLength });
  const input = Readable.from(pieces(file, job), { objectMode: false });
  // Errors reach the loop below through `gunzip`, which is destroyed with them.
  pipeline(input, gunzip, () => {});
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      job.throwIfCancelled();
      yield chunk;
    }
  } catch (error) {
    throw error instanceof Failure ? error : damaged(file.name, error);
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

function damaged(name: string, error: unknown): FormatError {
  const reason = error instanceof Error ? error.message : String(error);
  return new FormatError(
    `"${name}" is damaged as a gzip file (${reason}); download or save it again.`,
    { file: name },
    { cause: error },
  );
}
