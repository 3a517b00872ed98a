import { UsageError } from '../../failures';
import type { KpdFit, PatternSelection } from '../../protocol/patterns';
import { startBackend } from '../backends/backend';
import { unattended, type Job } from '../job';
import { blockGrid, type BlockGrid } from '../sparsity/blockGrid';
import { kpdFit } from './kpdFit';
import { loadMatrix } from './loadMatrix';

/** The sketch of a very large fit is random; the same answer each time is worth more. */
const fitSeed = 0;

/**
 * The block-sparse Kronecker form of a tensor with as many blocks as `selection` keeps. Without a
 * rank, the largest whose bytes do not exceed those of BSR with as many blocks.
 * @throws as `loadMatrix`; UsageError for N:M, and for blocks or a rank the matrix has not.
 */
export async function patternKpd(
  { path, selection, rank }: { path: string; selection: PatternSelection; rank?: number },
  job: Job = unattended,
): Promise<KpdFit> {
  const { tensor, pattern, kept } = selection;
  if (pattern.kind !== 'block') {
    throw new UsageError(
      'A Kronecker form is fitted to blocks, not to an N:M pattern; choose a block size.',
    );
  }
  requireRank(rank);
  const loaded = await loadMatrix({ path, tensor, scheme: pattern.scheme }, job);
  const { rows, columns } = loaded.matrix;
  requireBlocks(kept, blockGrid(rows, columns, pattern.block));
  // Large products go through the backend's.
  await startBackend();
  const request = { blocks: kept, rank, seed: fitSeed };
  const { figures, mask } = await kpdFit(loaded, pattern, request, job);
  return { ...figures, mask };
}

export function requireRank(rank: number | undefined): void {
  if (rank !== undefined && (!Number.isSafeInteger(rank) || rank < 1)) {
    throw new UsageError(
      `The rank of a Kronecker form is a whole number of at least 1, not ${rank}.`,
      {
        value: rank,
        limit: 1,
      },
    );
  }
}

function requireBlocks(kept: number, { count }: BlockGrid): void {
  if (!Number.isInteger(kept) || kept < 0 || kept > count) {
    throw new UsageError(`Of ${count} blocks 0 to ${count} can be kept, not ${kept}.`, {
      value: kept,
      limit: count,
    });
  }
}
