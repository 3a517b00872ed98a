import type { BlockPattern, KpdFit } from '../../protocol/patterns';
import { unattended, type Job } from '../job';
import { packBits } from '../sparsity/bitmap';
import type { BlockGrid } from '../sparsity/blockGrid';
import { bsrBytes } from '../sparsity/bsr';
import { fitKpd, kpdBytes, kpdMacs, kpdRankForBytes } from '../sparsity/kpd';
import { dtypes, type DType } from '../tensor/dtype';
import { analyseBeside, relativeErrorAt } from './blockAnalysis';
import type { LoadedMatrix } from './loadMatrix';

/**
 * The largest rank whose Kronecker form takes no more bytes than BSR with as many blocks; at least
 * 1, without which there is no form.
 */
export function rankWithinBsr(grid: BlockGrid, blocks: number, dtype: DType): number {
  const { bytes } = dtypes[dtype];
  return Math.max(1, kpdRankForBytes(grid, blocks, bsrBytes(grid, blocks, bytes), bytes));
}

/**
 * The block-sparse Kronecker form with `blocks` blocks and at most `rank` terms (without one, those
 * of {@link rankWithinBsr}), beside plain pruning with as many parameters.
 */
export async function kpdFit(
  loaded: LoadedMatrix,
  pattern: BlockPattern,
  { blocks, rank, seed }: { blocks: number; rank?: number; seed: number },
  job: Job = unattended,
): Promise<{ figures: Omit<KpdFit, 'mask'>; mask: ArrayBuffer }> {
  const { matrix, entry } = loaded;
  const pruning = analyseBeside(loaded, { ...pattern, criterion: 'frobenius' }, job);
  const { grid } = pruning;
  // Summed as the fit sums it.
  const norm = pruning.residuals[0];
  const terms = rank ?? rankWithinBsr(grid, blocks, entry.dtype);
  const fit = await fitKpd(matrix, grid, blocks, terms, { seed, scope: pattern.scope }, job);
  const size = grid.blockRows * grid.blockColumns;
  const parameters = fit.rank * (fit.blocks.length + size);
  const pruned = Math.min(grid.count, Math.floor(parameters / size));
  const figures = {
    block: pattern.block,
    rank: fit.rank,
    blocks: fit.blocks.length,
    relativeError: norm === 0 ? 0 : fit.residual / norm,
    parameters,
    bytes: kpdBytes(grid, fit.blocks.length, fit.rank, dtypes[entry.dtype].bytes),
    macs: kpdMacs(grid, fit.blocks.length, fit.rank).fewest,
    rounds: fit.rounds,
    pruned: { blocks: pruned, relativeError: relativeErrorAt(pruning, pruned) },
  };
  return { figures, mask: packBits(fit.blocks, grid.count).buffer };
}
