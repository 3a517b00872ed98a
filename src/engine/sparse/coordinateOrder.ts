import { unattended, type Job } from '../job';

/** Sorting of coordinates that lie as one array per mode. */

/** 2^11 counters fit the first cache; three passes sort any 32-bit index. */
const digitBits = 11;

/**
 * The order in which the entries are sorted row-major (by the first mode, then the second, …);
 * equal ones stay in the order they have. Undefined when they are sorted already.
 *
 * A stable radix sort from the last mode to the first. A mode by which the entries are sorted
 * already costs one look, so that a file written column by column takes one pass over its rows.
 */
export function rowMajorOrder(
  indices: readonly Uint32Array[],
  job: Job = unattended,
): Uint32Array | undefined {
  if (isRowMajor(indices)) {
    return undefined;
  }
  let order: Uint32Array = Uint32Array.from({ length: indices[0].length }, (_, e) => e);
  let target: Uint32Array = new Uint32Array(order.length);
  for (const keys of indices.toReversed()) {
    job.throwIfCancelled();
    const highest = highestUnlessSorted(keys, order);
    for (let shift = 0; highest !== undefined && highest >>> shift > 0; shift += digitBits) {
      job.throwIfCancelled();
      sortByDigit(keys, shift, order, target);
      [order, target] = [target, order];
      if (shift + digitBits >= 32) {
        break; // A shift by 32 would be one by 0.
      }
    }
  }
  return order;
}

/** Whether every entry lies at or behind the one before it. */
function isRowMajor(indices: readonly Uint32Array[]): boolean {
  const count = indices[0]?.length ?? 0;
  for (let e = 1; e < count; e++) {
    if (compareEntries(indices, e - 1, e) > 0) {
      return false;
    }
  }
  return true;
}

/** Negative, 0 or positive as entry `a` lies before, at or behind entry `b`. */
export function compareEntries(indices: readonly Uint32Array[], a: number, b: number): number {
  for (const keys of indices) {
    if (keys[a] !== keys[b]) {
      return keys[a] < keys[b] ? -1 : 1;
    }
  }
  return 0;
}

/** The largest key, or undefined when the keys never fall along `order`. */
function highestUnlessSorted(keys: Uint32Array, order: Uint32Array): number | undefined {
  let highest = 0;
  let sorted = true;
  for (const e of order) {
    const key = keys[e];
    if (key < highest) {
      sorted = false;
    } else {
      highest = key;
    }
  }
  return sorted ? undefined : highest;
}

function sortByDigit(
  keys: Uint32Array,
  shift: number,
  order: Uint32Array,
  target: Uint32Array,
): void {
  const mask = 2 ** digitBits - 1;
  const next = new Uint32Array(mask + 1);
  for (const key of keys) {
    next[(key >>> shift) & mask]++;
  }
  let before = 0;
  for (let digit = 0; digit <= mask; digit++) {
    const count = next[digit];
    next[digit] = before;
    before += count;
  }
  for (const e of order) {
    target[next[(keys[e] >>> shift) & mask]++] = e;
  }
}
