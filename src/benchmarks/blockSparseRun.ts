import type { Job } from '../engine/job';
import { bestOfRounds } from '../engine/patterns/rounds';
import { withTimedProducts } from '../engine/patterns/timedProducts';
import { blockGrid } from '../engine/sparsity/blockGrid';
import type { SparseTime } from './breakEven';

/** W is rows x columns, X columns x batch. */
export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly batch: number;
}

export interface BlockTime extends SparseTime {
  /** Multiply-adds of the whole product. */
  readonly macs: number;
}

/** One block size on one matrix, over all sparsities, ascending. */
export interface BlockSeries {
  /** In words, as tables show it. */
  readonly matrix: string;
  readonly block: string;
  readonly denseMs: number;
  readonly backendMs: number;
  readonly times: readonly BlockTime[];
}

/** Fractions of the blocks that are dropped. */
export const sparsities: readonly number[] = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

/** Square blocks. */
export const blockSizes: readonly number[] = [4, 8, 16, 32];

export function formatMatrix({ rows, columns }: ProductSize): string {
  return `${rows} × ${columns}`;
}

export function formatBlock(size: number): string {
  return `${size} × ${size}`;
}

/** Times one block size at all sparsities, the dense products among them. */
export async function runBlockSize(
  size: ProductSize,
  block: number,
  options: { readonly seed: number; readonly budgetMs: number },
  job: Job,
): Promise<BlockSeries> {
  const { batch } = size;
  const grid = blockGrid(size.rows, size.columns, [block, block]);
  const kept = sparsities.map((sparsity) => 1 - sparsity);
  const request = { grid, batch, kept, seed: options.seed };
  return withTimedProducts(request, job, async ({ dense, backend, sparse }) => {
    const runs = [dense, backend, ...sparse.map(({ run }) => run)];
    const [denseMs, backendMs, ...ms] = await bestOfRounds(runs, options.budgetMs, job);
    return {
      matrix: formatMatrix(size),
      block: formatBlock(block),
      denseMs,
      backendMs,
      times: sparse.map(({ kept, macs }, i) => ({
        sparsity: 1 - kept,
        ms: ms[i],
        macs: macs * batch,
      })),
    };
  });
}
