import { unattended, type Job } from '../../job';
import type { Random } from '../../random';
import { randomPermutation } from '../sampling';
import { lookingEvery } from '../sparseProducts';
import type { CompressedRows } from '../sparseTensor';

/** Hash functions of a signature. */
const hashes = 8;
/** Entries between looks at the stop sign: some 20 ms; a comparison takes as long as a few. */
const workPerLook = 2 ** 22;
const sortWork = 16;

/**
 * An order in which rows with entries in the same columns tend to be neighbours: sorted by the minima
 * of 8 random permutations of the columns over their entries, then by falling number of entries;
 * empty rows last.
 * @returns the row at every position
 */
export function minHashOrder(
  rows: CompressedRows,
  columns: number,
  random: Random,
  job: Job = unattended,
): Uint32Array {
  const count = rows.pointers.length - 1;
  const look = lookingEvery(job, workPerLook);
  const signatures = Array.from({ length: hashes }, () => {
    job.throwIfCancelled();
    const values = randomPermutation(columns, random);
    const minima = new Uint32Array(count).fill(columns);
    for (let i = 0; i < count; i++) {
      for (let e = rows.pointers[i]; e < rows.pointers[i + 1]; e++) {
        minima[i] = Math.min(minima[i], values[rows.columns[e]]);
      }
      look(rows.pointers[i + 1] - rows.pointers[i]);
    }
    return minima;
  });
  const entries = (i: number): number => rows.pointers[i + 1] - rows.pointers[i];
  return Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => {
    look(sortWork);
    for (const minima of signatures) {
      if (minima[a] !== minima[b]) {
        return minima[a] - minima[b];
      }
    }
    return entries(b) - entries(a) || a - b;
  });
}
