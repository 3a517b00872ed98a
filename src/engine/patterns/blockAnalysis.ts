import { UsageError } from '../../failures';
import type { BlockPattern } from '../../protocol/patterns';
import { unattended, type Job } from '../job';
import { blockGrid, type BlockGrid } from '../sparsity/blockGrid';
import { blockOrder } from '../sparsity/blockOrder';
import { measureBlocks } from '../sparsity/blockScores';
import { residuals } from '../sparsity/errorCurve';
import type { LoadedMatrix } from './loadMatrix';

/** Blocks of a matrix, the order in which they are kept, and what that loses. */
export interface BlockAnalysis {
  readonly grid: BlockGrid;
  /** By the pattern's criterion. */
  readonly scores: Float64Array;
  /** Squared Frobenius norms. */
  readonly energies: Float64Array;
  readonly order: Uint32Array;
  /** Entry q: the norm of what is dropped when the first q of `order` are kept. */
  readonly residuals: Float64Array;
}

/** Four million cells are 50 MB of a map, and already many to a pixel. */
export const mostBlocks = 2 ** 22;

/** Of the matrix in memory, the analysis that was asked for last. */
const last = new WeakMap<
  LoadedMatrix,
  { readonly key: string; readonly analysis: BlockAnalysis }
>();

/**
 * The analysis of a pattern, computed unless it is the one that was asked for last.
 * @throws UsageError when the blocks do not fit the matrix or are more than {@link mostBlocks}.
 */
export function analyse(
  loaded: LoadedMatrix,
  pattern: BlockPattern,
  job: Job = unattended,
): BlockAnalysis {
  const remembered = recall(loaded, pattern);
  if (remembered) {
    return remembered;
  }
  last.delete(loaded);
  const analysis = analyseAnew(loaded, pattern, job);
  last.set(loaded, { key: keyOf(pattern), analysis });
  return analysis;
}

/** As {@link analyse}, without taking the place of the one that was asked for last. */
export function analyseBeside(
  loaded: LoadedMatrix,
  pattern: BlockPattern,
  job: Job = unattended,
): BlockAnalysis {
  return recall(loaded, pattern) ?? analyseAnew(loaded, pattern, job);
}

function recall(loaded: LoadedMatrix, pattern: BlockPattern): BlockAnalysis | undefined {
  const remembered = last.get(loaded);
  return remembered?.key === keyOf(pattern) ? remembered.analysis : undefined;
}

function keyOf({ block, criterion, scope }: BlockPattern): string {
  return `${block.join('x')} ${criterion} ${scope}`;
}

function analyseAnew({ matrix }: LoadedMatrix, pattern: BlockPattern, job: Job): BlockAnalysis {
  const { block, criterion, scope } = pattern;
  const grid = blockGrid(matrix.rows, matrix.columns, block);
  requireFewBlocks(grid);
  const { scores, energies } = measureBlocks(matrix, grid, criterion, job);
  const order = blockOrder(scores, grid, scope);
  return { grid, scores, energies, order, residuals: residuals(energies, order) };
}

function requireFewBlocks({ rows, columns, blockRows, blockColumns, count }: BlockGrid): void {
  if (count > mostBlocks) {
    const smallest = smallestBlock(rows, columns).join(' × ');
    throw new UsageError(
      `${blockRows} × ${blockColumns} blocks of a ${rows} × ${columns} matrix are ${count}, more than the ${mostBlocks} that can be shown; ` +
        `the smallest square block that works is ${smallest}.`,
      { value: count, limit: mostBlocks },
    );
  }
}

/** As square as the matrix allows. */
function smallestBlock(rows: number, columns: number): readonly [number, number] {
  for (let side = 1; ; side++) {
    const block = [Math.min(side, rows), Math.min(side, columns)] as const;
    if (Math.ceil(rows / block[0]) * Math.ceil(columns / block[1]) <= mostBlocks) {
      return block;
    }
  }
}

/**
 * ||dropped|| / ||W|| when the first `kept` blocks are kept; 0 for a matrix of zeros, of which
 * nothing can be lost.
 */
export function relativeErrorAt({ residuals: norms }: BlockAnalysis, kept: number): number {
  return norms[0] === 0 ? 0 : norms[kept] / norms[0];
}
