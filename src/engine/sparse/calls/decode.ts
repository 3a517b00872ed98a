import { UsageError } from '../../../failures';
import { sparseFormats } from '../../../formats/sparse/registry';
import type { SparseFormat } from '../../../formats/sparse/sparseFormat';
import { writeAtomically } from '../../../io/atomicWrite';
import { gzipSink } from '../../../io/gzipSink';
import type { SparseDecodeReport, SparseDecodeRequest } from '../../../protocol/sparse';
import { part, type Job } from '../../job';
import { formatShape } from '../../tensor/tensor';
import type { Elements } from '../neukron/decoder';
import { placeOf } from '../occupied';
import { sparseTensor, type SparseTensor } from '../sparseTensor';
import type { StoredSparse } from '../stored';
import { EntrySelection } from './entrySelection';
import { openedStored } from './opened';

/** Beyond so many elements it takes days. */
const mostElements = 2 ** 40;
/** About what a machine generates of a simple model, and looks through. */
const elementsPerSecond = 1e7;
/** Entries kept when the job sets no limit to the memory. */
const mostEntries = 2 ** 26;
/** How often an entry's index and value are in memory while they are sorted and written. */
const copies = 4;
const generatedAt = 0.9;

/**
 * Writes what a compressed tensor stands for as coordinates: `.mtx` (matrices) or `.tns`, with `.gz` as
 * well. Every element is generated; those kept are sorted row-major, and zeros never among them. Of the
 * largest, equal magnitudes are taken in row-major order. Rounding goes to the nearest whole number,
 * halves away from 0, before anything is compared. A file without orders is written in its own order, with the sizes of its grid.
 * @throws UsageError for an impossible request; OutOfMemoryError when too many entries pass, saying which
 * threshold would keep how many; CancelledError; FileError; and as `openStored`.
 */
export async function sparseDecode(
  request: SparseDecodeRequest,
  job: Job,
): Promise<SparseDecodeReport> {
  const from = performance.now();
  const { path, output } = request;
  const { format, isCompressed } = formatFor(output.path);
  requireKeep(request.keep);
  const stored = await openedStored(path, job);
  const { method, dims } = stored;
  if (format.id === 'mtx' && dims.length !== 2) {
    throw new UsageError(
      `A .mtx file holds a matrix, not a tensor of ${formatShape(dims)}; write a .tns file.`,
      { value: dims.length, limit: 2 },
    );
  }
  const tensor = keptEntries(stored, request, part(job, 0, generatedAt));
  let outputBytes = 0;
  await writeAtomically(
    { ...output, source: path },
    async (sink) => {
      const counted = {
        async write(bytes: Uint8Array) {
          outputBytes += bytes.byteLength;
          await sink.write(bytes);
        },
      };
      const packed = isCompressed ? gzipSink(counted) : undefined;
      await format.write!(packed ?? counted, tensor, part(job, generatedAt, 1));
      await packed?.end();
    },
    job,
  );
  let smallest = Infinity;
  for (const value of tensor.values) {
    smallest = Math.min(smallest, Math.abs(value));
  }
  return {
    source: path,
    output: output.path,
    method,
    dims,
    entries: tensor.values.length,
    ...(tensor.values.length > 0 && { smallest }),
    outputBytes,
    elapsedMs: performance.now() - from,
  };
}

function formatFor(path: string): {
  readonly format: SparseFormat;
  readonly isCompressed: boolean;
} {
  const isCompressed = /\.gz$/i.test(path);
  const name = path.replace(/\.gz$/i, '').toLowerCase();
  const format = sparseFormats.find(
    ({ write, extensions }) => write && extensions.some((extension) => name.endsWith(extension)),
  );
  if (!format) {
    throw new UsageError(
      `"${path}" should end in .mtx (a matrix) or .tns (a tensor), with .gz if it is to be compressed.`,
      { value: path },
    );
  }
  return { format, isCompressed };
}

function requireKeep(keep: SparseDecodeRequest['keep']): void {
  if ('threshold' in keep) {
    if (!(keep.threshold >= 0 && keep.threshold < Infinity)) {
      throw new UsageError(`The threshold must be a number from 0, not ${keep.threshold}.`, {
        value: keep.threshold,
        limit: 0,
      });
    }
  } else if (!Number.isSafeInteger(keep.largest) || keep.largest < 1) {
    throw new UsageError(
      `The number of largest entries must be a whole number from 1, not ${keep.largest}.`,
      { value: keep.largest, limit: 1 },
    );
  }
}

function keptEntries(
  stored: StoredSparse,
  { keep, round = false }: SparseDecodeRequest,
  job: Job,
): SparseTensor {
  const { dims, places } = stored;
  const sizes = dims.map((size, mode) => places[mode]?.length ?? size);
  const elements = sizes.reduce((product, size) => product * size, 1);
  if (elements > mostElements) {
    const days = Math.ceil(elements / elementsPerSecond / 86400);
    throw new UsageError(
      `A tensor of ${formatShape(dims)} would take ${days} days or more to write out; ask for entries by their indices.`,
      { value: elements, limit: mostElements },
    );
  }
  const bytesPerEntry = copies * (4 * dims.length + 16);
  const most = Math.floor(Math.min(mostEntries, (job.memoryLimit ?? Infinity) / bytesPerEntry));
  const wanted = 'largest' in keep ? { largest: Math.min(keep.largest, elements) } : keep;
  const selection = new EntrySelection(wanted, most);
  stored.forEachPossible((piece) => {
    const values = round ? piece.values.map(roundedAway) : piece.values;
    for (let i = 0; i < values.length; i++) {
      if (selection.isWanted(values[i])) {
        selection.add(numberOf(piece, i, places, sizes), values[i]);
      }
    }
  }, job);
  const { positions, values } = selection.finish();
  const indices = dims.map(() => new Uint32Array(values.length));
  for (let e = 0; e < values.length; e++) {
    let rest = positions[e];
    for (let mode = dims.length - 1; mode >= 0; mode--) {
      const place = rest % sizes[mode];
      indices[mode][e] = places[mode]?.[place] ?? place;
      rest = Math.floor(rest / sizes[mode]);
    }
  }
  return sparseTensor(dims, indices, values.slice(), job);
}

/** Halves away from 0, so that a value and its negative stay so. */
function roundedAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/** The row-major number of an element among those that can differ from 0. */
function numberOf(
  { indices }: Elements,
  i: number,
  places: StoredSparse['places'],
  sizes: readonly number[],
): number {
  let number = 0;
  for (let mode = 0; mode < sizes.length; mode++) {
    number = number * sizes[mode] + placeOf(places[mode], indices[mode][i]);
  }
  return number;
}
