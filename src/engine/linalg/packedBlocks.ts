import { unattended, type Job } from '../job';
import { groupRows, panelStepBytes } from '../kernels/blockSparse';
import type { BlockGrid } from '../sparsity/blockGrid';
import { bsrBlocks, type Bsr } from '../sparsity/bsr';

/**
 * Where the stored blocks of a matrix lie, as the kernel walks through them. Adjacent blocks of a
 * row are one run of columns; columns of padding are left out.
 */
export interface PackedPattern {
  readonly grid: BlockGrid;
  /** Entry i, of gridRows + 1: the first run of row i of blocks. */
  readonly runStarts: Uint32Array;
  /** A pair for each run: the byte in a panel of X where it begins, and its bytes in a group of W. */
  readonly runs: Uint32Array;
  /** Entry i, of gridRows: the first value of row i of blocks. */
  readonly valueStarts: Uint32Array;
  /** Values, rows that fill up groups included. */
  readonly valueCount: number;
  /** Columns that are stored, summed over the rows of the matrix: multiply-adds per column of X. */
  readonly macs: number;
}

/** A block-sparse matrix in f32 as the kernel reads it. */
export interface PackedBlocks extends PackedPattern {
  /** For each row of blocks, each group of four rows, each stored column: four values. */
  readonly values: Float32Array;
}

/** Bytes of one column of a group of W. */
const groupStepBytes = groupRows * 4;
/** Values between two looks at the stop sign: some 20 ms. */
const valuesPerLook = 2 ** 22;

/** The pattern of `blocks` of the grid, ascending. */
export function packPattern(grid: BlockGrid, blocks: Uint32Array): PackedPattern {
  const { gridRows, gridColumns, blockColumns } = grid;
  const runStarts = new Uint32Array(gridRows + 1);
  const valueStarts = new Uint32Array(gridRows);
  const runs = new Uint32Array(2 * blocks.length);
  let valueCount = 0;
  let macs = 0;
  for (let row = 0, k = 0, at = 0; row < gridRows; row++) {
    valueStarts[row] = valueCount;
    const firstOfRow = row * gridColumns;
    let steps = 0;
    for (let next = -1; k < blocks.length && blocks[k] < firstOfRow + gridColumns; k++) {
      const column = blocks[k] - firstOfRow;
      const width = blockWidth(grid, column);
      if (column === next) {
        runs[at - 1] += width * groupStepBytes;
      } else {
        runs[at] = column * blockColumns * panelStepBytes;
        runs[at + 1] = width * groupStepBytes;
        at += 2;
      }
      next = column + 1;
      steps += width;
    }
    runStarts[row + 1] = at / 2;
    const height = blockHeight(grid, row);
    valueCount += Math.ceil(height / groupRows) * groupRows * steps;
    macs += height * steps;
  }
  return {
    grid,
    runStarts,
    runs: runs.subarray(0, 2 * runStarts[gridRows]),
    valueStarts,
    valueCount,
    macs,
  };
}

/**
 * `bsr` as the kernel reads it, in f32; to be made once for a matrix that multiplies many.
 * @throws FormatError when pointers, indices and values do not belong together.
 */
export function packBlocks(bsr: Bsr, job: Job = unattended): PackedBlocks {
  const { grid, indptr, indices, values } = bsr;
  const pattern = packPattern(grid, bsrBlocks(bsr));
  const packed = new Float32Array(pattern.valueCount);
  const { blockRows, blockColumns } = grid;
  const size = blockRows * blockColumns;
  let to = 0;
  let nextLook = 0;
  for (let row = 0; row < grid.gridRows; row++) {
    const height = blockHeight(grid, row);
    for (let i = 0; i < height; i += groupRows) {
      if (to >= nextLook) {
        job.throwIfCancelled();
        nextLook = to + valuesPerLook;
      }
      const lines = Math.min(groupRows, height - i);
      for (let block = indptr[row]; block < indptr[row + 1]; block++) {
        const width = blockWidth(grid, indices[block]);
        const from = block * size + i * blockColumns;
        for (let column = 0; column < width; column++, to += groupRows) {
          for (let line = 0; line < lines; line++) {
            packed[to + line] = values[from + line * blockColumns + column];
          }
        }
      }
    }
  }
  return { ...pattern, values: packed };
}

/** Rows of the matrix in row `row` of blocks. */
function blockHeight({ rows, blockRows }: BlockGrid, row: number): number {
  return Math.min(blockRows, rows - row * blockRows);
}

/** Columns of the matrix in column `column` of blocks. */
function blockWidth({ columns, blockColumns }: BlockGrid, column: number): number {
  return Math.min(blockColumns, columns - column * blockColumns);
}
