import type { SparseEntries } from '../../../protocol/sparse';
import { openedStored } from './opened';

/** A measurement goes on for so many milliseconds, or so many rounds. */
const measureFor = 5;
const mostRounds = 1000;

/**
 * Entries of a compressed tensor by their indices, from 0, and how long one takes on average: all of
 * them are generated again until the clock can tell.
 * @throws UsageError for an index outside the tensor; and as `openStored`.
 */
export async function sparseEntries({
  path,
  indices,
}: {
  readonly path: string;
  readonly indices: readonly (readonly number[])[];
}): Promise<SparseEntries> {
  const stored = await openedStored(path);
  // The first round pays for what is made once, and is not measured.
  const values = indices.map((index) => stored.entry(index));
  if (values.length === 0) {
    return { values, microseconds: 0 };
  }
  const from = performance.now();
  let rounds = 0;
  let elapsed: number;
  do {
    for (const index of indices) {
      stored.entry(index);
    }
    rounds++;
    elapsed = performance.now() - from;
  } while (elapsed < measureFor && rounds < mostRounds);
  return { values, microseconds: (1000 * elapsed) / (rounds * values.length) };
}
