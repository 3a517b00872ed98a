import type { Scope } from '../../protocol/patterns';
import { part, type Job } from '../job';
import type { BlockGrid } from './blockGrid';
import { bestBlocks } from './blockOrder';
import { createGains, isSketched, type GainProblem, type Gains } from './kpdGains';

/** What the search for a mask works on. */
export interface MaskProblem extends GainProblem {
  readonly grid: BlockGrid;
  readonly scope: Scope;
}

export interface MaskFound {
  /** The kept blocks, ascending. */
  readonly mask: Uint32Array;
  /** What the terms of the last round capture of them, squared: never more than the best terms. */
  readonly captured: number;
  readonly rounds: number;
}

/** Of the alternation, which on plain noise goes on for long with little to show. */
const mostRounds = 50;
/** What a round gains below this share of all is beyond the digits of f32 weights. */
const noGain = 1e-9;
/** Short sides of all blocks up to which their row space is found exactly for a second start. */
const exactStartUpTo = 1024;

/**
 * The blocks to keep for a Kronecker sum of `rank` terms:
 * coordinate ascent between the mask and the row space of what it keeps, from the blocks of largest
 * norm and from the row space of all blocks; the better of the two. Blocks so large that the
 * second start takes ten seconds and more get it only where a sketch serves.
 */
export async function findMask(problem: MaskProblem, job: Job): Promise<MaskFound> {
  const { energies, rows } = problem;
  const startsTwice = Math.min(rows.rows, rows.columns) <= exactStartUpTo || isSketched(problem);
  const first = startsTwice ? part(job, 0, 0.5) : job;
  const start = best(problem, energies);
  const byNorm = await alternate(problem, start, createGains(problem, first), first);
  if (!startsTwice) {
    return byNorm;
  }
  const second = part(job, 0.5, 1);
  const gains = createGains(problem, second);
  const all = await gains(Uint32Array.from({ length: rows.rows }, (_, p) => p));
  const byShape = await alternate(problem, best(problem, all), gains, second);
  return byShape.captured > byNorm.captured ? byShape : byNorm;
}

/** Rounds of {@link improveMask} until nothing changes. */
async function alternate(
  problem: MaskProblem,
  start: Uint32Array,
  gains: Gains,
  job: Job,
): Promise<MaskFound> {
  let mask = start;
  let captured = 0;
  for (let rounds = 1; ; rounds++) {
    job.report(rounds / (mostRounds + 1), 'choosing blocks');
    const next = await improveMask(problem, mask, gains);
    const isSame = next.mask.every((block, k) => block === mask[k]);
    if (isSame || rounds === mostRounds || next.captured <= captured * (1 + noGain)) {
      return { ...next, rounds };
    }
    ({ mask, captured } = next);
  }
}

/**
 * One round: the row space V of the kept rows, then the mask with the largest gains ||R_p V||^2.
 * Their sum does not fall from one round to the next.
 */
export async function improveMask(
  problem: MaskProblem,
  mask: Uint32Array,
  gains: Gains,
): Promise<{ readonly mask: Uint32Array; readonly captured: number }> {
  const gained = await gains(mask);
  const next = best(problem, gained);
  let captured = 0;
  for (const block of next) {
    captured += gained[block];
  }
  return { mask: next, captured };
}

function best({ grid, scope, blocks }: MaskProblem, scores: Float64Array): Uint32Array {
  return bestBlocks(scores, grid, scope, blocks);
}
