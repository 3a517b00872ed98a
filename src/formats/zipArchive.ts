import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { unattended, type Job } from '../engine/job';
import { Failure, FormatError, UnsupportedError } from '../failures';
import { allocateBytes } from '../io/checks';
import type { RandomAccessFile } from '../io/randomAccessFile';

/** One file inside a zip archive; nothing of it is read before it is asked for. */
export interface ZipMember {
  readonly name: string;
  /** Uncompressed bytes, as the archive states them; never exceeded when reading. */
  readonly size: number;
  /** Why its content cannot be read, in a sentence. */
  readonly problem?: string;
  /** The first `length` bytes, or all when there are fewer; not checked against the CRC. */
  readStart(length: number): Promise<Uint8Array>;
  /** The bytes from `offset` to the end, after checking size and CRC of the whole member. */
  readFrom(offset: number, job?: Job): Promise<Uint8Array<ArrayBuffer>>;
}

/** Far above any archive of arrays; bounds the work a hostile directory can ask for. */
const maxMembers = 100_000;

/** Deflate cannot do better than 1032 : 1 (RFC 1951: 258 bytes from 2 bits, and block headers). */
const maxDeflateRatio = 1032;

const stored = 0;
const deflated = 8;

/**
 * Reads the directory of a zip archive (zip64 included).
 * @throws FormatError when it is damaged, has hostile names, or states sizes that cannot be;
 * FileError as the file's reads.
 */
export async function readZipDirectory(file: RandomAccessFile): Promise<ZipMember[]> {
  try {
    const reader = new FileReader(file);
    const zip = await fromRandomAccessReaderPromise(reader, file.size, { autoClose: false });
    const members: ZipMember[] = [];
    for await (const entry of zip.eachEntry()) {
      if (members.length === maxMembers) {
        throw new FormatError(
          `"${file.name}" has more than the ${maxMembers} members allowed in an archive.`,
          { file: file.name, limit: maxMembers },
        );
      }
      if (!entry.fileName.endsWith('/')) {
        members.push(new FileMember(file, zip, entry));
      }
    }
    reader.stopReadingAhead();
    return members;
  } catch (error) {
    throw asFormatError(error, file.name, 'is damaged as a zip archive');
  }
}

/** What a library throws about bytes is a statement about the file. */
function asFormatError(error: unknown, file: string, what: string): Failure {
  if (error instanceof Failure) {
    return error;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new FormatError(`"${file}" ${what}: ${reason}`, { file }, { cause: error });
}

/** Lets the zip library read a {@link RandomAccessFile}, with reads large enough for a directory. */
class FileReader extends RandomAccessReader {
  private block: { readonly start: number; readonly bytes: Uint8Array } | undefined;
  /** Read at once while the directory lasts; afterwards single headers lie far apart. */
  private readAhead = 2 ** 16;

  constructor(private readonly file: RandomAccessFile) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.bytes(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null, length);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }

  stopReadingAhead(): void {
    this.readAhead = 0;
    this.block = undefined;
  }

  private async bytes(position: number, length: number): Promise<Uint8Array> {
    let block = this.block;
    if (!block || position < block.start || position + length > block.start + block.bytes.length) {
      const available = this.file.size - position;
      const wanted = Math.max(length, Math.min(this.readAhead, available));
      block = { start: position, bytes: await this.file.read(position, wanted) };
      this.block = block;
    }
    return block.bytes.subarray(position - block.start, position - block.start + length);
  }
}

class FileMember implements ZipMember {
  readonly name: string;
  readonly size: number;
  readonly problem: string | undefined;
  private start: Promise<number> | undefined;

  constructor(
    private readonly file: RandomAccessFile,
    private readonly zip: ZipFile,
    private readonly entry: Entry,
  ) {
    this.name = entry.fileName;
    this.size = entry.uncompressedSize;
    this.problem = problemOf(entry);
    this.requirePossibleSizes();
  }

  async readStart(length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.size);
    const start = await this.dataStart();
    if (this.entry.compressionMethod === stored) {
      return this.file.read(start, wanted);
    }
    // Grown until it yields enough, so that a member is not read for its header alone.
    for (let taken = 4096; ; taken *= 8) {
      const compressed = Math.min(taken, this.entry.compressedSize);
      const bytes = this.inflateStart(await this.file.read(start, compressed));
      if (bytes.byteLength >= wanted || compressed === this.entry.compressedSize) {
        return bytes.subarray(0, wanted);
      }
    }
  }

  async readFrom(offset: number, job: Job = unattended): Promise<Uint8Array<ArrayBuffer>> {
    if (this.problem !== undefined) {
      throw new UnsupportedError(`"${this.file.name}": ${this.problem}`, { file: this.file.name });
    }
    const start = await this.dataStart();
    const bytes = allocateBytes(this.size - offset, `"${this.name}" of "${this.file.name}"`);
    const collector = new Collector(bytes, offset, this.size, () =>
      this.damaged('does not have the size the archive states'),
    );
    const compressed = this.pieces(start, job);
    if (this.entry.compressionMethod === stored) {
      for await (const piece of compressed) {
        collector.add(piece);
      }
    } else {
      await this.inflate(compressed, collector);
    }
    if (collector.received !== this.size) {
      throw this.damaged('does not have the size the archive states');
    }
    if (collector.checksum !== this.entry.crc32) {
      throw this.damaged('fails its checksum (CRC-32)');
    }
    return bytes;
  }

  private async inflate(
    compressed: AsyncIterable<Uint8Array>,
    collector: Collector,
  ): Promise<void> {
    try {
      await pipeline(
        Readable.from(compressed, { objectMode: false }),
        createInflateRaw({ chunkSize: 2 ** 18 }),
        async (inflated: AsyncIterable<Uint8Array>) => {
          for await (const piece of inflated) {
            collector.add(piece);
          }
        },
      );
    } catch (error) {
      throw asFormatError(error, this.file.name, `has damaged compressed data in "${this.name}"`);
    }
  }

  private async *pieces(start: number, job: Job): AsyncGenerator<Uint8Array> {
    const pieceLength = 2 ** 22;
    const end = start + this.entry.compressedSize;
    for (let from = start; from < end; from += pieceLength) {
      job.throwIfCancelled();
      yield await this.file.read(from, Math.min(pieceLength, end - from));
    }
  }

  private inflateStart(compressed: Uint8Array): Uint8Array {
    try {
      // A sync flush at the end gives what has been inflated so far instead of an error.
      return inflateRawSync(compressed, { finishFlush: constants.Z_SYNC_FLUSH });
    } catch (error) {
      throw asFormatError(error, this.file.name, `has damaged compressed data in "${this.name}"`);
    }
  }

  private dataStart(): Promise<number> {
    this.start ??= this.zip.readLocalFileHeaderPromise(this.entry, { minimal: true }).then(
      (header) => header.fileDataStart,
      (error: unknown) => {
        throw asFormatError(error, this.file.name, `is damaged at "${this.name}"`);
      },
    );
    return this.start;
  }

  private requirePossibleSizes(): void {
    const { compressedSize, uncompressedSize, compressionMethod } = this.entry;
    const limit =
      compressionMethod === stored ? this.file.size : maxDeflateRatio * (compressedSize + 1);
    if (
      compressedSize > this.file.size ||
      (this.problem === undefined && uncompressedSize > limit)
    ) {
      throw new FormatError(
        `"${this.file.name}": "${this.name}" states ${uncompressedSize} bytes, more than its ${compressedSize} stored bytes can hold; the archive is damaged or hostile.`,
        { file: this.file.name, tensor: this.name, value: uncompressedSize, limit },
      );
    }
  }

  private damaged(what: string): FormatError {
    return new FormatError(
      `"${this.file.name}": "${this.name}" ${what}; the archive is damaged, fetch or save it again.`,
      { file: this.file.name, tensor: this.name },
    );
  }
}

function problemOf(entry: Entry): string | undefined {
  if (entry.isEncrypted()) {
    return `"${entry.fileName}" is encrypted; save the archive without a password.`;
  }
  if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated) {
    return `"${entry.fileName}" is compressed by method ${entry.compressionMethod}, and only stored (0) and deflated (8) can be read; save it with NumPy.`;
  }
  return undefined;
}

/** Keeps the bytes of a member from `offset` on and the checksum of all of them. */
class Collector {
  received = 0;
  checksum = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly offset: number,
    private readonly limit: number,
    private readonly tooMany: () => Failure,
  ) {}

  add(piece: Uint8Array): void {
    if (this.received + piece.byteLength > this.limit) {
      throw this.tooMany();
    }
    this.checksum = crc32(piece, this.checksum);
    const skipped = Math.min(Math.max(this.offset - this.received, 0), piece.byteLength);
    this.bytes.set(piece.subarray(skipped), this.received + skipped - this.offset);
    this.received += piece.byteLength;
  }
}
