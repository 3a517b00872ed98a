import { describe, expect, it } from 'vitest';
import type { SparseAttempt, SparseOutcome } from '../../../../src/protocol/sparse';
import {
  attemptKey,
  attemptLabel,
  shortLabel,
  shortLabelTitle,
} from '../../../../webview/sparse/attempts';
import {
  attemptsToRun,
  chipsOf,
  initialChoice,
  switched,
  withOwn,
  withoutOwn,
} from '../../../../webview/sparse/methodPlan';
import {
  attemptOf,
  defaultTexts,
  fieldProblems,
  parseField,
} from '../../../../webview/sparse/optionFields';
import { merged } from '../../../../webview/sparse/outcomes';
import { matrixDims, offersFor, tensorDims } from '../../../webview-preview/sparseFixtures';

const offers = offersFor(matrixDims);
const offerOf = (method: string) => offers.find((one) => one.method === method)!;
const neukron = offerOf('neukron');
const attempt = (options: SparseAttempt['options'] = {}): SparseAttempt => ({
  method: 'neukron',
  options,
});
const outcome = (state: SparseOutcome['state'], of: SparseAttempt): SparseOutcome => ({
  attempt: of,
  state,
  epochs: [],
});

describe('attempts', () => {
  it('are the same where their settings come to the same', () => {
    const key = attemptKey(offers, attempt());
    expect(attemptKey(offers, attempt({ hidden: 30 }))).toBe(key);
    expect(attemptKey(offers, attempt({ rate: 0.01, epochs: 500 }))).toBe(key);
    expect(attemptKey(offers, attempt({ hidden: 31 }))).not.toBe(key);
    expect(attemptKey(offers, { method: 'cp', options: {} })).not.toBe(key);
  });

  it('are labelled by what decides, and by what is not as usual', () => {
    expect(attemptLabel(offers, attempt())).toBe('hidden units 30');
    expect(attemptLabel(offers, attempt({ init: 'random', learnScale: true }))).toBe(
      'hidden units 30, first order random, learn the scale',
    );
    expect(shortLabelTitle(offerOf('cmd'))).toBe('rows, columns');
    expect(shortLabel(offerOf('cmd'), { method: 'cmd', options: { rows: 7 } })).toBe('7, 350');
    expect(shortLabel(neukron, attempt({ epochs: 9 }))).toBe('30, epochs 9');
    expect(attemptLabel(offersFor(tensorDims), { method: 'tucker', options: { ranks: [2, 3, 4, 5] } })).toBe('ranks 2 × 3 × 4 × 5'); // prettier-ignore
  });

  it('change their outcome by key, and new ones come last', () => {
    const before = [outcome('waiting', attempt()), outcome('done', attempt({ hidden: 5 }))];
    const after = merged(offers, before, [
      outcome('running', attempt({ hidden: 30 })),
      outcome('waiting', attempt({ hidden: 90 })),
    ]);
    expect(after.map(({ state }) => state)).toEqual(['running', 'done', 'waiting']);
  });
});

describe('what a run makes', () => {
  it('is at first everything that is suggested of methods without training', () => {
    const attempts = attemptsToRun(offers, [], initialChoice(offers));
    expect(attempts).toHaveLength(35);
    expect(attempts.some(({ method }) => method === 'neukron' || method === 'kronfit')).toBe(false);
    const forTensor = offersFor(tensorDims);
    const methods = attemptsToRun(forTensor, [], initialChoice(forTensor)).map(({ method }) => method); // prettier-ignore
    expect(new Set(methods)).toEqual(new Set(['cp', 'tucker']));
  });

  it('leaves out what is there or under way, and takes what failed again', () => {
    const choice = initialChoice(offers);
    const svd = (rank: number): SparseAttempt => ({ method: 'tsvd', options: { rank } });
    const outcomes = [
      outcome('done', svd(1)),
      outcome('running', svd(5)),
      outcome('waiting', svd(20)),
      outcome('failed', svd(50)),
      outcome('paused', svd(100)),
    ];
    const ranks = attemptsToRun(offers, outcomes, choice).filter(({ method }) => method === 'tsvd');
    expect(ranks).toEqual([svd(50)]);
  });

  it('takes settings of one’s own, and gives them up again', () => {
    const own = attempt({ hidden: 17 });
    const choice = withOwn(offers, initialChoice(offers), own);
    expect(attemptsToRun(offers, [], choice)[0]).toEqual(own);
    const [chip] = chipsOf(offers, neukron, [], choice).filter(({ isOwn }) => isOwn);
    expect(chip).toMatchObject({ label: 'hidden units 17', short: '17', isOn: true });
    const without = withoutOwn(offers, choice, chip.key);
    expect(chipsOf(offers, neukron, [], without)).toHaveLength(5);
    expect(attemptsToRun(offers, [], without)).toHaveLength(35);
  });

  it('can be switched one by one; what was restored has a chip of its own', () => {
    const key = attemptKey(offers, attempt({ hidden: 90 }));
    const choice = switched(initialChoice(offers), [key], true);
    expect(attemptsToRun(offers, [], choice)).toHaveLength(36);
    expect(attemptsToRun(offers, [], switched(choice, [key], false))).toHaveLength(35);
    const restored = outcome('done', attempt({ hidden: 64 }));
    const chips = chipsOf(offers, neukron, [restored], choice);
    expect(chips.at(-1)).toMatchObject({ short: '64', isOwn: false, outcome: { state: 'done' } });
  });

  it('has nothing of a method that cannot be used', () => {
    const forTensor = offersFor(tensorDims);
    const svd = forTensor.find(({ method }) => method === 'tsvd')!;
    expect(chipsOf(forTensor, svd, [], initialChoice(forTensor))).toEqual([]);
  });
});

describe('the fields of settings', () => {
  const option = (name: string) => neukron.options.find((one) => one.name === name)!;
  const ranks = offerOf('tucker').options[0];

  it.each([
    ['hidden', '60', { value: 60 }],
    ['hidden', ' 7 ', { value: 7 }],
    ['hidden', '0', { problem: 'Enter a whole number from 1 to 1024.' }],
    ['hidden', '1025', { problem: 'Enter a whole number from 1 to 1024.' }],
    ['hidden', '2.5', { problem: 'Enter a whole number from 1 to 1024.' }],
    ['hidden', '', { problem: 'Enter a whole number from 1 to 1024.' }],
    ['hidden', 'Infinity', { problem: 'Enter a whole number from 1 to 1024.' }],
    ['rate', '1e-3', { value: 0.001 }],
    ['rate', '0,5', { value: 0.5 }],
    ['rate', 'fast', { problem: 'Enter a number from 1e-8 to 1.' }],
    ['init', 'random', { value: 'random' }],
    ['init', 'sorted', { problem: 'Choose one of the list.' }],
    ['learnScale', 'true', { value: true }],
  ])('%s of "%s"', (name, text, expected) => {
    expect(parseField(option(name), text, 2)).toEqual(expected);
  });

  it('take one size for all modes, or one for each', () => {
    expect(parseField(ranks, '8', 4)).toEqual({ value: 8 });
    expect(parseField(ranks, '8, 6 x 4;2', 4)).toEqual({ value: [8, 6, 4, 2] });
    const { problem } = parseField(ranks, '8, 6', 4) as { problem: string };
    expect(problem).toContain('or 4 with commas');
    expect(parseField(ranks, '0', 4)).toHaveProperty('problem');
  });

  it('make an attempt of what is not as usual, or say what is wrong where', () => {
    const texts = { ...defaultTexts(neukron), hidden: '60', rate: '0.01', learnScale: 'true' };
    expect(fieldProblems(neukron, texts, 2)).toEqual({});
    expect(attemptOf(neukron, texts, 2)).toEqual(attempt({ hidden: 60, learnScale: true }));
    const wrong = fieldProblems(neukron, { ...texts, hidden: 'x', epochs: '-1' }, 2);
    expect(Object.keys(wrong)).toEqual(['hidden', 'epochs']);
  });
});
