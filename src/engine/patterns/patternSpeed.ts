import type { PatternSpeed } from '../../protocol/patterns';
import { startBackend } from '../backends/backend';
import { unattended, type Job } from '../job';
import { kernelInfo } from '../kernels';
import { blockGrid, type BlockGrid } from '../sparsity/blockGrid';
import { bestOfRounds } from './rounds';
import { withTimedProducts } from './timedProducts';

/** Columns of the right-hand side: a batch, or the places of a feature map. */
const batch = 256;
const keptFractions = [0.05, 0.1, 0.25, 0.5, 0.75, 1];
/** What a forecast may take; the rounds end before it, what makes them ready comes on top. */
const budgetMs = 450;
/** Of what is measured, blocks and matrix: a round takes a quarter of the budget on two fast cores. */
const largestSide = 2048;
const largestArea = 2 ** 21;
/** Rows and columns of blocks: patterns of tiny blocks take their time to be made. */
const largestGrid = 512;
const seed = 0;

/**
 * How long a block-sparse product takes here beside a dense one: random patterns, the best of a few
 * rounds, in about half a second. A matrix that is too large for that is measured as a smaller one
 * of whole blocks; `rows` and `columns` of the answer are those that were measured.
 * @throws UsageError for a block that is larger than the matrix, CancelledError.
 */
export async function patternSpeed(
  params: {
    readonly rows: number;
    readonly columns: number;
    readonly block: readonly [number, number];
  },
  job: Job = unattended,
): Promise<PatternSpeed> {
  const { block } = params;
  const grid = measuredGrid(blockGrid(params.rows, params.columns, block));
  const { rows, columns, count } = grid;
  const { name } = await startBackend();
  const kept = keptFractions.filter((fraction, i) => {
    const blocks = Math.round(fraction * count);
    return blocks > 0 && blocks > Math.round((keptFractions[i - 1] ?? 0) * count);
  });
  const request = { grid, batch, kept, seed };
  return withTimedProducts(request, job, async ({ dense, backend, sparse }) => {
    const runs = [dense, backend, ...sparse.map(({ run }) => run)];
    const [denseMs, backendMs, ...ms] = await bestOfRounds(runs, budgetMs, job);
    return {
      block,
      rows,
      columns,
      batch,
      threads: kernelInfo().threads,
      denseMs,
      backend: { name, ms: backendMs },
      samples: sparse.map((sample, i) => ({ kept: sample.kept, ms: ms[i] })),
    };
  });
}

/** The grid itself, or whole blocks of about the largest size that is measured. */
function measuredGrid(grid: BlockGrid): BlockGrid {
  const rows = measuredSide(grid.rows, grid.blockRows, largestSide);
  const widest = Math.floor(Math.min(largestSide, largestArea / rows.size));
  const columns = measuredSide(grid.columns, grid.blockColumns, widest);
  return blockGrid(rows.size, columns.size, [rows.block, columns.block]);
}

/** A block beyond the limit is cut: what it costs beside its multiply-adds no longer counts. */
function measuredSide(size: number, block: number, limit: number): { size: number; block: number } {
  const cut = Math.min(block, limit);
  const blocks = Math.min(largestGrid, Math.floor(limit / cut));
  return { size: Math.min(size, blocks * cut), block: cut };
}
