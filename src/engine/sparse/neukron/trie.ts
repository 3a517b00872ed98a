import type { Arena } from '../../kernels/arena';
import type { Random } from '../../random';
import type { PositionCode } from './positionCode';
import { shuffledIndices } from './seeds';

/** Nonzeros of an item, and nodes, root included, that its trie may have. */
export interface ItemSize {
  readonly leaves: number;
  readonly nodes: number;
}

/** Sorted positions in the kernels' memory, cut into items. */
export interface SortedPositions {
  /** The entry that is sorted to each place. */
  readonly order: Uint32Array;
  /** Words of the keys, one plane after the other. */
  readonly keys: Uint32Array;
  /** Leading tokens that a place shares with the one before. */
  readonly prefix: Uint8Array;
  /** First place of each item, and the end. */
  readonly bounds: Uint32Array;
  readonly items: number;
  /** Distinct prefixes of 1 to K - 1 tokens: states of the network that are needed. */
  readonly prefixes: number;
}

/** Entries sorted by the tokens of their positions. */
export interface SortedKeys {
  /** The entry that is sorted to each place. */
  readonly order: Uint32Array;
  /** Words of the keys, one plane for each. */
  readonly words: readonly Uint32Array[];
}

/**
 * Sorts positions by their tokens. `parts[mode][word][index]` are the modes' parts of the keys,
 * `indices[mode]` the entries' coordinates.
 */
export function sortKeys(
  code: PositionCode,
  parts: readonly (readonly Uint32Array[])[],
  indices: readonly Uint32Array[],
): SortedKeys {
  const count = indices[0].length;
  const unsorted = Array.from({ length: code.words }, (_, word) => {
    const key = new Uint32Array(count);
    for (const [mode, index] of indices.entries()) {
      const part = parts[mode][word];
      for (let e = 0; e < count; e++) {
        key[e] |= part[index[e]];
      }
    }
    return key;
  });
  const order = sortedOrder(unsorted, code.wordBits);
  return { order, words: unsorted.map((key) => order.map((e) => key[e])) };
}

/** Puts sorted keys where the kernels find them, cut into items of `itemSize` at most. */
export function placeSorted(
  arena: Arena,
  code: PositionCode,
  { order, words }: SortedKeys,
  itemSize: ItemSize,
): SortedPositions {
  const count = order.length;
  const keys = arena.words(count * code.words);
  for (const [word, key] of words.entries()) {
    keys.set(key, word * count);
  }
  return { order, keys, ...cut(arena, code, keys, count, itemSize) };
}

/** Neighbours that stay together in a batch, so that they share what is above them. */
const batchRun = 32;

/**
 * Shares sorted entries out among batches at random, in runs of neighbours. Each is sorted, each
 * entry is in one of them.
 */
export function batchesOf(sorted: SortedKeys, batches: number, random: Random): SortedKeys[] {
  const count = sorted.order.length;
  const runs = shuffledIndices(Math.ceil(count / batchRun), random);
  return Array.from({ length: Math.min(batches, runs.length) }, (_, batch) => {
    const share = runs.filter((_run, i) => i % batches === batch).sort();
    const places = Array.from(share, (run) =>
      Array.from(
        { length: Math.min(batchRun, count - run * batchRun) },
        (_unused, i) => run * batchRun + i,
      ),
    ).flat();
    return {
      order: Uint32Array.from(places, (place) => sorted.order[place]),
      words: sorted.words.map((key) => Uint32Array.from(places, (place) => key[place])),
    };
  });
}

/** The stable order of keys, whose first word counts most; only `bits[word]` bits are in use. */
export function sortedOrder(words: readonly Uint32Array[], bits: readonly number[]): Uint32Array {
  const count = words[0].length;
  let order = Uint32Array.from({ length: count }, (_, i) => i);
  let next = new Uint32Array(count);
  for (let word = words.length - 1; word >= 0; word--) {
    const keys = words[word];
    const passes = Math.ceil(bits[word] / 11);
    const width = Math.ceil(bits[word] / Math.max(1, passes));
    for (let pass = 0; pass < passes; pass++) {
      scatter(keys, pass * width, width, order, next);
      [order, next] = [next, order];
    }
  }
  return order;
}

function scatter(
  keys: Uint32Array,
  shift: number,
  width: number,
  order: Uint32Array,
  target: Uint32Array,
): void {
  const mask = 2 ** width - 1;
  const places = new Uint32Array(mask + 1);
  for (const key of keys) {
    places[(key >>> shift) & mask]++;
  }
  let before = 0;
  for (let digit = 0; digit <= mask; digit++) {
    const held = places[digit];
    places[digit] = before;
    before += held;
  }
  for (const e of order) {
    target[places[(keys[e] >>> shift) & mask]++] = e;
  }
}

function cut(
  arena: Arena,
  code: PositionCode,
  keys: Uint32Array,
  count: number,
  itemSize: ItemSize,
): Omit<SortedPositions, 'order' | 'keys'> {
  const levels = code.levels.length;
  const levelOfBit = code.wordBits.map((_, word) => levelsByBit(code, word));
  const words = arena.words(Math.ceil(count / 4));
  const shared = new Uint8Array(words.buffer, words.byteOffset, count);
  const starts: number[] = [];
  let prefixes = 0;
  let leaves = itemSize.leaves;
  let nodes = itemSize.nodes;
  for (let i = 0; i < count; i++) {
    let common = 0;
    if (i > 0) {
      common = levels;
      for (let word = 0; word < code.words; word++) {
        const at = word * count + i;
        const difference = keys[at] ^ keys[at - 1];
        if (difference !== 0) {
          common = levelOfBit[word][31 - Math.clz32(difference)];
          break;
        }
      }
    }
    shared[i] = common;
    const made = Math.max(0, levels - 1 - common);
    prefixes += made;
    if (leaves === itemSize.leaves || nodes + made > itemSize.nodes) {
      starts.push(i);
      leaves = 0;
      nodes = levels;
    } else {
      nodes += made;
    }
    leaves++;
  }
  const bounds = arena.words(starts.length + 1);
  bounds.set([...starts, count]);
  return { prefix: shared, bounds, items: starts.length, prefixes };
}

/** The level to whose symbol each bit of a word belongs. */
function levelsByBit(code: PositionCode, word: number): Uint8Array {
  const byBit = new Uint8Array(32);
  for (const [t, level] of code.levels.entries()) {
    if (level.word === word) {
      byBit.fill(t, level.shift, level.shift + level.width);
    }
  }
  return byBit;
}
