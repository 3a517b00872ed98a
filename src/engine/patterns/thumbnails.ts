import type { TensorEntry, WeightsFile } from '../../formats/format';
import { openWeights } from '../../formats/registry';
import { decode, decodeSingle } from '../../formats/tensorData';
import { openLocalFile } from '../../io/localFile';
import { Failure, isCancelled, UsageError } from '../../failures';
import type { Thumbnail } from '../../protocol/patterns';
import { unattended, type Job } from '../job';
import { dtypes, type DType } from '../tensor/dtype';
import { elementCount } from '../tensor/tensor';
import { forgetMatrix, heldBytes } from './loadMatrix';

export interface ThumbnailsParams {
  readonly path: string;
  readonly tensors: readonly string[];
  /** Most tiles on either side. */
  readonly size: number;
}

const mostTiles = 256;

/** A picture of a few pixels is not worth the seconds that reading more takes. */
const mostBytes = 2 ** 30;

/** Values decoded at a time, so that the decoded tensor is never in memory as a whole. */
const chunkLength = 2 ** 18;

/**
 * A small picture of each tensor, one after the other as they are ready: the root mean square of
 * the tiles of its matrix T x (everything else), a vector being one row. A tensor that cannot be
 * pictured gets a reason instead; it keeps none of the others from being seen.
 * @throws UsageError for a tensor that is not there or an impossible size; CancelledError.
 */
export async function thumbnails(
  { path, tensors, size }: ThumbnailsParams,
  job: Job = unattended,
  emit: (thumbnail: Thumbnail) => void = () => {},
): Promise<Record<string, never>> {
  if (!Number.isInteger(size) || size < 1 || size > mostTiles) {
    throw new UsageError(`A thumbnail has 1 to ${mostTiles} tiles on a side, not ${size}.`, {
      value: size,
      limit: mostTiles,
    });
  }
  const file = await openWeights(await openLocalFile(path));
  try {
    const byName = new Map(file.tensors.map((entry) => [entry.name, entry]));
    for (const tensor of tensors) {
      const entry = byName.get(tensor);
      if (!entry) {
        const details = { file: file.name, tensor };
        throw new UsageError(`"${file.name}" has no tensor "${tensor}".`, details);
      }
      emit(await thumbnail(file, entry, size, job));
    }
    return {};
  } finally {
    await file.close();
  }
}

async function thumbnail(
  file: WeightsFile,
  entry: TensorEntry,
  size: number,
  job: Job,
): Promise<Thumbnail> {
  job.throwIfCancelled();
  const { dtype } = entry;
  const unavailable = whyNone(entry, job.memoryLimit);
  if (unavailable !== undefined || dtype === undefined) {
    return without(entry, unavailable ?? `Its type ${entry.storedDtype} is unknown.`);
  }
  if (heldBytes() + entry.bytes > (job.memoryLimit ?? Infinity)) {
    forgetMatrix();
  }
  try {
    const picture = picturise(await file.readBytes(entry, job), entry.shape, dtype, size, job);
    return picture
      ? { tensor: entry.name, ...picture }
      : without(entry, 'Some of its values are NaN, infinite or too large to square.');
  } catch (error) {
    if (error instanceof Failure && !isCancelled(error)) {
      return without(entry, error.message);
    }
    throw error;
  }
}

function without({ name }: TensorEntry, reason: string): Thumbnail {
  return { tensor: name, rows: 0, columns: 0, values: new ArrayBuffer(0), reason };
}

function whyNone(
  { storedDtype, problem, dtype, parameters, bytes }: TensorEntry,
  memoryLimit = Infinity,
): string | undefined {
  if (problem !== undefined || dtype === undefined) {
    return `Its type ${storedDtype} cannot be read.`;
  }
  if (parameters === 0) {
    return 'It is empty.';
  }
  if (bytes > mostBytes) {
    return 'It is larger than 1 GB, too large for a small picture.';
  }
  return bytes > memoryLimit ? 'It does not fit the memory limit of the engine.' : undefined;
}

/** Undefined when some of the squares are not finite. */
function picturise(
  bytes: Uint8Array<ArrayBuffer>,
  shape: readonly number[],
  dtype: DType,
  size: number,
  job: Job,
): Pick<Thumbnail, 'rows' | 'columns' | 'values'> | undefined {
  const rows = shape.length < 2 ? 1 : shape[0];
  const columns = elementCount(shape) / rows;
  // Tiles of whole rows and columns, all of one size but the last.
  const tileRows = Math.ceil(rows / size);
  const tileColumns = Math.ceil(columns / size);
  const gridRows = Math.ceil(rows / tileRows);
  const gridColumns = Math.ceil(columns / tileColumns);
  const squares = new Float64Array(gridRows * gridColumns);
  const itemSize = dtypes[dtype].bytes;
  const count = rows * columns;
  for (let from = 0; from < count; from += chunkLength) {
    job.throwIfCancelled();
    const chunk = bytes.subarray(from * itemSize, (from + chunkLength) * itemSize);
    const values = dtype === 'float64' ? decode(chunk, dtype) : decodeSingle(chunk, dtype);
    for (let i = 0; i < values.length;) {
      const row = Math.floor((from + i) / columns);
      const column = from + i - row * columns;
      const tile = Math.floor(column / tileColumns);
      const end = Math.min(values.length, i + Math.min((tile + 1) * tileColumns, columns) - column);
      let sum = 0;
      for (; i < end; i++) {
        sum += values[i] * values[i];
      }
      squares[Math.floor(row / tileRows) * gridColumns + tile] += sum;
    }
  }
  const roots = squares.map((sum, cell) => {
    const height = sizeOf(Math.floor(cell / gridColumns), tileRows, rows);
    return Math.sqrt(sum / (height * sizeOf(cell % gridColumns, tileColumns, columns)));
  });
  const largest = roots.reduce((most, root) => Math.max(most, root), 0);
  if (!Number.isFinite(largest)) {
    return undefined;
  }
  const scale = largest === 0 ? 0 : 255 / largest;
  const values = Uint8Array.from(roots, (root) => Math.round(root * scale));
  return { rows: gridRows, columns: gridColumns, values: values.buffer };
}

/** Rows of tile `index`, of which the last may be smaller. */
function sizeOf(index: number, tile: number, whole: number): number {
  return Math.min(tile, whole - index * tile);
}
