export interface Timed<T> {
  readonly seconds: number;
  readonly result: T;
}

export interface BestOf<T> extends Timed<T> {
  /** How many runs were timed. */
  readonly runs: number;
}

const runs = 8;
/** So long a run is what it is: the start is a small part of it, and repeating it takes too long. */
const longRunSeconds = 5;

/**
 * The fastest of eight runs, after one that does not count; V8 compiles for some runs more. Where that first run takes
 * longer than five seconds, it is the only one and counts.
 */
export async function bestOf<T>(work: () => Promise<T>): Promise<BestOf<T>> {
  const first = await timed(work);
  if (first.seconds > longRunSeconds) {
    return { ...first, runs: 1 };
  }
  let best = await timed(work);
  for (let run = 1; run < runs; run++) {
    const next = await timed(work);
    best = next.seconds < best.seconds ? next : best;
  }
  return { ...best, runs };
}

/** One run, cold. */
export async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const from = performance.now();
  const result = await work();
  return { seconds: (performance.now() - from) / 1000, result };
}
