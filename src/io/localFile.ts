import { open, stat, type FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { basename } from 'node:path';
import { FileError } from '../failures';
import { allocateBytes, requireRange } from './checks';
import { errorCode, readError } from './fileErrors';
import type { RandomAccessFile } from './randomAccessFile';

/** One read call takes at most 2^31 - 1 bytes; longer ranges are read in pieces of this size. */
const maxReadLength = 2 ** 30;

/** What must stay the same while a file is open. */
interface Stamp {
  readonly size: bigint;
  readonly modified: bigint;
}

/**
 * Opens a local file for reading by range. Nothing is created, nothing is read yet.
 * @throws FileError naming the file when it is missing, a folder, not a regular file, or may not
 * be read.
 */
export async function openLocalFile(path: string): Promise<RandomAccessFile> {
  let handle: FileHandle | undefined;
  try {
    // Asked before opening: opening a pipe would wait for a writer, perhaps for ever.
    requireRegular(path, await stat(path, { bigint: true }));
    handle = await open(path, 'r');
    const opened = await handle.stat({ bigint: true });
    requireRegular(path, opened);
    return new LocalFile(path, handle, stampOf(opened));
  } catch (error) {
    await handle?.close();
    throw error instanceof FileError ? error : readError(path, error);
  }
}

class LocalFile implements RandomAccessFile {
  readonly name: string;
  readonly size: number;
  #closed: Promise<void> | undefined;

  constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly stamp: Stamp,
  ) {
    this.name = basename(path);
    this.size = Number(stamp.size);
  }

  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    requireRange(this, offset, length);
    const bytes = allocateBytes(length, `"${this.name}"`);
    try {
      let done = 0;
      while (done < length) {
        const piece = Math.min(length - done, maxReadLength);
        const { bytesRead } = await this.handle.read(bytes, done, piece, offset + done);
        if (bytesRead === 0) {
          throw this.changed();
        }
        done += bytesRead;
      }
    } catch (error) {
      throw error instanceof FileError ? error : readError(this.path, error);
    }
    await this.requireUnchanged();
    return bytes;
  }

  close(): Promise<void> {
    this.#closed ??= this.handle.close();
    return this.#closed;
  }

  /** Looks after the read, so that a change during it is noticed too. */
  private async requireUnchanged(): Promise<void> {
    let now: BigIntStats;
    try {
      now = await stat(this.path, { bigint: true });
    } catch (error) {
      const code = errorCode(error);
      throw code === 'ENOENT' || code === 'ENOTDIR'
        ? this.changed('was deleted')
        : readError(this.path, error);
    }
    const { size, modified } = stampOf(now);
    if (size !== this.stamp.size || modified !== this.stamp.modified) {
      throw this.changed();
    }
  }

  private changed(what = 'changed on disk'): FileError {
    return new FileError(`"${this.path}" ${what} while it was open; run the command again.`, {
      file: this.path,
    });
  }
}

function stampOf(stats: BigIntStats): Stamp {
  return { size: stats.size, modified: stats.mtimeNs };
}

function requireRegular(path: string, stats: BigIntStats): void {
  if (stats.isDirectory()) {
    throw new FileError(`"${path}" is a folder; give a file inside it.`, { file: path });
  }
  if (!stats.isFile()) {
    throw new FileError(
      `"${path}" is a device or a pipe, which cannot be read by range; copy its content to a file.`,
      { file: path },
    );
  }
}
