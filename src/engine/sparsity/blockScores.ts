import type { Criterion } from '../../protocol/patterns';
import { unattended, type Job } from '../job';
import type { FloatArray } from '../tensor/tensor';
import type { BlockGrid } from './blockGrid';
import { assertUsable, type WeightMatrix } from './weightMatrix';

export interface BlockMeasures {
  /** By the criterion, one per block. */
  readonly scores: Float64Array;
  /** Squared Frobenius norms, one per block. */
  readonly energies: Float64Array;
}

/** Elements looked at between looks at the stop sign: some 10 ms. */
const elementsPerCheck = 2 ** 22;

/**
 * Scores and energies of all blocks in one pass over the matrix. Padding counts for nothing: a
 * ragged block is judged by its true entries.
 * @throws UnsupportedError for entries that are not finite, or whose squares leave the range of f64.
 */
export function measureBlocks(
  matrix: WeightMatrix,
  grid: BlockGrid,
  criterion: Criterion,
  job: Job = unattended,
): BlockMeasures {
  const { rows, columns, data } = matrix;
  const { blockRows, blockColumns, gridColumns, count } = grid;
  const energies = new Float64Array(count);
  const score = criterion === 'l1' || criterion === 'max' ? new Float64Array(count) : undefined;
  const rowsPerCheck = Math.max(1, Math.floor(elementsPerCheck / columns));
  for (let i = 0; i < rows; i++) {
    if (i % rowsPerCheck === 0) {
      job.throwIfCancelled();
    }
    const from = i * columns;
    const first = Math.floor(i / blockRows) * gridColumns;
    addSquares(energies, first, data, from, columns, blockColumns);
    if (score && criterion === 'l1') {
      addMagnitudes(score, first, data, from, columns, blockColumns);
    } else if (score) {
      raiseToLargest(score, first, data, from, columns, blockColumns);
    }
  }
  let square = 0;
  for (let p = 0; p < count; p++) {
    square += energies[p];
  }
  assertUsable(matrix, square);
  return { scores: score ?? fromEnergies(energies, grid, criterion), energies };
}

/** What `criterion` says of every block; see {@link measureBlocks}. */
export function blockScores(
  matrix: WeightMatrix,
  grid: BlockGrid,
  criterion: Criterion,
  job?: Job,
): Float64Array {
  return measureBlocks(matrix, grid, criterion, job).scores;
}

/** The squared Frobenius norm of every block; see {@link measureBlocks}. */
export function blockEnergies(matrix: WeightMatrix, grid: BlockGrid, job?: Job): Float64Array {
  return measureBlocks(matrix, grid, 'frobenius', job).energies;
}

function fromEnergies(
  energies: Float64Array,
  { rows, columns, blockRows, blockColumns, gridColumns }: BlockGrid,
  criterion: Criterion,
): Float64Array {
  const scores = new Float64Array(energies.length);
  if (criterion !== 'meanSquare') {
    for (let p = 0; p < scores.length; p++) {
      scores[p] = Math.sqrt(energies[p]);
    }
    return scores;
  }
  for (let p = 0; p < scores.length; p++) {
    const i = Math.floor(p / gridColumns) * blockRows;
    const j = (p % gridColumns) * blockColumns;
    const entries = Math.min(blockRows, rows - i) * Math.min(blockColumns, columns - j);
    scores[p] = energies[p] / entries;
  }
  return scores;
}

/** Adds the squares of a row, `width` entries at a time, to `target` from `first` on. */
function addSquares(
  target: Float64Array,
  first: number,
  data: FloatArray,
  from: number,
  count: number,
  width: number,
): void {
  const end = from + count;
  for (let p = first, at = from; at < end; p++) {
    const stop = Math.min(end, at + width);
    let sum = 0;
    for (; at < stop; at++) {
      sum += data[at] * data[at];
    }
    target[p] += sum;
  }
}

/** As {@link addSquares}, of magnitudes. */
function addMagnitudes(
  target: Float64Array,
  first: number,
  data: FloatArray,
  from: number,
  count: number,
  width: number,
): void {
  const end = from + count;
  for (let p = first, at = from; at < end; p++) {
    const stop = Math.min(end, at + width);
    let sum = 0;
    for (; at < stop; at++) {
      sum += Math.abs(data[at]);
    }
    target[p] += sum;
  }
}

/** As {@link addSquares}, the largest magnitude instead of a sum. */
function raiseToLargest(
  target: Float64Array,
  first: number,
  data: FloatArray,
  from: number,
  count: number,
  width: number,
): void {
  const end = from + count;
  for (let p = first, at = from; at < end; p++) {
    const stop = Math.min(end, at + width);
    let largest = target[p];
    for (; at < stop; at++) {
      const size = Math.abs(data[at]);
      largest = size > largest ? size : largest;
    }
    target[p] = largest;
  }
}
