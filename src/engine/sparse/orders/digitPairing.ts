import type { Random } from '../../random';
import { below, randomPermutation, shuffle } from '../sampling';
import type { CompressedRows } from '../sparseTensor';
import type { Positions } from './positions';

/** A mode whose positions are written with `digits` digits of base `base`. */
export interface DigitGrid {
  readonly base: number;
  readonly digits: number;
}

/** Pairs of indices that may change places: swap s exchanges first[s] and second[s]. */
export interface Swaps {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/**
 * Swaps that bring similar rows next to each other, no index in two of them. NeuKron's pairing with
 * its bit replaced by a digit: positions that differ in one random digit are paired by a random
 * matching of that digit's values, one of each pair is sampled, and sampled rows whose largest hash
 * over their entries agrees, u and w, propose u <-> mate(w) and w <-> mate(u). Rows left over are
 * paired at random.
 * @param rows entries of the mode's indices; padding indices beyond them have none
 * @param others number of indices of the other mode
 */
export function pairByHash(
  rows: CompressedRows,
  others: number,
  positions: Positions,
  grid: DigitGrid,
  random: Random,
): Swaps {
  const { sampled, mates } = samplePairs(positions, grid, random);
  const order = byHash(rows, others, sampled, random);
  const first = new Uint32Array(sampled.length);
  const second = new Uint32Array(sampled.length);
  let count = 0;
  const propose = (u: number, w: number): void => {
    first[count] = sampled[u];
    second[count++] = mates[w];
    first[count] = sampled[w];
    second[count++] = mates[u];
  };
  const left = new Uint32Array(sampled.length);
  let leftCount = 0;
  for (let n = 0; n < order.places.length;) {
    const u = order.places[n];
    const w = order.places[n + 1];
    if (n + 1 < order.places.length && order.keys[u] === order.keys[w]) {
      propose(u, w);
      n += 2;
    } else {
      left[leftCount++] = u;
      n += 1;
    }
  }
  const pool = shuffle(left.subarray(0, leftCount), random);
  for (let n = 0; n + 1 < pool.length; n += 2) {
    propose(pool[n], pool[n + 1]);
  }
  return { first: first.subarray(0, count), second: second.subarray(0, count) };
}

/** One of each pair of positions that differ in the digit drawn, and the index at the other. */
function samplePairs(
  { at }: Positions,
  { base, digits }: DigitGrid,
  random: Random,
): { sampled: Uint32Array; mates: Uint32Array } {
  const step = base ** drawDigit(at.length, base, digits, random);
  // Digit values 2n and 2n + 1 of a random order are partners; of an odd number one has none.
  const order = randomPermutation(base, random);
  const partner = new Int32Array(base).fill(-1);
  for (let n = 0; n + 1 < base; n += 2) {
    partner[order[n]] = order[n + 1];
  }
  const sampled = new Uint32Array(at.length >>> 1);
  const mates = new Uint32Array(at.length >>> 1);
  let count = 0;
  for (let position = 0; position < at.length; position++) {
    const digit = Math.floor(position / step) % base;
    if (partner[digit] < 0) {
      continue;
    }
    const other = position + (partner[digit] - digit) * step;
    const isSwapped = random.next() < 0.5;
    sampled[count] = at[isSwapped ? other : position];
    mates[count++] = at[isSwapped ? position : other];
  }
  return { sampled: sampled.subarray(0, count), mates: mates.subarray(0, count) };
}

/** The lowest digit that is not 0 of a random position: low digits are drawn most often. */
function drawDigit(size: number, base: number, digits: number, random: Random): number {
  let drawn = below(size, random);
  for (let digit = 0; digit < digits; digit++) {
    if (drawn % base !== 0) {
      return digit;
    }
    drawn = Math.floor(drawn / base);
  }
  return digits - 1;
}

/** Places of the sampled indices sorted by hash, equal ones in random order. */
function byHash(
  rows: CompressedRows,
  others: number,
  sampled: Uint32Array,
  random: Random,
): { places: Uint32Array; keys: Uint32Array } {
  const values = randomPermutation(others, random);
  const keys = new Uint32Array(sampled.length);
  const count = rows.pointers.length - 1;
  for (let n = 0; n < sampled.length; n++) {
    const index = sampled[n];
    const end = index < count ? rows.pointers[index + 1] : 0;
    let largest = 0;
    for (let e = index < count ? rows.pointers[index] : 0; e < end; e++) {
      const value = values[rows.columns[e]] + 1;
      largest = value > largest ? value : largest;
    }
    keys[n] = largest;
  }
  // Counting sort of a shuffled list: keys are at most the number of the other mode's indices.
  const starts = new Uint32Array(others + 2);
  for (const key of keys) {
    starts[key + 1]++;
  }
  for (let key = 0; key <= others; key++) {
    starts[key + 1] += starts[key];
  }
  const places = new Uint32Array(sampled.length);
  for (const n of randomPermutation(sampled.length, random)) {
    places[starts[keys[n]]++] = n;
  }
  return { places, keys };
}
