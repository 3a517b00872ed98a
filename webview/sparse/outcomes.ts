import type { SparseMethodOffer, SparseOutcome } from '../../src/protocol/sparse';
import { attemptKey } from './attempts';

/** Pictures and curves change at most so often. */
const FLUSH_MS = 100;

/** The outcomes with some of them as they now are; new ones come last. */
export function merged(
  offers: readonly SparseMethodOffer[],
  outcomes: readonly SparseOutcome[],
  changed: readonly SparseOutcome[],
): readonly SparseOutcome[] {
  const byKey = new Map(
    [...outcomes, ...changed].map((one) => [attemptKey(offers, one.attempt), one]),
  );
  return [...byKey.values()];
}

/** Collects what changes quickly and hands it on a few times a second; the first at once. */
export class OutcomeQueue {
  private waiting: SparseOutcome[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = -Infinity;

  constructor(private readonly onFlush: (outcomes: readonly SparseOutcome[]) => void) {}

  add(outcome: SparseOutcome): void {
    this.waiting.push(outcome);
    const due = this.last + FLUSH_MS - performance.now();
    this.timer ??= setTimeout(() => this.flush(), Math.max(0, due));
  }

  /** What waits is older than what has just come as a whole. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
  }

  private flush(): void {
    const { waiting } = this;
    this.clear();
    this.last = performance.now();
    this.onFlush(waiting);
  }
}
