import { Failure, FormatError } from '../../failures';
import { unattended, type Job } from '../job';
import type { FloatArray } from '../tensor/tensor';
import { ascending } from './bitmap';
import { blockElements, type BlockGrid } from './blockGrid';
import { blockRows, matrixOfBlockRows } from './blockRows';
import type { WeightMatrix } from './weightMatrix';

/** Block sparse row: the kept blocks of every row of blocks, from left to right. */
export interface Bsr {
  readonly grid: BlockGrid;
  /** gridRows + 1: row i has the blocks from indptr[i] up to indptr[i + 1]. */
  readonly indptr: Int32Array;
  /** q: the column of blocks that each is in. */
  readonly indices: Int32Array;
  /** q x blockRows x blockColumns; zeros beyond the matrix's edge. */
  readonly values: FloatArray;
}

/** Bytes of a row pointer, and of a column index. */
const indexBytes = 4;

/** The blocks `kept` of a matrix, named in any order, each once. */
export function toBsr(
  matrix: WeightMatrix,
  grid: BlockGrid,
  kept: Uint32Array,
  job: Job = unattended,
): Bsr {
  const blocks = ascending(kept, grid.count);
  if (blocks.length !== kept.length) {
    throw new Failure('internal', 'A block is kept twice, or is none of the grid.');
  }
  const indptr = new Int32Array(grid.gridRows + 1);
  const indices = new Int32Array(blocks.length);
  for (let k = 0; k < blocks.length; k++) {
    indptr[Math.floor(blocks[k] / grid.gridColumns) + 1]++;
    indices[k] = blocks[k] % grid.gridColumns;
  }
  for (let i = 0; i < grid.gridRows; i++) {
    indptr[i + 1] += indptr[i];
  }
  return { grid, indptr, indices, values: blockRows(matrix, grid, blocks, job).data };
}

/**
 * The matrix, without the padding, in the precision of the values.
 * @throws FormatError when pointers, indices and values do not belong together.
 */
export function fromBsr(bsr: Bsr, job: Job = unattended): WeightMatrix {
  return matrixOfBlockRows(bsr.grid, bsrBlocks(bsr), bsr.values, job);
}

/**
 * The kept blocks, ascending.
 * @throws FormatError when pointers, indices and values do not belong together.
 */
export function bsrBlocks({ grid, indptr, indices, values }: Bsr): Uint32Array {
  const { gridRows, gridColumns } = grid;
  const kept = indices.length;
  if (values.length !== kept * blockElements(grid)) {
    throw new FormatError(
      `${values.length} values do not fill ${kept} blocks of ${grid.blockRows} x ${grid.blockColumns}.`,
      { value: values.length, limit: kept * blockElements(grid) },
    );
  }
  if (indptr.length !== gridRows + 1 || indptr[0] !== 0 || indptr[gridRows] !== kept) {
    throw new FormatError(
      `The row pointers are not ${gridRows + 1} numbers from 0 to the ${kept} blocks.`,
    );
  }
  const blocks = new Uint32Array(kept);
  for (let i = 0; i < gridRows; i++) {
    if (indptr[i + 1] < indptr[i] || indptr[i + 1] > kept) {
      throw new FormatError(`The row pointers do not rise: ${indptr[i + 1]} after ${indptr[i]}.`, {
        value: indptr[i + 1],
        limit: indptr[i],
      });
    }
    for (let k = indptr[i], last = -1; k < indptr[i + 1]; last = indices[k++]) {
      if (indices[k] <= last || indices[k] >= gridColumns) {
        throw new FormatError(
          `Column ${indices[k]} of a block does not rise from ${last} within ${gridColumns} columns of blocks.`,
          { value: indices[k], limit: gridColumns },
        );
      }
      blocks[k] = i * gridColumns + indices[k];
    }
  }
  return blocks;
}

/** (gridRows + 1) 4 + 4 q + q bm bn bytes per value. */
export function bsrBytes(grid: BlockGrid, blocks: number, valueBytes: number): number {
  const perBlock = indexBytes + blockElements(grid) * valueBytes;
  return (grid.gridRows + 1) * indexBytes + blocks * perBlock;
}
