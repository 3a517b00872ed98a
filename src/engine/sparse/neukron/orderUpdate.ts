import type { Random } from '../../random';
import type { SparseTensor } from '../sparseTensor';
import { inverseOf } from './orders';
import { mix, shuffle } from './seeds';
import { sortedOrder } from './trie';

/** How the indices of proposed swaps find each other. */
export type Pairing = 'hash' | 'random';

/** Swaps of indices of one mode: `first[i]` with `second[i]`; no index comes twice. */
export interface Swaps {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/**
 * The swaps of one update. A bit b is drawn (bit 0 with probability 1/2, bit 1 with 1/4, ...) and from
 * every pair of positions that differ in it, one index is sampled. Sampled indices u, w with equal
 * hashes, which have nonzeros in common more likely than others, are paired, and u <-> mate(w) and
 * w <-> mate(u) proposed: either makes u and w differ in bit b alone. What stays without a partner is
 * paired at random, so that every index is in exactly one swap.
 */
export function proposeSwaps(
  X: SparseTensor,
  axis: number,
  positions: Uint32Array,
  pairing: Pairing,
  random: Random,
): Swaps {
  const n = positions.length;
  if (pairing === 'random') {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    shuffle(order, random);
    return { first: order.slice(0, n / 2), second: order.slice(n / 2) };
  }
  const drawn = Math.floor(random.next() * n);
  const bit = drawn === 0 ? n / 2 : drawn & -drawn;
  const indexAt = inverseOf(positions);
  const sampled = new Uint32Array(n / 2);
  for (let p = 0, i = 0; p < n; p++) {
    if ((p & bit) === 0) {
      sampled[i++] = indexAt[random.next() < 0.5 ? p : p ^ bit];
    }
  }
  shuffle(sampled, random);
  const hashes = largestHashes(X, axis, n, random);
  const keys = Uint32Array.from(sampled, (index) => hashes[index]);
  return pairUp(sampled, keys, (index) => indexAt[positions[index] ^ bit], random);
}

function pairUp(
  sampled: Uint32Array,
  keys: Uint32Array,
  mate: (index: number) => number,
  random: Random,
): Swaps {
  const order = sortedOrder([keys], [32]);
  const first: number[] = [];
  const second: number[] = [];
  const pool: number[] = [];
  for (let i = 0; i < order.length;) {
    const u = sampled[order[i]];
    if (i + 1 < order.length && keys[order[i]] === keys[order[i + 1]]) {
      const w = sampled[order[i + 1]];
      first.push(u, w);
      second.push(mate(w), mate(u));
      i += 2;
    } else {
      pool.push(u, mate(u));
      i++;
    }
  }
  shuffle(pool, random);
  for (let i = 0; i < pool.length; i += 2) {
    first.push(pool[i]);
    second.push(pool[i + 1]);
  }
  return { first: Uint32Array.from(first), second: Uint32Array.from(second) };
}

/**
 * For each index of a mode the largest of random hashes of the other modes' indices over its
 * nonzeros, 0 for none; those of several other modes combined into one key.
 */
function largestHashes(X: SparseTensor, axis: number, padded: number, random: Random): Uint32Array {
  const own = X.indices[axis];
  const key = new Uint32Array(padded);
  for (const [other, indices] of X.indices.entries()) {
    if (other === axis || X.dims[other] === 1) {
      continue;
    }
    const offset = Math.floor(random.next() * 2 ** 32);
    const largest = new Uint32Array(padded);
    for (let e = 0; e < own.length; e++) {
      const hash = mix(indices[e] ^ offset);
      if (hash > largest[own[e]]) {
        largest[own[e]] = hash;
      }
    }
    for (let i = 0; i < padded; i++) {
      key[i] = key[i] === 0 ? largest[i] : mix(key[i] + Math.imul(largest[i], 3));
    }
  }
  return key;
}

/** Positions after all of the swaps. */
export function swapped(positions: Uint32Array, { first, second }: Swaps): Uint32Array {
  const after = positions.slice();
  for (let i = 0; i < first.length; i++) {
    after[first[i]] = positions[second[i]];
    after[second[i]] = positions[first[i]];
  }
  return after;
}

/** By how much each swap lowers the loss: 2 s sum of v (y_after - y_before) over both indices. */
export function swapGains(
  X: SparseTensor,
  axis: number,
  swaps: Swaps,
  padded: number,
  before: Float32Array,
  after: Float32Array,
  scale: number,
): Float64Array {
  const byIndex = new Float64Array(padded);
  const own = X.indices[axis];
  for (let e = 0; e < own.length; e++) {
    byIndex[own[e]] += X.values[e] * (after[e] - before[e]);
  }
  return Float64Array.from(
    swaps.first,
    (first, i) => 2 * scale * (byIndex[first] + byIndex[swaps.second[i]]),
  );
}

/**
 * Which swaps are accepted (N. Metropolis et al., 1953): those that do not raise the loss, and others
 * with probability exp(gamma gain). A random number is drawn for each, so that gamma changes nothing
 * else.
 */
export function acceptSwaps(gains: Float64Array, gamma: number, random: Random): Uint8Array {
  return Uint8Array.from(gains, (gain) => {
    const chance = random.next();
    return gain >= 0 || (gamma < Infinity && chance < Math.exp(gamma * gain)) ? 1 : 0;
  });
}
