import { posix } from 'node:path';
import { Uri } from 'vscode';
import { weightExtensions } from './weightExtensions';

export function isWeightsFile(uri: Uri): boolean {
  const extension = posix.extname(uri.path).slice(1).toLowerCase();
  return weightExtensions.some((known) => known === extension);
}

export function fileName(uri: Uri): string {
  return posix.basename(uri.path);
}

/** The file name without its extension. */
export function fileStem(uri: Uri): string {
  return posix.parse(uri.path).name;
}

/** A file beside `uri`. */
export function sibling(uri: Uri, name: string): Uri {
  return Uri.joinPath(uri, '..', name);
}
