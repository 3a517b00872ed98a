import type { Job } from '../job';

/** Something to be timed; what it resolves to is not looked at. */
export type Timed = () => void | Promise<void>;

/** The first warms up, and may yet be the fastest when nothing had to be warmed up. */
const fewestRounds = 2;

/**
 * Milliseconds of the fastest run of each, all of them in turn, round by round, so that what else
 * the machine does for a while falls on all alike. Ends before the round that would exceed
 * `budgetMs`, yet not before the second one is through.
 */
export async function bestOfRounds(
  runs: readonly Timed[],
  budgetMs: number,
  job: Job,
): Promise<number[]> {
  const best = runs.map(() => Infinity);
  const start = performance.now();
  let last = 0;
  for (let round = 0; round < fewestRounds || elapsed(start) + last <= budgetMs; round++) {
    const from = performance.now();
    for (let i = 0; i < runs.length; i++) {
      job.throwIfCancelled();
      const before = performance.now();
      await runs[i]();
      best[i] = Math.min(best[i], elapsed(before));
    }
    last = elapsed(from);
  }
  return best;
}

function elapsed(since: number): number {
  return performance.now() - since;
}
