import type { Scope } from '../../protocol/patterns';
import { ascending } from './bitmap';
import type { BlockGrid } from './blockGrid';

/**
 * All blocks, best first: by descending score, ties to the lower number. With scope `blockRow` the
 * best of every row of blocks come first (by their scores), then the second best, and so on, so
 * that the first q hold as many blocks of one row as of another, or one more.
 * @param scores at least 0 and not NaN, one per block.
 */
export function blockOrder(scores: Float64Array, grid: BlockGrid, scope: Scope): Uint32Array {
  const order = descendingOrder(scores);
  return scope === 'matrix' ? order : rowsInTurn(order, grid);
}

/** The first `kept` of {@link blockOrder}, ascending, at less than the cost of the whole order. */
export function bestBlocks(
  scores: Float64Array,
  grid: BlockGrid,
  scope: Scope,
  kept: number,
): Uint32Array {
  if (kept >= scores.length) {
    return Uint32Array.from(scores.keys());
  }
  const first = scope === 'matrix' ? firstOf(scores, kept) : blockOrder(scores, grid, scope);
  return ascending(first.subarray(0, kept), scores.length);
}

/** Upper words are told apart by these bits first: exponent and five of the mantissa. */
const coarseShift = 15;

/** The first `kept` in descending order, themselves in any order. */
function firstOf(scores: Float64Array, kept: number): Uint32Array {
  const coarse = coarseKeys(scores);
  const counts = new Uint32Array(2 ** 16);
  for (let i = 0; i < coarse.length; i++) {
    counts[coarse[i]]++;
  }
  let key = counts.length - 1;
  let above = 0;
  while (key > 0 && above + counts[key] <= kept) {
    above += counts[key--];
  }
  const result = new Uint32Array(above + counts[key]);
  const level = new Uint32Array(counts[key]);
  for (let i = 0, clear = 0, found = 0; i < coarse.length; i++) {
    if (coarse[i] > key) {
      result[clear++] = i;
    } else if (coarse[i] === key) {
      level[found++] = i;
    }
  }
  const tied = new Float64Array(level.length);
  for (let i = 0; i < level.length; i++) {
    tied[i] = scores[level[i]];
  }
  const order = descendingOrder(tied);
  for (let i = 0; i < order.length; i++) {
    result[above + i] = level[order[i]];
  }
  return result;
}

/** Sixteen bits of each score, in the order of the scores. */
function coarseKeys(scores: Float64Array): Uint16Array {
  const keys = new Uint16Array(scores.length);
  const words = new Uint32Array(scores.buffer, scores.byteOffset, 2 * scores.length);
  const atUpper = isLittleEndian() ? 1 : 0;
  for (let i = 0; i < scores.length; i++) {
    keys[i] = (words[2 * i + atUpper] & 0x7fffffff) >>> coarseShift;
  }
  return keys;
}

/** Every row's k-th before any row's (k + 1)-th, otherwise as they come. */
function rowsInTurn(order: Uint32Array, { gridRows, gridColumns }: BlockGrid): Uint32Array {
  const result = new Uint32Array(order.length);
  const seen = new Uint32Array(gridRows);
  const next = Uint32Array.from({ length: gridColumns }, (_, k) => k * gridRows);
  for (let at = 0; at < order.length; at++) {
    const row = Math.floor(order[at] / gridColumns);
    result[next[seen[row]++]++] = order[at];
  }
  return result;
}

/** Digits of 11, 11 and 10 bits make a word. */
const digitBits = 11;
const digits = 3;
const buckets = 2 ** digitBits;
/** Runs up to this length are sorted by insertion. */
const insertedUpTo = 24;

/** Words and what they belong to, in the order sorted so far. */
interface Keyed {
  readonly keys: Uint32Array;
  readonly index: Uint32Array;
}

/**
 * The numbers of the `scores` in descending order. The bits of numbers that are not negative order
 * them as their values do; their complements are sorted by radix, first by the upper word, then,
 * where several share that one, by the lower. Every step is stable.
 */
function descendingOrder(scores: Float64Array): Uint32Array {
  const n = scores.length;
  const { upper, lower, numbers } = complementedWords(scores);
  const { keys, index } = sortByWord({ keys: upper, index: numbers });
  for (let from = 0, to = 1; from < n; from = to++) {
    while (to < n && keys[to] === keys[from]) {
      to++;
    }
    if (to - from > insertedUpTo) {
      sortRun(index.subarray(from, to), lower);
    } else if (to - from > 1) {
      insertRun(index, from, to, lower);
    }
  }
  return index;
}

/** Of every score the two words of its bits, complemented so that the largest comes first. */
function complementedWords(scores: Float64Array): {
  upper: Uint32Array;
  lower: Uint32Array;
  numbers: Uint32Array;
} {
  const n = scores.length;
  const [upper, lower, numbers] = [new Uint32Array(n), new Uint32Array(n), new Uint32Array(n)];
  const words = new Uint32Array(scores.buffer, scores.byteOffset, 2 * n);
  const [atLower, atUpper] = isLittleEndian() ? [0, 1] : [1, 0];
  for (let i = 0; i < n; i++) {
    lower[i] = ~words[2 * i + atLower];
    // Without the sign: a zero may have one.
    upper[i] = ~(words[2 * i + atUpper] & 0x7fffffff);
    numbers[i] = i;
  }
  return { upper, lower, numbers };
}

function isLittleEndian(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}

/** Stable, ascending; the argument is overwritten. */
function sortByWord(given: Keyed): Keyed {
  const n = given.keys.length;
  const counts = digitCounts(given.keys);
  let from = given;
  let to: Keyed = { keys: new Uint32Array(n), index: new Uint32Array(n) };
  for (let digit = 0; digit < digits; digit++) {
    const places = counts.subarray(digit * buckets, (digit + 1) * buckets);
    // A digit that all share changes nothing.
    if (places.includes(n)) {
      continue;
    }
    toPlaces(places);
    distribute(from, to, digit * digitBits, places);
    [from, to] = [to, from];
  }
  return from;
}

function digitCounts(keys: Uint32Array): Uint32Array {
  const counts = new Uint32Array(digits * buckets);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    counts[key & (buckets - 1)]++;
    counts[buckets + ((key >>> digitBits) & (buckets - 1))]++;
    counts[2 * buckets + (key >>> (2 * digitBits))]++;
  }
  return counts;
}

/** Counts to the places where each bucket starts. */
function toPlaces(counts: Uint32Array): void {
  let sum = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket];
    counts[bucket] = sum;
    sum += count;
  }
}

function distribute(from: Keyed, to: Keyed, shift: number, places: Uint32Array): void {
  const { keys, index } = from;
  const { keys: toKeys, index: toIndex } = to;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const at = places[(key >>> shift) & (buckets - 1)]++;
    toKeys[at] = key;
    toIndex[at] = index[i];
  }
}

/** Sorts the numbers of a long run, in place, by their lower words. */
function sortRun(run: Uint32Array, lower: Uint32Array): void {
  const keys = new Uint32Array(run.length);
  for (let i = 0; i < run.length; i++) {
    keys[i] = lower[run[i]];
  }
  const { index } = sortByWord({ keys, index: run });
  if (index !== run) {
    run.set(index);
  }
}

function insertRun(index: Uint32Array, from: number, to: number, lower: Uint32Array): void {
  for (let i = from + 1; i < to; i++) {
    const one = index[i];
    const key = lower[one];
    let at = i;
    for (; at > from && lower[index[at - 1]] > key; at--) {
      index[at] = index[at - 1];
    }
    index[at] = one;
  }
}
