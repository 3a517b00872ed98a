import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileSystemError, Uri, workspace } from 'vscode';
import { FileError, UnsupportedError, describeFailure } from '../failures';
import type { OutputTarget } from '../protocol/engine';
import { fileName } from './weightFiles';

const bytesPerMb = 2 ** 20;

export interface LocalFilesOptions {
  /** Folder for copies of files from virtual file systems; made when first needed. */
  readonly folder: string;
  readonly virtualFileLimitMb: () => number;
}

/** Where the engine, which knows only local paths, finds and leaves the files behind any URI. */
export interface LocalFiles {
  /**
   * A local path with the file's content: its own, or that of a copy for a virtual file system.
   * @throws UnsupportedError above the limit of the setting; FileError when it cannot be read.
   */
  pathOf(uri: Uri): Promise<string>;
  /** Runs `write` with a local target and puts what it wrote at `uri`. */
  writeTo<T>(uri: Uri, write: (output: OutputTarget) => Promise<T>): Promise<T>;
}

export function createLocalFiles(options: LocalFilesOptions): LocalFiles {
  return {
    pathOf: (uri) => (uri.scheme === 'file' ? Promise.resolve(uri.fsPath) : copyOf(uri, options)),
    writeTo: (uri, write) =>
      uri.scheme === 'file'
        ? write(targetAt(uri.fsPath))
        : writeThrough(uri, options.folder, write),
  };
}

/** The temporary name is this call's own, so that removing it can hit nothing else. */
function targetAt(path: string): OutputTarget {
  const name = `.${basename(path)}.${randomUUID().slice(0, 8)}.press.tmp`;
  return { path, temporary: join(dirname(path), name) };
}

async function copyOf(uri: Uri, options: LocalFilesOptions): Promise<string> {
  const { size, mtime } = await attempt(uri, 'read', () => workspace.fs.stat(uri));
  const limit = options.virtualFileLimitMb() * bytesPerMb;
  if (size > limit) {
    throw new UnsupportedError(
      `${fileName(uri)} has ${Math.ceil(size / bytesPerMb)} MB; from the file system ` +
        `"${uri.scheme}", TensorPress copies files of up to ${limit / bytesPerMb} MB. ` +
        'Download the file, or raise the setting tensorpress.virtualFileLimit.',
      { file: fileName(uri), value: size, limit },
    );
  }
  const folder = join(
    options.folder,
    createHash('sha256').update(uri.toString()).digest('hex').slice(0, 16),
  );
  const version = `${mtime}-${size}`;
  const path = join(folder, version, fileName(uri));
  await mkdir(dirname(path), { recursive: true });
  if (!(await readdir(dirname(path))).includes(fileName(uri))) {
    const bytes = await attempt(uri, 'read', () => workspace.fs.readFile(uri));
    // Renamed when whole, so that a copy cut short is never taken for the file; under a name of
    // its own, because another surface may be copying the same file.
    const partial = `${path}.${randomUUID()}.part`;
    await writeFile(partial, bytes);
    await rename(partial, path);
    const outdated = (await readdir(folder)).filter((name) => name !== version);
    await Promise.all(
      outdated.map((name) => rm(join(folder, name), { recursive: true, force: true })),
    );
  }
  return path;
}

async function writeThrough<T>(
  uri: Uri,
  storage: string,
  write: (output: OutputTarget) => Promise<T>,
): Promise<T> {
  const folder = join(storage, randomUUID());
  const path = join(folder, fileName(uri));
  await mkdir(folder, { recursive: true });
  try {
    const result = await write(targetAt(path));
    await attempt(uri, 'write', () => workspace.fs.copy(Uri.file(path), uri, { overwrite: true }));
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function attempt<T>(uri: Uri, what: 'read' | 'write', action: () => Thenable<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const isMissing = error instanceof FileSystemError && error.code === 'FileNotFound';
    const reason = isMissing ? 'it does not exist.' : describeFailure(error).message;
    throw new FileError(
      `${fileName(uri)} could not be ${what === 'read' ? 'read' : 'written'}: ${reason}`,
      { file: fileName(uri) },
      { cause: error },
    );
  }
}
