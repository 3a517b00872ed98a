import { describe, expect, it } from 'vitest';
import type { SparseAttempt, SparseOutcome } from '../../../../src/protocol/sparse';
import { isRunning, outcomeOf, shownOf } from '../../../../webview/sparse/shown';
import { matrixDims, offersFor } from '../../../webview-preview/sparseFixtures';

const offers = offersFor(matrixDims);
const svd = (rank: number): SparseAttempt => ({ method: 'tsvd', options: { rank } });
const outcome = (state: SparseOutcome['state'], rank: number): SparseOutcome => ({
  attempt: svd(rank),
  state,
  epochs: [],
});

describe('what is shown of several outcomes', () => {
  const outcomes = [outcome('done', 1), outcome('running', 5), outcome('done', 20)];

  it('is what was asked for, else what is selected, else what runs, else the last', () => {
    const rankOf = (asked?: SparseAttempt, selected?: SparseAttempt) =>
      shownOf(outcomes, offers, asked, selected)?.attempt.options.rank;
    expect(rankOf(svd(1), svd(20))).toBe(1);
    expect(rankOf(svd(99), svd(20))).toBe(20);
    expect(rankOf(undefined, svd(99))).toBe(5);
    expect(shownOf([outcome('done', 1), outcome('done', 2)], offers, undefined, undefined)).toEqual(
      outcome('done', 2),
    );
    expect(shownOf([], offers, svd(1), svd(1))).toBeUndefined();
  });

  it('is found by its settings, those that were left out filled in', () => {
    const usual = offers.find(({ method }) => method === 'tsvd')?.options[0]?.default as number;
    const one = outcome('done', usual);
    expect(outcomeOf([one], offers, { method: 'tsvd', options: {} })).toBe(one);
    expect(outcomeOf([one], offers, undefined)).toBeUndefined();
  });

  it('runs while anything waits, or progress is told', () => {
    const model = { uri: '', file: '', outcomes: [outcome('done', 1)] };
    expect(isRunning(model)).toBe(false);
    expect(isRunning({ ...model, outcomes: [outcome('waiting', 1)] })).toBe(true);
    expect(isRunning({ ...model, progress: { fraction: 0 } })).toBe(true);
  });
});
