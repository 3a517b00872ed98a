import { UsageError } from '../../failures';
import type { BlockPattern, PatternCurve } from '../../protocol/patterns';
import { part, unattended, type Job } from '../job';
import { analyseBeside, relativeErrorAt } from './blockAnalysis';
import { patternCosts } from './costs';
import { loadMatrix, type LoadedMatrix } from './loadMatrix';

export interface CurvesParams {
  readonly path: string;
  readonly tensor: string;
  /** All but the block. */
  readonly pattern: BlockPattern;
  readonly blocks: readonly (readonly [rows: number, columns: number])[];
}

/** Steps of a curve from nothing kept to everything: half a percent of the blocks each. */
const steps = 200;

/** More curves than a person tells apart. */
const mostCurves = 32;

/**
 * The relative error against the kept fraction of the blocks, for one size of block after the
 * other; each is handed to `emit` as soon as it is known.
 * @throws as `patternMap`.
 */
export async function patternCurves(
  { path, tensor, pattern, blocks }: CurvesParams,
  job: Job = unattended,
  emit: (curve: PatternCurve) => void = () => {},
): Promise<PatternCurve[]> {
  if (blocks.length > mostCurves) {
    throw new UsageError(`At most ${mostCurves} curves at a time, not ${blocks.length}.`, {
      value: blocks.length,
      limit: mostCurves,
    });
  }
  const loaded = await loadMatrix({ path, tensor, scheme: pattern.scheme }, job);
  return blocks.map((block, i) => {
    const own = part(job, i / blocks.length, (i + 1) / blocks.length);
    own.throwIfCancelled();
    const curve = curveOf(loaded, { ...pattern, block }, own);
    emit(curve);
    return curve;
  });
}

function curveOf(loaded: LoadedMatrix, pattern: BlockPattern, job: Job): PatternCurve {
  const analysis = analyseBeside(loaded, pattern, job);
  const { grid } = analysis;
  const blocks = Array.from({ length: steps + 1 }, (_, i) => Math.round((i / steps) * grid.count));
  const distinct = [...new Set(blocks)];
  return {
    block: pattern.block,
    grid: [grid.gridRows, grid.gridColumns],
    padding: grid.padding,
    costs: patternCosts(grid, loaded.entry.dtype),
    kept: distinct.map((q) => q / grid.count),
    errors: distinct.map((q) => relativeErrorAt(analysis, q)),
  };
}
