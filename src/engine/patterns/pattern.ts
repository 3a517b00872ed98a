import { UsageError } from '../../failures';
import type { PatternRequest, PatternResult } from '../../protocol/engine';
import type { BlockPattern, NmPattern } from '../../protocol/patterns';
import { startBackend } from '../backends/backend';
import { weightErrors } from '../errors';
import { unattended, type Job } from '../job';
import { assertKept } from '../ranks/rounding';
import { requireSeed } from '../selection/choicesRequest';
import { packBits } from '../sparsity/bitmap';
import { blocksForEnergy, blocksForKept } from '../sparsity/errorCurve';
import { nmBytes, nmKept, nmMask, nmResiduals } from '../sparsity/nm';
import { dtypes } from '../tensor/dtype';
import { analyse } from './blockAnalysis';
import { patternCosts } from './costs';
import { kpdFit } from './kpdFit';
import { loadMatrix, type LoadedMatrix } from './loadMatrix';
import { requireGroups } from './nmMap';
import { requireRank } from './patternKpd';

/**
 * One pattern in full: what is kept, what is lost, what it costs, the mask.
 * @throws as `loadMatrix`; UsageError when the request makes no sense or does not fit the matrix.
 */
export async function pattern(
  request: PatternRequest,
  job: Job = unattended,
): Promise<PatternResult> {
  requireRequest(request);
  const { path, tensor, pattern: asked } = request;
  const loaded = await loadMatrix({ path, tensor, scheme: asked.scheme }, job);
  return asked.kind === 'block'
    ? blockResult(loaded, asked, request, job)
    : nmResult(loaded, asked, request, job);
}

function requireRequest({ pattern: asked, kept, energy, n, kpd, seed }: PatternRequest): void {
  requireSeed(seed);
  requireRank(kpd?.rank);
  const given = Object.entries({ kept, energy, n }).filter(([, value]) => value !== undefined);
  if (given.length !== 1) {
    const names = given.map(([name]) => name).join(' and ') || 'none';
    throw new UsageError(
      `Exactly one of kept, energy and n says how much of a pattern is kept, not ${names}.`,
      { value: names, limit: 1 },
    );
  }
  if ((asked.kind === 'nm') !== (n !== undefined)) {
    throw new UsageError(
      asked.kind === 'nm'
        ? 'An N:M pattern keeps n of every m entries; give n.'
        : 'Blocks are kept by a fraction or by energy, not by n; n is for N:M.',
    );
  }
  if (kpd && asked.kind === 'nm') {
    throw new UsageError(
      'A Kronecker form is fitted to blocks, not to an N:M pattern; choose a block size.',
    );
  }
  if (kept !== undefined) {
    assertKept(kept);
  }
  if (energy !== undefined && !(energy >= 0 && energy <= 1)) {
    throw new UsageError(`A share of the energy is a number from 0 to 1, not ${energy}.`, {
      value: energy,
      limit: 1,
    });
  }
}

async function blockResult(
  loaded: LoadedMatrix,
  asked: BlockPattern,
  { kept, energy, kpd, seed }: PatternRequest,
  job: Job,
): Promise<PatternResult> {
  const { entry } = loaded;
  const { grid, order, residuals } = analyse(loaded, asked, job);
  const blocks =
    energy === undefined
      ? blocksForKept(grid.count, kept ?? 0)
      : blocksForEnergy(residuals, energy);
  if (kpd) {
    // Large products go through the backend's.
    await startBackend();
  }
  const fit = kpd && (await kpdFit(loaded, asked, { blocks, rank: kpd.rank, seed }, job)).figures;
  const costs = patternCosts(grid, entry.dtype);
  return {
    ...headOf(loaded),
    pattern: asked,
    grid: [grid.gridRows, grid.gridColumns],
    padding: grid.padding,
    kept: blocks / grid.count,
    blocks,
    ...errorsOf(loaded, residuals[blocks], residuals[0]),
    bytes: {
      dense: costs.denseBytes,
      bsr: costs.bsrFixedBytes + blocks * costs.bsrBlockBytes,
      ...(fit && { kpd: fit.bytes }),
    },
    macs: {
      dense: costs.denseMacs,
      kept: blocks * costs.blockMacs,
      ...(fit && { kpd: fit.macs }),
    },
    ...(fit && { kpd: fit }),
    mask: packBits(order.subarray(0, blocks), grid.count),
  };
}

function nmResult(
  loaded: LoadedMatrix,
  asked: NmPattern,
  { n = 0 }: PatternRequest,
  job: Job,
): PatternResult {
  const { entry, matrix } = loaded;
  const { rows, columns } = matrix;
  const { m } = asked;
  requireGroups(m, matrix);
  if (!Number.isInteger(n) || n < 0 || n > m) {
    throw new UsageError(`Of every ${m} entries 0 to ${m} can be kept, not ${n}.`, {
      value: n,
      limit: m,
    });
  }
  const groups = Math.ceil(columns / m);
  const residuals = nmResiduals(matrix, m, job);
  const valueBytes = dtypes[entry.dtype].bytes;
  return {
    ...headOf(loaded),
    pattern: asked,
    grid: [rows, groups],
    padding: [0, groups * m - columns],
    kept: n / m,
    n,
    ...errorsOf(loaded, residuals[n], residuals[0]),
    bytes: {
      dense: rows * columns * valueBytes,
      nm: nmBytes(rows, columns, n, m, valueBytes),
    },
    macs: { dense: rows * columns, kept: nmKept(rows, columns, n, m) },
    mask: nmMask(matrix, n, m, job),
  };
}

function headOf({
  entry,
  matrix,
}: LoadedMatrix): Pick<PatternResult, 'tensor' | 'shape' | 'dtype' | 'rows' | 'columns'> {
  return {
    tensor: entry.name,
    shape: entry.shape,
    dtype: entry.dtype,
    rows: matrix.rows,
    columns: matrix.columns,
  };
}

function errorsOf(
  { entry }: LoadedMatrix,
  residual: number,
  norm: number,
): Pick<PatternResult, 'error' | 'energy'> {
  const error = weightErrors(residual, norm, entry.parameters);
  return { error, energy: 1 - error.relative ** 2 };
}
