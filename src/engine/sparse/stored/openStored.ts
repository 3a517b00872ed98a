import { FormatError, UnsupportedError } from '../../../failures';
import { describeForeign, headLength } from '../../../formats/foreign';
import type { WeightsFile } from '../../../formats/format';
import { readInPieces } from '../../../formats/pieces';
import { safetensorsFormat } from '../../../formats/safetensors';
import { openLocalFile } from '../../../io/localFile';
import type { RandomAccessFile } from '../../../io/randomAccessFile';
import { unattended, type Job } from '../../job';
import { requireIndex, requireRoom, requireSameSizes } from '../fitting';
import type { Approximation } from './approximation';
import { readCp } from './cpFile';
import { readCross } from './crossFile';
import { FactorReader } from './factorFile';
import { headerKey, parseHeader, type FactorMethod, type StoredHeader } from './header';
import { readKronFit } from './kronFitFile';
import { openNeuKron } from './neukronFile';
import { forEachPossible, forEachZero } from './pieces';
import { readStencils } from './stencilFile';
import type { StoredSparse } from './storedSparse';
import { readTsvd } from './tsvdFile';
import { readTucker } from './tuckerFile';

type Reader = (reader: FactorReader, header: StoredHeader) => Promise<Approximation>;

const readers: Readonly<Record<FactorMethod, Reader>> = {
  tsvd: readTsvd,
  cur: readCross,
  cmd: readCross,
  accams: readStencils,
  baccams: readStencils,
  cp: readCp,
  tucker: readTucker,
  kronfit: readKronFit,
};

const matrixMethods: readonly FactorMethod[] = [
  'tsvd',
  'cur',
  'cmd',
  'accams',
  'baccams',
  'kronfit',
];

/**
 * Opens a compressed tensor; the first bytes decide what it is. All of it is checked and then in
 * memory; the file is closed.
 * @throws FormatError for a damaged file, UnsupportedError for another version, an unknown method and
 * a weights file that is no compressed tensor; FileError, OutOfMemoryError, CancelledError.
 */
export async function openStored(path: string, job: Job = unattended): Promise<StoredSparse> {
  return openStoredFile(await openLocalFile(path), job);
}

/** As {@link openStored}; takes over `file`, which is closed in any case. */
export async function openStoredFile(
  file: RandomAccessFile,
  job: Job = unattended,
): Promise<StoredSparse> {
  try {
    const head = await file.read(0, Math.min(headLength, file.size));
    requireRoom(file.size / 4, `"${file.name}"`, 'Use a machine with more memory.', job);
    if (Buffer.from(head.subarray(0, 7)).toString('latin1') === 'NEUKRON') {
      return openNeuKron(await readInPieces(file, 0, file.size, job), file.name);
    }
    if (!safetensorsFormat.matches(head, file)) {
      const foreign = describeForeign(head, file.size);
      throw new FormatError(
        `"${file.name}" is no compressed matrix or tensor: it is ${foreign ?? 'neither a .neukron file nor a .safetensors file'}.`,
        { file: file.name },
      );
    }
    return await openFactors(await safetensorsFormat.open(file), job);
  } finally {
    await file.close();
  }
}

async function openFactors(file: WeightsFile, job: Job): Promise<StoredSparse> {
  const text = Object.hasOwn(file.metadata, headerKey) ? file.metadata[headerKey] : undefined;
  if (text === undefined) {
    throw new UnsupportedError(
      `"${file.name}" is a weights file and no compressed matrix or tensor: its metadata has no ${headerKey}.`,
      { file: file.name },
    );
  }
  const header = parseHeader(file.name, text);
  const { method, dims } = header;
  const reader: FactorReader = new FactorReader(file, job);
  reader.require(
    dims.length === 2 || !matrixMethods.includes(method),
    `has ${dims.length} modes, but its method takes matrices`,
  );
  const approximation = await readers[method](reader, header);
  reader.requireAllTaken();
  return storedOf(file.size, header, approximation);
}

function storedOf(size: number, header: StoredHeader, approximation: Approximation): StoredSparse {
  const { method, nonzeros, squaredNorm, squaredError, settings } = header;
  const { places, grid } = approximation;
  const dims = grid ?? header.dims;
  const progress = (job: Job, total: number): ((count: number) => void) => {
    let done = 0;
    return (count) => job.report((done += count) / total, 'generating');
  };
  const count = (sizes: readonly number[]): number =>
    sizes.reduce((product, mode) => product * mode, 1);
  return {
    method,
    dims,
    size,
    parameters: approximation.parameters,
    hasOrders: approximation.hasOrders,
    nonzeros,
    details: grid ? { ...settings, sizes: header.dims } : settings,
    stated: { squaredNorm, squaredError },
    places,
    entry(index) {
      requireIndex(dims, index);
      return approximation.entry(index);
    },
    forEachPiece(use, job) {
      const report = progress(job, count(dims));
      forEachPossible(dims, approximation, use, job, report);
      forEachZero(dims, places, use, job, report);
    },
    forEachPossible(use, job) {
      const report = progress(job, count(dims.map((all, mode) => places[mode]?.length ?? all)));
      forEachPossible(dims, approximation, use, job, report);
    },
    squaredError(X, job) {
      requireSameSizes(dims, X.dims);
      return approximation.squaredError(X, job);
    },
  };
}
