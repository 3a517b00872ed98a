import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { createRandom } from '../../src/engine/random';

/** Entries by their indices counted from 0, as `3,17`. */
export type Entries = ReadonlyMap<string, number>;

/** Sides of the blocks of ones that {@link blockEntries} puts along the diagonal. */
export const blockSides = [
  [10, 15],
  [15, 10],
  [10, 12],
] as const;

export const blockDims = [60, 90] as const;

/**
 * Blocks of ones in a matrix of zeros, with rows and columns shuffled, so that the blocks are not to
 * be seen. Its singular values are the roots of the blocks' areas, and its rank is their number.
 */
export function blockEntries(): Entries {
  const [rows, columns] = [shuffled(blockDims[0], 7), shuffled(blockDims[1], 11)];
  const entries = new Map<string, number>();
  let [row, column] = [0, 0];
  for (const [height, width] of blockSides) {
    for (let i = row; i < row + height; i++) {
      for (let j = column; j < column + width; j++) {
        entries.set(`${rows[i]},${columns[j]}`, 1);
      }
    }
    row += height + 5;
    column += width + 8;
  }
  return entries;
}

export function writeBlockMatrix(path: string): Entries {
  const entries = blockEntries();
  const text = matrixMarketText(blockDims, entries);
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text);
  return entries;
}

export function matrixMarketText(dims: readonly [number, number], entries: Entries): string {
  return [
    '%%MatrixMarket matrix coordinate real general',
    `${dims[0]} ${dims[1]} ${entries.size}`,
    ...[...entries].map(([key, value]) => `${countedFromOne(key)} ${value}`),
    '',
  ].join('\n');
}

/**
 * Who has written about what, made up: groups of people, large ones and many small ones, with topics of
 * their own that nearly all of them write about, some letters between groups, and rows and columns
 * shuffled.
 */
export function writeCommunities(path: string): void {
  const [people, topics] = [240, 360];
  const [rows, columns] = [shuffled(people, 5), shuffled(topics, 9)];
  const random = createRandom(1);
  const entries = new Map<string, number>();
  const add = (row: number, column: number) => entries.set(`${rows[row]},${columns[column]}`, 1);
  for (let from = 0, size = 64; from + size <= people; from += size, size = Math.max(8, size / 2)) {
    for (let row = from; row < from + size; row++) {
      for (let column = 1.5 * from; column < 1.5 * (from + size); column++) {
        if (random.next() < 0.85) {
          add(row, column);
        }
      }
    }
  }
  for (let letter = 0; letter < 400; letter++) {
    add(Math.floor(people * random.next() ** 2), Math.floor(topics * random.next() ** 2));
  }
  writeFileSync(path, matrixMarketText([people, topics], entries));
}

export const tensorDims = [12, 10, 8] as const;

/** A sum of two outer products of sets, as FROSTT writes it. */
export function writeBlockTensor(path: string): Entries {
  const [a, b, c] = tensorDims.map((size, mode) => shuffled(size, 3 + mode));
  const entries = new Map<string, number>();
  for (const [from, to, value] of [
    [0, 5, 2],
    [5, 8, 1],
  ] as const) {
    for (let i = from; i < to; i++) {
      for (let j = from; j < to; j++) {
        for (let k = from; k < to; k++) {
          entries.set(`${a?.[i]},${b?.[j]},${c?.[k]}`, value);
        }
      }
    }
  }
  const lines = [...entries].map(([key, value]) => `${countedFromOne(key)} ${value}`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return entries;
}

/** The entries of a coordinate file in MatrixMarket or FROSTT, without the product's reader. */
export function readEntries(path: string): Entries {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('%') && !line.startsWith('#'));
  if (/\.mtx$/.test(path)) {
    lines.shift();
  }
  return new Map(
    lines.map((line) => {
      const numbers = line.trim().split(/\s+/).map(Number);
      const index = numbers.slice(0, -1).map((one) => one - 1);
      return [index.join(','), numbers.at(-1) ?? NaN];
    }),
  );
}

function countedFromOne(key: string): string {
  return key
    .split(',')
    .map((index) => Number(index) + 1)
    .join(' ');
}

/** 0 to `size` - 1 in an order that is always the same. */
function shuffled(size: number, seed: number): readonly number[] {
  const numbers = Array.from({ length: size }, (_, at) => at);
  let state = seed;
  for (let at = size - 1; at > 0; at--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = state % (at + 1);
    [numbers[at], numbers[other]] = [numbers[other] ?? 0, numbers[at] ?? 0];
  }
  return numbers;
}
