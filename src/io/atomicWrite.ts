import type { BigIntStats } from 'node:fs';
import { open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unattended, type Job } from '../engine/job';
import { FileError, UsageError } from '../failures';
import type { ByteSink } from '../formats/format';
import { errorCode, writeError } from './fileErrors';

export interface AtomicTarget {
  /** The file that stands there, whole, when all has gone well. An existing one is replaced. */
  readonly path: string;
  /** A name in the same folder that nothing uses; removed on cancel and failure. */
  readonly temporary: string;
  /** The file being read; writing over it is refused, under whatever name. */
  readonly source?: string;
}

/** Pieces handed to the disk between two looks at the stop sign. */
const pieceLength = 2 ** 25;

/**
 * Writes a file so that `target.path` either stays as it was or holds everything `write` wrote:
 * to the temporary name, flushed, then renamed.
 * @throws FileError when the file system refuses, saying what to do; UsageError when the target is
 * the source; CancelledError; and whatever `write` throws. In each case the temporary is removed.
 */
export async function writeAtomically(
  target: AtomicTarget,
  write: (sink: ByteSink) => Promise<void>,
  job: Job = unattended,
): Promise<void> {
  await requireWritable(target);
  job.throwIfCancelled();
  const handle = await createTemporary(target);
  let renamed = false;
  try {
    await write(sinkInto(handle, target.path, job));
    job.throwIfCancelled();
    try {
      await handle.sync();
      await handle.close();
      await rename(target.temporary, target.path);
      renamed = true;
    } catch (error) {
      throw writeError(target.path, error);
    }
  } finally {
    if (!renamed) {
      await discard(handle, target.temporary);
    }
  }
  await syncFolder(dirname(target.path));
}

function sinkInto(handle: FileHandle, path: string, job: Job): ByteSink {
  return {
    async write(bytes) {
      let done = 0;
      while (done < bytes.byteLength) {
        job.throwIfCancelled();
        const piece = Math.min(bytes.byteLength - done, pieceLength);
        try {
          done += (await handle.write(bytes, done, piece)).bytesWritten;
        } catch (error) {
          throw writeError(path, error);
        }
      }
    },
  };
}

async function requireWritable(target: AtomicTarget): Promise<void> {
  const existing = await statIfPresent(target.path);
  if (target.source !== undefined) {
    await requireOther(target.path, existing, target.source);
  }
  if (!existing) {
    return;
  }
  if (existing.isDirectory()) {
    throw new FileError(`"${target.path}" was not written: it is a folder; give a file name.`, {
      file: target.path,
    });
  }
  if (!existing.isFile()) {
    throw new FileError(
      `"${target.path}" was not written: it is a device or a pipe; give another file name.`,
      { file: target.path },
    );
  }
  await requireWritableFile(target.path);
}

/** A rename would replace even a write-protected file, which is not what its owner asked for. */
async function requireWritableFile(path: string): Promise<void> {
  try {
    // Opened, not asked about: only so do all reasons show. Neither content nor time changes.
    await (await open(path, 'r+')).close();
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EACCES' && code !== 'EPERM') {
      throw writeError(path, error);
    }
    throw new FileError(
      `"${path}" was not written: the file there is write-protected; change its permissions or give another name.`,
      { file: path },
      { cause: error },
    );
  }
}

/** Two names may be one file: through links, `..`, or a file system that ignores case. */
async function requireOther(
  path: string,
  existing: BigIntStats | undefined,
  source: string,
): Promise<void> {
  const sourceStats = await statIfPresent(source);
  const same =
    (existing &&
      sourceStats &&
      existing.ino === sourceStats.ino &&
      existing.dev === sourceStats.dev) ||
    (await realpathOrSelf(path)) === (await realpathOrSelf(source));
  if (same) {
    throw new UsageError(
      `The output "${path}" is the source file itself, which is never overwritten; give another name.`,
      { file: path },
    );
  }
}

async function statIfPresent(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw writeError(path, error);
  }
}

async function realpathOrSelf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

async function createTemporary(target: AtomicTarget): Promise<FileHandle> {
  try {
    return await open(target.temporary, 'wx');
  } catch (error) {
    if (errorCode(error) === 'EEXIST') {
      throw new FileError(
        `"${target.path}" was not written: its temporary file "${target.temporary}" exists already; wait for the other run to end, or delete that file.`,
        { file: target.path },
        { cause: error },
      );
    }
    throw writeError(target.path, error);
  }
}

/** Best effort: the failure that led here is the one worth telling. */
async function discard(handle: FileHandle, temporary: string): Promise<void> {
  await handle.close().catch(() => {});
  await unlink(temporary).catch(() => {});
}

/** Makes the rename itself survive a power cut, where the system lets a folder be flushed. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Windows and some network disks refuse; the file itself is already flushed.
  } finally {
    await handle?.close();
  }
}
