import { describe, expect, it } from 'vitest';
import type { SparseEpoch } from '../../../../src/protocol/sparse';
import { addEpochs } from '../../../../src/views/sparse/epochs';
import { epochsUpTo } from './sparseSamples';

const numbers = (epochs: readonly SparseEpoch[]) => epochs.map(({ epoch }) => epoch);

describe('addEpochs', () => {
  it('keeps every epoch while there are few', () => {
    const known = addEpochs([], epochsUpTo(20));
    expect(numbers(addEpochs(known, epochsUpTo(25, 21)))).toEqual(numbers(epochsUpTo(25)));
  });

  it.each([301, 1000, 54_321])('keeps the first, the last and an even spread of %i', (last) => {
    const kept = numbers(addEpochs([], epochsUpTo(last)));
    expect(kept.length).toBeLessThanOrEqual(300);
    expect(kept.length).toBeGreaterThanOrEqual(100);
    expect([kept[0], kept.at(-1)]).toEqual([1, last]);
    const steps = kept.slice(1, -1).map((epoch, at) => epoch - (kept[at] ?? 0));
    expect(new Set(steps).size).toBe(1);
  });

  it('keeps the same, whether epochs come one by one or all at once', () => {
    let known: readonly SparseEpoch[] = [];
    for (const epoch of epochsUpTo(2000)) {
      known = addEpochs(known, [epoch]);
      expect(known.length).toBeLessThanOrEqual(300);
      expect(known.at(-1)).toBe(epoch);
    }
    expect(numbers(known)).toEqual(numbers(addEpochs([], epochsUpTo(2000))));
  });

  it('lets a training that goes on from an older state replace what came after it', () => {
    const again = epochsUpTo(12, 8).map((epoch) => ({ ...epoch, loss: 0.5 }));
    const kept = addEpochs(epochsUpTo(10), again);
    expect(numbers(kept)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(kept.slice(7)).toEqual(again);
  });

  it('leaves everything as it is when there is nothing to add', () => {
    expect(addEpochs(epochsUpTo(3), [])).toEqual(epochsUpTo(3));
    expect(addEpochs([], [])).toEqual([]);
  });
});
