import { CancelledError } from '../failures';

/**
 * What a long computation owes its caller: a look at the stop sign, and word of how far it is.
 * `throwIfCancelled` is cheap (one atomic load) and meant to be called every 50 ms of work.
 */
export interface Job {
  throwIfCancelled(): void;
  /** @param fraction done so far, 0 to 1; @param message what is being worked on. */
  report(fraction: number, message?: string): void;
  /** Bytes of numbers that may be held at a time; unlimited when left out. */
  readonly memoryLimit?: number;
}

/** A job nobody watches: never cancelled, silent. */
export const unattended: Job = { throwIfCancelled() {}, report() {} };

/** A job that stops when `signal` aborts, for callers on the same thread. */
export function jobFromSignal(
  signal: AbortSignal,
  report: (fraction: number, message?: string) => void = () => {},
): Job {
  return {
    throwIfCancelled() {
      if (signal.aborted) {
        throw new CancelledError();
      }
    },
    report,
  };
}

/** The part [from, to] of `job`'s progress, as a job of its own. */
export function part(job: Job, from: number, to: number): Job {
  return {
    ...job,
    throwIfCancelled: () => job.throwIfCancelled(),
    report: (fraction, message) => job.report(from + fraction * (to - from), message),
  };
}
