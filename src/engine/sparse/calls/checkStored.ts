import { openMemoryFile } from '../../../io/memoryFile';
import type { SparseReport } from '../../../protocol/sparse';
import type { Job } from '../../job';
import { openStoredFile, storedBytes, type StoredSparse } from '../stored';
import type { SparseTensor } from '../sparseTensor';
import { samplePlaces } from './entrySample';
import type { MadeModel } from './modelCache';

const checked = { nonzeros: 500, zeros: 500 };

/** What was found in a file, opened again. */
export interface StoredCheck {
  readonly squaredError: number;
  readonly check: SparseReport['check'];
  /** In sentences. */
  readonly notes: readonly string[];
}

/**
 * The error of what a file holds, and the largest difference between its entries and those of the
 * model. A file without orders is the tensor in an order of its own: its numbers are measured beside the
 * orders of the model, and its entries compared at the places where these put them.
 * @throws OutOfMemoryError, CancelledError; FormatError for a file that cannot be read.
 */
export async function checkStored(
  stored: StoredSparse,
  X: SparseTensor,
  made: MadeModel,
  type: 'float32' | 'float16',
  job: Job,
): Promise<StoredCheck> {
  const ordered = stored.hasOrders ? stored : await withOrders(stored, X, made, type, job);
  const squaredError = ordered.squaredError(X, job);
  let entries = 0;
  let largestDifference = 0;
  for (const { index } of samplePlaces(X, checked.nonzeros, checked.zeros)) {
    job.throwIfCancelled();
    const found = ordered === stored ? stored.entry(index) : entryInOrder(stored, made, index);
    if (found === undefined) {
      continue;
    }
    entries++;
    largestDifference = Math.max(largestDifference, Math.abs(found - made.model.entry(index)));
  }
  return {
    squaredError,
    check: { entries, largestDifference },
    notes: ordered === stored ? [] : outsideNotes(stored, made),
  };
}

/** The same numbers with the orders that the file leaves out. */
async function withOrders(
  { method }: StoredSparse,
  X: SparseTensor,
  { model }: MadeModel,
  type: 'float32' | 'float16',
  job: Job,
): Promise<StoredSparse> {
  const bytes = await storedBytes(model, X, { withOrders: true, type }, job);
  return openStoredFile(openMemoryFile(bytes, method), job);
}

/** An entry of the tensor in a file without orders; undefined where the file does not reach. */
function entryInOrder(
  stored: StoredSparse,
  { orders }: MadeModel,
  index: readonly number[],
): number | undefined {
  const place = index.map((i, mode) => orders?.[mode]?.[i] ?? i);
  return place.every((at, mode) => at < stored.dims[mode]) ? stored.entry(place) : undefined;
}

/** Positions are those of a padded grid, of which a file without orders has only the first ones. */
function outsideNotes({ dims }: StoredSparse, { orders }: MadeModel): string[] {
  const outside = dims.map((size, mode) => {
    const positions = orders?.[mode]?.subarray(0, size) ?? new Uint32Array(0);
    return positions.reduce((count, position) => count + (position >= size ? 1 : 0), 0);
  });
  if (outside.every((count) => count === 0)) {
    return [];
  }
  const counts = outside.map((count, mode) => `${count} of ${dims[mode]} of mode ${mode + 1}`);
  return [
    `Without orders the file generates the first places of its padded grid, outside of which lie ${counts.join(', ')}; store orders to have them all.`,
  ];
}
