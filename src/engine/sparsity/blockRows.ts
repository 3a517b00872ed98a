import { unattended, type Job } from '../job';
import type { FloatMatrix } from '../linalg/gramBasis';
import type { FloatArray } from '../tensor/tensor';
import { blockElements, type BlockGrid } from './blockGrid';
import type { WeightMatrix } from './weightMatrix';

/** Elements moved between looks at the stop sign. */
const elementsPerCheck = 2 ** 20;

/**
 * The named blocks as rows, each block flattened row-major with zeros as its padding, in the
 * matrix's precision: of all blocks in order, R(W) of Van Loan and Pitsianis (1993).
 */
export function blockRows(
  matrix: WeightMatrix,
  grid: BlockGrid,
  blocks: ArrayLike<number>,
  job: Job = unattended,
): FloatMatrix {
  const size = blockElements(grid);
  const values = emptyLike(matrix.data, blocks.length * size);
  forEachPiece(grid, blocks, job, (inMatrix, inRows, length) => {
    copyWithin(values, inRows, matrix.data, inMatrix, length);
  });
  return { rows: blocks.length, columns: size, data: values };
}

/** The matrix that has `values` (blocks x entries of one) as the named blocks, zeros elsewhere. */
export function matrixOfBlockRows(
  grid: BlockGrid,
  blocks: ArrayLike<number>,
  values: FloatArray,
  job: Job = unattended,
): WeightMatrix {
  const { rows, columns } = grid;
  const data = emptyLike(values, rows * columns);
  forEachPiece(grid, blocks, job, (inMatrix, inRows, length) => {
    copyWithin(data, inMatrix, values, inRows, length);
  });
  return { rows, columns, data };
}

/** Calls `visit` for every row of every named block, as far as it lies inside the matrix. */
export function forEachPiece(
  { rows, columns, blockRows, blockColumns, gridColumns }: BlockGrid,
  blocks: ArrayLike<number>,
  job: Job,
  visit: (inMatrix: number, inRows: number, length: number) => void,
): void {
  const size = blockRows * blockColumns;
  const blocksPerCheck = Math.max(1, Math.floor(elementsPerCheck / size));
  for (let k = 0; k < blocks.length; k++) {
    if (k % blocksPerCheck === 0) {
      job.throwIfCancelled();
    }
    const i0 = Math.floor(blocks[k] / gridColumns) * blockRows;
    const j0 = (blocks[k] % gridColumns) * blockColumns;
    const height = Math.min(blockRows, rows - i0);
    const width = Math.min(blockColumns, columns - j0);
    for (let i = 0; i < height; i++) {
      visit((i0 + i) * columns + j0, k * size + i * blockColumns, width);
    }
  }
}

function emptyLike(data: FloatArray, length: number): FloatArray {
  return data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

/** A loop, because the pieces are short and a view of each costs more. */
function copyWithin(
  target: FloatArray,
  to: number,
  source: FloatArray,
  from: number,
  length: number,
): void {
  for (let j = 0; j < length; j++) {
    target[to + j] = source[from + j];
  }
}
