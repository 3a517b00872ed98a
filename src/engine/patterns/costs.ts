import type { PatternCosts } from '../../protocol/patterns';
import type { BlockGrid } from '../sparsity/blockGrid';
import { bsrBytes } from '../sparsity/bsr';
import { dtypes, type DType } from '../tensor/dtype';

/** Bytes and multiply-adds of a matrix of type `dtype` in blocks, linear in the blocks kept. */
export function patternCosts(grid: BlockGrid, dtype: DType): PatternCosts {
  const valueBytes = dtypes[dtype].bytes;
  const fixed = bsrBytes(grid, 0, valueBytes);
  return {
    valueBytes,
    denseBytes: grid.rows * grid.columns * valueBytes,
    bsrFixedBytes: fixed,
    bsrBlockBytes: bsrBytes(grid, 1, valueBytes) - fixed,
    denseMacs: grid.rows * grid.columns,
    // Padding is multiplied like everything else in a block.
    blockMacs: grid.blockRows * grid.blockColumns,
  };
}
