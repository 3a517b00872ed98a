import type { Job } from '../engine/job';

export interface Measurement {
  /** Of the fastest run. */
  readonly ms: number;
  /** Runs that were timed. */
  readonly runs: number;
}

/** Runs beyond this time in all say no more about the best one. */
const defaultEnoughMs = 300;
const fewestRuns = 3;
/** A run this long is measured well by itself, and needs no warming up. */
const longMs = 1500;

/**
 * The best of several runs after one to warm up; of a long operation the one run. The best is what
 * the machine can do when nothing else disturbs it.
 */
export async function measure(
  run: () => Promise<unknown>,
  job: Job,
  enoughMs = defaultEnoughMs,
): Promise<Measurement> {
  const timed = async (): Promise<number> => {
    job.throwIfCancelled();
    const start = performance.now();
    await run();
    return performance.now() - start;
  };
  const warmUp = await timed();
  if (warmUp >= longMs) {
    return { ms: warmUp, runs: 1 };
  }
  let best = Infinity;
  let runs = 0;
  for (let total = 0; total < enoughMs || runs < fewestRuns; runs++) {
    const ms = await timed();
    best = Math.min(best, ms);
    total += ms;
  }
  return { ms: best, runs };
}
