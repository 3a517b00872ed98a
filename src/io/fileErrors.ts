import { dirname } from 'node:path';
import { FileError } from '../failures';

/** The errno code of a file system error (`ENOENT`, ...), or undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}

const readReasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the name',
  ENOTDIR: 'does not exist: a part of its path is a file, not a folder; check the name',
  EACCES: 'cannot be read: you have no permission; change its permissions or copy it',
  EPERM: 'cannot be read: you have no permission; change its permissions or copy it',
  EISDIR: 'is a folder; give a file inside it',
  ELOOP: 'is a link that leads back to itself; give the real file',
  ENAMETOOLONG: 'cannot be opened: its name is too long',
  EMFILE: 'cannot be opened: too many files are open; close some and try again',
  EBADF: 'was closed before the read finished',
  EIO: 'cannot be read: the disk reported an error; check the disk and try again',
};

/** What a failed open or read of `path` means, in a sentence. */
export function readError(path: string, error: unknown): FileError {
  const code = errorCode(error);
  const reason = code === undefined ? undefined : readReasons[code];
  return new FileError(
    `"${path}" ${reason ?? `cannot be read: ${messageOf(error)}`}.`,
    { file: path },
    { cause: error },
  );
}

const diskFull = 'the disk is full; free some space or choose another folder';

const writeReasons: Readonly<Record<string, string | ((path: string) => string)>> = {
  ENOSPC: diskFull,
  EDQUOT: 'your disk quota is used up; free some space or choose another folder',
  EFBIG: 'the file is larger than this disk allows; choose another folder',
  EACCES: (path) => `you have no permission to write in "${dirname(path)}"; choose another folder`,
  EPERM: (path) => `writing in "${dirname(path)}" is not permitted; choose another folder`,
  EROFS: (path) => `"${dirname(path)}" is on a read-only disk; choose another folder`,
  EISDIR: 'it is a folder; give a file name',
  ENOENT: (path) => `the folder "${dirname(path)}" does not exist; create it or choose another`,
  ENOTDIR: (path) => `"${dirname(path)}" is not a folder; choose another`,
  ENAMETOOLONG: 'its name is too long; choose a shorter one',
  EXDEV: 'its temporary file is on another disk; put both in the same folder',
  EMFILE: 'too many files are open; close some and try again',
  EIO: 'the disk reported an error; check the disk or choose another folder',
};

/** What a failed write of `path` (or of the temporary beside it) means, in a sentence. */
export function writeError(path: string, error: unknown): FileError {
  const code = errorCode(error);
  const found = code === undefined ? undefined : writeReasons[code];
  const reason = typeof found === 'function' ? found(path) : found;
  return new FileError(
    `"${path}" was not written: ${reason ?? messageOf(error)}.`,
    { file: path },
    { cause: error },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
