import type { BlockGrid } from '../../src/engine/sparsity/blockGrid';
import type { WeightMatrix } from '../../src/engine/sparsity/weightMatrix';
import { randomMatrix } from './matrices';

/** Random with entries that f32 holds exactly, in f32 or f64. */
export function randomWeights(
  rows: number,
  columns: number,
  seed = 1,
  precision: 'single' | 'double' = 'double',
): WeightMatrix {
  const single = new Float32Array(randomMatrix(rows, columns, seed).data);
  return { rows, columns, data: precision === 'single' ? single : Float64Array.from(single) };
}

/** The entries of a block that lie inside the matrix, by the definition. */
export function entriesOf(matrix: WeightMatrix, grid: BlockGrid, block: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.columns; j++) {
      if (blockOf(grid, i, j) === block) {
        result.push(matrix.data[i * matrix.columns + j]);
      }
    }
  }
  return result;
}

/** The block that entry (i, j) lies in. */
export function blockOf(grid: BlockGrid, i: number, j: number): number {
  return Math.floor(i / grid.blockRows) * grid.gridColumns + Math.floor(j / grid.blockColumns);
}

/** The matrix with zeros outside of the named blocks. */
export function onlyBlocks(
  matrix: WeightMatrix,
  grid: BlockGrid,
  blocks: Iterable<number>,
): WeightMatrix {
  const kept = new Set(blocks);
  const data = matrix.data.map((value, at) => {
    const i = Math.floor(at / matrix.columns);
    return kept.has(blockOf(grid, i, at % matrix.columns)) ? value : 0;
  });
  return { ...matrix, data };
}
