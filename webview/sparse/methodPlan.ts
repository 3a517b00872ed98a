import type { SparseAttempt, SparseMethodOffer, SparseOutcome } from '../../src/protocol/sparse';
import { attemptKey, attemptLabel, shortLabel } from './attempts';

/** What is chosen of all that could be tried. */
export interface Choice {
  /** Keys of the attempts that a run is to make. */
  readonly on: ReadonlySet<string>;
  /** Settings that were added by hand. */
  readonly own: readonly SparseAttempt[];
}

/** One setting of a method, and how it stands. */
export interface Chip {
  readonly key: string;
  readonly attempt: SparseAttempt;
  readonly label: string;
  /** Without the names of the settings that all of the method have. */
  readonly short: string;
  /** Whether a run makes it. */
  readonly isOn: boolean;
  /** Undefined where it has not been tried. */
  readonly outcome: SparseOutcome | undefined;
  /** Added by hand, and not tried yet: it can be taken away. */
  readonly isOwn: boolean;
}

/** Everything that is suggested for the methods that take no training. */
export function initialChoice(offers: readonly SparseMethodOffer[]): Choice {
  const quick = offers.filter(({ isTrained, unavailable }) => !isTrained && !unavailable);
  const attempts = quick.flatMap(({ suggested }) => suggested);
  return { on: new Set(attempts.map((attempt) => attemptKey(offers, attempt))), own: [] };
}

/** All settings of a method: suggested ones, then those added and those found on the plot. */
export function chipsOf(
  offers: readonly SparseMethodOffer[],
  offer: SparseMethodOffer,
  outcomes: readonly SparseOutcome[],
  { on, own }: Choice,
): readonly Chip[] {
  const { method, suggested, unavailable } = offer;
  if (unavailable !== undefined) {
    return [];
  }
  const mine = outcomes.filter(({ attempt }) => attempt.method === method);
  const tried = new Map(mine.map((outcome) => [attemptKey(offers, outcome.attempt), outcome]));
  const offered = new Set(suggested.map((attempt) => attemptKey(offers, attempt)));
  const added = own.filter((attempt) => attempt.method === method);
  const all = [...suggested, ...mine.map(({ attempt }) => attempt), ...added];
  const byKey = new Map(all.map((attempt) => [attemptKey(offers, attempt), attempt]));
  return [...byKey].map(([key, attempt]) => {
    const outcome = tried.get(key);
    return {
      key,
      attempt,
      label: attemptLabel(offers, attempt),
      short: shortLabel(offer, attempt),
      isOn: on.has(key) && isMissing(outcome),
      outcome,
      isOwn: outcome === undefined && !offered.has(key),
    };
  });
}

/** Whether a run has something to do for it. */
export function isMissing(outcome: SparseOutcome | undefined): boolean {
  return outcome === undefined || outcome.state === 'failed';
}

/** What a run makes, in the order of the methods. */
export function attemptsToRun(
  offers: readonly SparseMethodOffer[],
  outcomes: readonly SparseOutcome[],
  choice: Choice,
): readonly SparseAttempt[] {
  return offers.flatMap((offer) =>
    chipsOf(offers, offer, outcomes, choice)
      .filter(({ isOn }) => isOn)
      .map(({ attempt }) => attempt),
  );
}

/** The choice with some attempts in or out of it. */
export function switched(choice: Choice, keys: readonly string[], isOn: boolean): Choice {
  const on = new Set(choice.on);
  keys.forEach((key) => (isOn ? on.add(key) : on.delete(key)));
  return { ...choice, on };
}

export function withOwn(
  offers: readonly SparseMethodOffer[],
  choice: Choice,
  attempt: SparseAttempt,
): Choice {
  return switched(
    { ...choice, own: [...choice.own, attempt] },
    [attemptKey(offers, attempt)],
    true,
  );
}

export function withoutOwn(
  offers: readonly SparseMethodOffer[],
  choice: Choice,
  key: string,
): Choice {
  const own = choice.own.filter((attempt) => attemptKey(offers, attempt) !== key);
  return switched({ ...choice, own }, [key], false);
}
