import { UsageError } from '../../failures';
import type { BestKroneckerBlock, BlockOffer } from '../../protocol/patterns';
import { divisors, macsPerTerm, oblongness, type KroneckerSplit } from '../ranks/kroneckerSplit';
import { blockGrid } from './blockGrid';

/**
 * The block of a Kronecker sum of `rank` terms with the fewest parameters, m1 n1 (1 + rank) +
 * rank m2 n2 (seed 002, eq. 5), over all blocks that divide the matrix; of equals the squarest,
 * then the one with the fewest multiply-adds. A matrix of prime sizes has only trivial blocks:
 * rows, columns, single entries or the whole.
 * @throws UsageError for a rank below 1.
 */
export function bestKroneckerBlock(
  rows: number,
  columns: number,
  rank: number,
): BestKroneckerBlock {
  if (!Number.isInteger(rank) || rank < 1) {
    throw new UsageError(`${rank} is no rank; give a whole number of at least 1.`, { value: rank });
  }
  const widths = divisors(columns);
  const splits = divisors(rows).flatMap((m2) =>
    widths.map((n2) => ({ m1: rows / m2, n1: columns / n2, m2, n2 })),
  );
  const fewest = Math.min(...splits.map((split) => parameters(split, rank)));
  const ties = splits.filter((split) => parameters(split, rank) === fewest);
  const [{ m1, n1, m2, n2 }] = ties.sort(
    (x, y) => oblongness(x) - oblongness(y) || macsPerTerm(x) - macsPerTerm(y) || x.m2 - y.m2,
  );
  return { rank, block: [m2, n2], grid: [m1, n1], parameters: fewest, ties: ties.length };
}

/** With the pattern's own m1 n1. */
function parameters({ m1, n1, m2, n2 }: KroneckerSplit, rank: number): number {
  return m1 * n1 * (1 + rank) + rank * m2 * n2;
}

type Block = readonly [rows: number, columns: number];

const mostOffers = 16;
/** Padding may make a matrix larger by a quarter, not more. */
const mostPadded = 1.25;
const squares: readonly Block[] = [4, 8, 16, 32, 64, 2].map((size) => [size, size]);
const vectors: readonly Block[] = [
  [1, 4],
  [4, 1],
  [1, 8],
  [8, 1],
  [1, 16],
  [16, 1],
];
/** Sizes near which a divisor is looked for where the power of two itself does not divide. */
const typicalSizes = [4, 8, 16, 32] as const;

/**
 * Blocks worth a look for a matrix, by area, at most 16: squares of powers of two, those that hold
 * whole input channels of a convolution, near-squares of divisors where powers of two do not
 * divide, short rows and columns. None is larger than the matrix or is all of it, unless there is
 * no other.
 * @param spatial entries per input channel in a row of the matrix (9 for 3 x 3 kernels in
 * `channel-out`).
 */
export function blockOffers(rows: number, columns: number, spatial = 1): BlockOffer[] {
  const candidates = [
    ...squares,
    ...channelBlocks(spatial),
    ...divisorBlocks(rows, columns),
    ...vectors,
  ];
  const chosen = new Map<string, Block>();
  for (const [height, width] of candidates) {
    if (chosen.size < mostOffers && isSensible(height, width, rows, columns)) {
      chosen.set(`${height}x${width}`, [height, width]);
    }
  }
  if (chosen.size === 0) {
    chosen.set('1x1', [1, 1]);
  }
  return [...chosen.values()]
    .sort((x, y) => x[0] * x[1] - y[0] * y[1] || x[0] - y[0])
    .map((block) => {
      const { gridRows, gridColumns, padding } = blockGrid(rows, columns, block);
      return { block, grid: [gridRows, gridColumns], padding };
    });
}

/** One input channel for 1, 4, 8 or 16 outputs, and about as square with several channels. */
function channelBlocks(spatial: number): Block[] {
  if (spatial === 1) {
    return [];
  }
  return [
    [1, spatial],
    [4, spatial],
    [8, spatial],
    [16, 2 * spatial],
    [32, 4 * spatial],
  ];
}

function divisorBlocks(rows: number, columns: number): Block[] {
  const heights = divisors(rows);
  const widths = divisors(columns);
  return typicalSizes.map((size) => [nearest(heights, size), nearest(widths, size)]);
}

/** The one whose ratio to `size` is nearest to 1; of equals the smaller. */
function nearest(sorted: readonly number[], size: number): number {
  const distance = (value: number) => Math.abs(Math.log(value / size));
  return sorted.reduce((found, value) => (distance(value) < distance(found) ? value : found));
}

function isSensible(height: number, width: number, rows: number, columns: number): boolean {
  const isInside = height <= rows && width <= columns;
  const isProper = height * width > 1 && height * width < rows * columns;
  if (!isInside || !isProper) {
    return false;
  }
  const padded = Math.ceil(rows / height) * height * (Math.ceil(columns / width) * width);
  return padded <= mostPadded * rows * columns;
}
