import { gzipSync } from 'node:zlib';
import type { Job } from '../../../../src/engine/job';
import { toDense } from '../../../../src/engine/sparse/sparseTensor';
import { readSparse } from '../../../../src/formats/sparse/registry';
import type { SparseFile } from '../../../../src/formats/sparse/sparseFormat';
import { openMemoryFile } from '../../../../src/io/memoryFile';

/** The file of this content, read; compressed first where its name ends in .gz. */
export function read(
  content: string | Uint8Array,
  name: string,
  { tensor, job }: { readonly tensor?: string; readonly job?: Job } = {},
): Promise<SparseFile> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const stored = name.endsWith('.gz') ? gzipSync(bytes) : bytes;
  return readSparse(openMemoryFile(stored, name), tensor === undefined ? {} : { tensor }, job);
}

/** Every element, row-major. */
export async function elements(content: string | Uint8Array, name: string): Promise<number[]> {
  return [...toDense((await read(content, name)).tensor).data];
}

/** A MatrixMarket text with this kind ("real general") and these lines behind the banner. */
export function mtx(kind: string, ...lines: readonly string[]): string {
  return [`%%MatrixMarket matrix coordinate ${kind}`, ...lines, ''].join('\n');
}
