import { describe, expect, it } from 'vitest';
import type { SparseOutcome, SpyPicture } from '../../../../src/protocol/sparse';
import { spreadOf, spreadWords, spyCells, spyFacts } from '../../../../webview/sparse/spyData';
import {
  MOST_EPOCHS,
  acceptance,
  thinned,
  trainingCurves,
  trainingFacts,
} from '../../../../webview/sparse/trainingData';
import {
  formatByteTick,
  formatDensity,
  formatDetail,
  formatMicroseconds,
  negativeWords,
} from '../../../../webview/sparse/words';
import { epochsOf, infoOf, matrixDims, offersFor } from '../../../webview-preview/sparseFixtures';

const pictureOf = (counts: readonly number[], columns: number): SpyPicture => ({
  modes: [0, 1],
  rows: counts.length / columns,
  columns,
  tile: [4, 10],
  counts: new Float32Array(counts).buffer,
});

describe('the picture of the nonzeros', () => {
  const picture = pictureOf([0, 5, 0, 0, 0, 1, 0, 0, 94, 0], 5);

  it('marks the cells without nonzeros as those that are not kept', () => {
    const { places, values } = spyCells(picture);
    expect([...values]).toEqual([0, 5, 0, 0, 0, 1, 0, 0, 94, 0]);
    expect([...(places ?? [])]).toEqual([1, 0, 1, 1, 1, 0, 1, 1, 0, 1]);
  });

  it('says how unevenly the nonzeros are spread', () => {
    expect(spreadOf(picture)).toEqual({ cells: 10, empty: 7, inFullestTenth: 0.94 });
    expect(spreadWords(spreadOf(picture))).toBe(
      '70.0 % of the cells are empty; the fullest tenth of them holds 94.0 % of the nonzeros.',
    );
    expect(spreadOf(pictureOf([0, 0], 2))).toEqual({ cells: 2, empty: 2, inFullestTenth: 0 });
    expect(spreadOf(pictureOf([3, 3], 2)).empty).toBe(0);
  });

  it('leaves the picture as it is', () => {
    expect([...new Float32Array(picture.counts)].slice(0, 3)).toEqual([0, 5, 0]);
  });

  it('says which indices a cell is of, the last ones as far as there are any', () => {
    const dims = [7, 43];
    expect(spyFacts(picture, { row: 0, column: 1 }, dims, false)).toEqual([
      ['rows', '0–3'],
      ['columns', '10–19'],
      ['nonzeros', '5'],
    ]);
    expect(spyFacts(picture, { row: 1, column: 4 }, dims, false)).toEqual([
      ['rows', '4–6'],
      ['columns', '40–42'],
      ['nonzeros', '0'],
    ]);
    expect(spyFacts(picture, { row: 1, column: 3 }, dims, true)[0]).toEqual(['positions of rows', '4–7']); // prettier-ignore
    expect(spyFacts(picture, { row: 0, column: 0 }, [7, 43, 2], false)[0]?.[0]).toBe('mode 1');
  });
});

describe('the curve of a training', () => {
  it.each([1, 400, 401, 10_000])('keeps at most %i epochs’ worth of points, and the last', (count) => {
    const epochs = epochsOf(count);
    const few = thinned(epochs);
    expect(few.length).toBeLessThanOrEqual(MOST_EPOCHS + 1);
    expect(few.length).toBeGreaterThanOrEqual(Math.min(count, MOST_EPOCHS / 2));
    expect(few[0]).toBe(epochs[0]);
    expect(few.at(-1)).toBe(epochs.at(-1));
  }); // prettier-ignore

  it('keeps its points while it grows', () => {
    const epochs = epochsOf(1000);
    const [before, after] = [thinned(epochs.slice(0, 900)), thinned(epochs.slice(0, 950))];
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
  });

  it('shows loss, best loss, prefixes and acceptance over the epochs', () => {
    const epochs = epochsOf(50);
    const { accepted, loss, prefixes } = trainingCurves(epochs);
    expect(loss.map(({ id }) => id)).toEqual(['loss', 'best']);
    expect(loss[1].points.at(-1)).toEqual({ x: 50, y: epochs[49].bestLoss });
    expect(prefixes[0].points[0].y).toBe(epochs[0].prefixes);
    expect(accepted[0].points[3].y).toBe(epochs[3].accepted / epochs[3].proposed);
    expect(acceptance({ ...epochs[0], proposed: 0, accepted: 0 })).toBe(0);
  });
});

describe('the figures of a training', () => {
  const offers = offersFor(matrixDims);
  const outcome = (change: Partial<SparseOutcome>): SparseOutcome => ({
    attempt: { method: 'neukron', options: {} },
    state: 'running',
    epochs: epochsOf(100),
    ...change,
  });

  it('are of the latest epochs, and say how long it takes at most', () => {
    const facts = trainingFacts(offers, outcome({}), 433_180)!;
    expect(facts.epoch).toBe(100);
    expect(facts.epochs).toBe(500);
    expect(facts.epochMs).toBeCloseTo(190, 9);
    expect(facts.remainingMs).toBeCloseTo(400 * 190, 6);
    expect(facts.relativeError).toBeCloseTo(Math.sqrt(facts.bestLoss / 433_180), 12);
  });

  it('promise no time for what does not run, and know no number that has been passed', () => {
    expect(trainingFacts(offers, outcome({ state: 'done' }), 1)!.remainingMs).toBeUndefined();
    const long = outcome({ epochs: epochsOf(700) });
    expect(trainingFacts(offers, long, 1)!.epochs).toBeUndefined();
    expect(trainingFacts(offers, outcome({ epochs: [] }), 1)).toBeUndefined();
    expect(trainingFacts(offers, outcome({ epochs: epochsOf(1) }), 0)).toMatchObject({
      epochMs: undefined,
      relativeError: 0,
    });
  });
});

describe('the words', () => {
  it('write small shares and times with the digits that count', () => {
    expect(formatDensity(0.00354)).toBe('0.354 %');
    expect(formatDensity(2.1e-9)).toBe('2.1e−7 %');
    expect(formatMicroseconds(4.8312)).toBe('4.83 µs');
    expect(formatMicroseconds(12_340)).toBe('12.3 ms');
    expect(formatByteTick(4096)).toBe('4 KB');
    expect(formatByteTick(512)).toBe('512 B');
    expect(formatByteTick(2 ** 21)).toBe('2 MB');
    expect(formatByteTick(2 ** 29)).toBe('512 MB');
  });

  it('write settings of any kind', () => {
    expect([true, 1024, 0.015, 'min-hash', [2, 3]].map(formatDetail)).toEqual([
      'yes',
      '1\u202f024',
      '0.015',
      'min-hash',
      '2 × 3',
    ]);
  });

  it('speak of negative values only where there are some', () => {
    expect(negativeWords(infoOf(matrixDims))).toBeUndefined();
    expect(negativeWords(infoOf(matrixDims, { negative: 3 }))).toMatch(
      /^3 of 92\u202f159 nonzeros/,
    );
  });
});
