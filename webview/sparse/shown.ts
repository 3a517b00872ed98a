import type {
  SparseAttempt,
  SparseMethodOffer,
  SparseModelView,
  SparseOutcome,
} from '../../src/protocol/sparse';
import { attemptKey } from './attempts';

/** The outcome of an attempt, where there is one. */
export function outcomeOf(
  outcomes: readonly SparseOutcome[],
  offers: readonly SparseMethodOffer[],
  attempt: SparseAttempt | undefined,
): SparseOutcome | undefined {
  const key = attempt && attemptKey(offers, attempt);
  return key === undefined
    ? undefined
    : outcomes.find((one) => attemptKey(offers, one.attempt) === key);
}

/** What is shown of several: what was asked for, what is selected, what runs, the last. */
export function shownOf(
  outcomes: readonly SparseOutcome[],
  offers: readonly SparseMethodOffer[],
  asked: SparseAttempt | undefined,
  selected: SparseAttempt | undefined,
): SparseOutcome | undefined {
  return (
    outcomeOf(outcomes, offers, asked) ??
    outcomeOf(outcomes, offers, selected) ??
    outcomes.find(({ state }) => state === 'running') ??
    outcomes.at(-1)
  );
}

/** Whether anything is under way, or waits. */
export function isRunning({ outcomes, progress }: SparseModelView): boolean {
  return (
    progress !== undefined ||
    outcomes.some(({ state }) => state === 'running' || state === 'waiting')
  );
}
