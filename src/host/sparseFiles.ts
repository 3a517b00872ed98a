import type { Uri } from 'vscode';
import type { SparseMethod } from '../protocol/sparse';
import { safeFileName } from './safeFileName';
import { sparseStem } from './sparseExtensions';
import { fileName, sibling } from './weightFiles';

export interface WrittenAs {
  readonly method: SparseMethod;
  /** Without the dot. */
  readonly extension: 'neukron' | 'safetensors';
  readonly tensor?: string;
}

/** Where a compressed matrix goes unless the user says otherwise: beside its source. */
export function defaultSparseOutput(source: Uri, { extension, method, tensor }: WrittenAs): Uri {
  const stem = sparseStem(fileName(source));
  const named = tensor === undefined ? stem : `${stem}.${safeFileName(tensor)}`;
  // Factors are a safetensors file as any other; the method tells them apart.
  const kind = extension === 'neukron' ? extension : `${method}.${extension}`;
  return sibling(source, `${named}.${kind}`);
}

/** Where the entries of a compressed matrix go: never where its source is likely to be. */
export function defaultDecodedOutput(source: Uri, dims: readonly number[]): Uri {
  const stem = sparseStem(fileName(source));
  return sibling(source, `${stem}.decoded.${dims.length === 2 ? 'mtx' : 'tns'}`);
}
