import type { BlockGrid } from '../sparsity/blockGrid';
import { bsrBytes } from '../sparsity/bsr';
import { kpdRankForBytes } from '../sparsity/kpdSize';

/** Bytes of a stored value where nothing says it: float32. */
export const defaultValueBytes = 4;

/** The most blocks whose BSR form takes at most `bytes`, indices included; 0 when none does. */
export function blocksWithinBytes(grid: BlockGrid, bytes: number, valueBytes: number): number {
  const fixed = bsrBytes(grid, 0, valueBytes);
  const perBlock = bsrBytes(grid, 1, valueBytes) - fixed;
  return Math.max(0, Math.min(grid.count, Math.floor((bytes - fixed) / perBlock)));
}

/** The largest number of blocks whose BSR form is smaller than the dense matrix; 0 when none is. */
export function breakEvenBlocks(grid: BlockGrid, valueBytes: number): number {
  return blocksWithinBytes(grid, denseBytes(grid, valueBytes) - 1, valueBytes);
}

/** The largest number of terms whose form is smaller than the dense matrix; 0 when none is. */
export function breakEvenTerms(grid: BlockGrid, blocks: number, valueBytes: number): number {
  return kpdRankForBytes(grid, blocks, denseBytes(grid, valueBytes) - 1, valueBytes);
}

function denseBytes({ rows, columns }: BlockGrid, valueBytes: number): number {
  return rows * columns * valueBytes;
}
