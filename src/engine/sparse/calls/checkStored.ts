import type { SparseReport } from '../../../protocol/sparse';
import type { Job } from '../../job';
import { formatShape } from '../../tensor/tensor';
import { sparseTensor, type SparseTensor } from '../sparseTensor';
import type { StoredSparse } from '../stored';
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
 * model. A file without orders generates a grid, in which rows and columns are put at the positions
 * that the model has for them.
 * @throws OutOfMemoryError, CancelledError; FormatError for a file that cannot be read.
 */
export function checkStored(
  stored: StoredSparse,
  X: SparseTensor,
  { model, orders }: MadeModel,
  job: Job,
): StoredCheck {
  const positions = stored.hasOrders ? undefined : orders;
  const placed = stored.hasOrders ? X : placedIn(stored.dims, X, positions, job);
  const squaredError = stored.squaredError(placed, job);
  const places = samplePlaces(X, checked.nonzeros, checked.zeros);
  let largestDifference = 0;
  for (const { index } of places) {
    job.throwIfCancelled();
    const found = stored.entry(index.map((i, mode) => positions?.[mode]?.[i] ?? i));
    largestDifference = Math.max(largestDifference, Math.abs(found - model.entry(index)));
  }
  return {
    squaredError,
    check: { entries: places.length, largestDifference },
    notes: stored.hasOrders ? [] : gridNotes(stored, X),
  };
}

/** The tensor in a grid, at its positions. */
function placedIn(
  grid: readonly number[],
  { indices, values }: SparseTensor,
  positions: MadeModel['orders'],
  job: Job,
): SparseTensor {
  const placed = indices.map((keys, mode) => {
    const own = positions?.[mode];
    return own ? keys.map((index) => own[index]) : keys.slice();
  });
  return sparseTensor(grid, placed, values.slice(), job);
}

function gridNotes({ dims }: StoredSparse, X: SparseTensor): string[] {
  const isPadded = dims.some((size, mode) => size !== X.dims[mode]);
  return isPadded
    ? [
        `Without orders rows and columns come in an order of their own, in a grid of ${formatShape(dims)} with empty places, which the error counts.`,
      ]
    : [];
}
