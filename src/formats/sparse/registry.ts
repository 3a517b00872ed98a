import { extname } from 'node:path';
import { unattended, type Job } from '../../engine/job';
import { FormatError, UnsupportedError, UsageError } from '../../failures';
import type { RandomAccessFile } from '../../io/randomAccessFile';
import { describeForeign, plainText } from '../foreign';
import { formatByName, formats, openWeights } from '../registry';
import { readDenseFile } from './denseFile';
import { frosttFormat } from './frostt';
import { matrixMarketFormat } from './matrixMarket';
import { neukronFormat } from './neukronText';
import { scipyNpzFormat } from './scipyNpz';
import type { SparseFile, SparseFormat } from './sparseFormat';
import { openSparseSource, type SparseSource } from './sparseSource';

/**
 * Every sparse format the product reads. The order matters to texts alone: coordinates of FROSTT
 * have no mark of their own and come last.
 */
export const sparseFormats: readonly SparseFormat[] = [
  matrixMarketFormat,
  scipyNpzFormat,
  neukronFormat,
  frosttFormat,
];

/** With the dot, lower case; those of text may be followed by `.gz`. */
export const sparseExtensions: readonly string[] = ['.mtx', '.tns', '.npz'];

/**
 * Reads a sparse matrix or tensor, or a dense tensor of a weights file by its nonzeros. The content
 * decides about the format; the name is asked where it does not tell. Takes over `file`, which is
 * closed in any case.
 * @param tensor which tensor of a weights file; may be left out when it has one.
 * @throws FormatError saying where a file is damaged, or what a foreign one really is;
 * UnsupportedError for legal content that is not read; UsageError when a tensor must be named, or
 * one is named of a file that holds a single sparse one; FileError, OutOfMemoryError.
 */
export async function readSparse(
  file: RandomAccessFile,
  { tensor }: { readonly tensor?: string } = {},
  job: Job = unattended,
): Promise<SparseFile> {
  try {
    const source = await openSparseSource(file);
    const format = await sparseFormatOf(source);
    if (!format) {
      return await readDenseFile(await openWeights(file), tensor, job);
    }
    if (tensor !== undefined) {
      throw new UsageError(
        `"${file.name}" (${format.label}) holds one sparse tensor without a name; leave "${tensor}" out.`,
        { file: file.name, tensor },
      );
    }
    return await format.read(source, job);
  } finally {
    await file.close();
  }
}

/** Undefined for a weights file. */
async function sparseFormatOf(source: SparseSource): Promise<SparseFormat | undefined> {
  for (const format of sparseFormats) {
    if (await format.matches(source)) {
      return format;
    }
  }
  const { file, head, isCompressed, name } = source;
  const isWeights = formats.some((format) => format.matches(head, file));
  if (isWeights && isCompressed) {
    throw new UnsupportedError(
      `"${file.name}" is a weights file compressed with gzip; unpack it first.`,
      { file: file.name },
    );
  }
  if (isWeights) {
    return undefined;
  }
  const foreign = describeForeign(head, file.size);
  if (foreign !== undefined && foreign !== plainText) {
    throw new FormatError(`"${file.name}" is ${foreign}.`, { file: file.name, value: foreign });
  }
  // The name is asked last, so that a damaged file is reported as what it was meant to be.
  const extension = extname(name).toLowerCase();
  const byName = sparseFormats.find(({ extensions }) => extensions.includes(extension));
  if (byName) {
    return byName;
  }
  if (!isCompressed && formatByName(file.name)) {
    return undefined;
  }
  throw new UnsupportedError(
    `"${file.name}" is neither a sparse matrix or tensor that TensorPress reads (${sparseExtensions.join(', ')}, a text of coordinates) nor a weights file.`,
    { file: file.name },
  );
}
