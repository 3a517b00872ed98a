import { bitmapBytes } from './bitmap';
import { blockElements, type BlockGrid } from './blockGrid';

/** Bytes of the number of a block. */
const indexBytes = 4;

/** Bytes of the mask: a bit per block, or the numbers of the kept blocks where that is less. */
export function maskBytes(grid: BlockGrid, blocks: number): number {
  return Math.min(bitmapBytes(grid.count), indexBytes * blocks);
}

/** rank (q + bm bn) values, and the mask. */
export function kpdBytes(
  grid: BlockGrid,
  blocks: number,
  rank: number,
  valueBytes: number,
): number {
  return rank * (blocks + blockElements(grid)) * valueBytes + maskBytes(grid, blocks);
}

/** The largest rank that adds anything: min(q, bm bn). */
export function maxKpdRank(grid: BlockGrid, blocks: number): number {
  return Math.min(blocks, blockElements(grid));
}

/** The largest useful rank that fits into `bytes`; 0 when not even rank 1 does. */
export function kpdRankForBytes(
  grid: BlockGrid,
  blocks: number,
  bytes: number,
  valueBytes: number,
): number {
  const perTerm = (blocks + blockElements(grid)) * valueBytes;
  const fitting = Math.floor((bytes - maskBytes(grid, blocks)) / perTerm);
  return Math.max(0, Math.min(fitting, maxKpdRank(grid, blocks)));
}

/** Multiply-adds per column of the input, in either order; ragged blocks count as whole ones. */
export function kpdMacs(
  grid: BlockGrid,
  blocks: number,
  rank: number,
): { readonly bFirst: number; readonly aFirst: number; readonly fewest: number } {
  const { gridRows, gridColumns, blockRows, blockColumns } = grid;
  const block = blockElements(grid);
  const bFirst = rank * (gridColumns * block + blocks * blockRows);
  const aFirst = rank * (blocks * blockColumns + gridRows * block);
  return { bFirst, aFirst, fewest: Math.min(bFirst, aFirst) };
}
