import { posix } from 'node:path';
import { Uri } from 'vscode';
import { weightExtensions } from './weightExtensions';

export function isWeightsFile(uri: Uri): boolean {
  return weightExtensions.some((known) => known === fileExtension(uri));
}

export function fileName(uri: Uri): string {
  return posix.basename(uri.path);
}

/** The file name without its extension. */
export function fileStem(uri: Uri): string {
  return posix.parse(uri.path).name;
}

/** In lower case, without the dot. */
export function fileExtension(uri: Uri): string {
  return posix.extname(uri.path).slice(1).toLowerCase();
}

/** A file beside `uri`. */
export function sibling(uri: Uri, name: string): Uri {
  return Uri.joinPath(uri, '..', name);
}
