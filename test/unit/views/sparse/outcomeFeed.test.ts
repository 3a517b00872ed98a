import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attemptKey } from '../../../../src/views/sparse/attempts';
import { OutcomeFeed } from '../../../../src/views/sparse/outcomeFeed';
import { SparseStore } from '../../../../src/views/sparse/sparseStore';
import { epochsUpTo, neukron, offer, tsvd } from './sparseSamples';

const keys = { svd: attemptKey(tsvd(3), offer), training: attemptKey(neukron, offer) };

function setUp() {
  const store = new SparseStore({ uri: 'file:///m.mtx', file: 'm.mtx' });
  store.setOffer(offer);
  store.wait(keys.svd, tsvd(3));
  store.wait(keys.training, neukron);
  store.setProgress({ fraction: 0.5 });
  const told: string[] = [];
  const feed = new OutcomeFeed(store, {
    model: ({ outcomes }) => told.push(`model of ${outcomes.length}`),
    outcome: ({ attempt, epochs }) => told.push(`${attempt.method} at ${epochs.length}`),
    progress: ({ fraction }) => told.push(`${100 * fraction} %`),
  });
  return { feed, store, told };
}

describe('OutcomeFeed', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('tells of all that has changed at once, as it is then, at most ten times a second', () => {
    const { feed, store, told } = setUp();
    for (let epoch = 1; epoch <= 20; epoch++) {
      store.add(keys.training, { attempt: 0, fraction: 0.1, epochs: epochsUpTo(epoch, epoch) });
      feed.note(keys.training);
      feed.note(keys.svd);
      vi.advanceTimersByTime(5);
    }
    expect(told).toEqual(['neukron at 20', 'tsvd at 0', '50 %']);
    vi.advanceTimersByTime(1000);
    expect(told).toHaveLength(3);
  });

  it('tells of an outcome with a large picture twice a second', () => {
    const { feed, store, told } = setUp();
    const spy = { ...offer.spy, counts: new ArrayBuffer(2 ** 18) };
    store.add(keys.training, { attempt: 0, fraction: 0.1, spy });
    for (let at = 0; at < 100; at++) {
      feed.note(keys.training);
      vi.advanceTimersByTime(10);
    }
    expect(told.filter((event) => event === 'neukron at 0')).toHaveLength(2);
  });

  it('tells the whole model when nothing is under way any more', () => {
    const { feed, store, told } = setUp();
    feed.note(keys.svd);
    store.setProgress(undefined);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['model of 2']);
  });

  it('keeps to itself what was removed, and everything once it is cleared', () => {
    const { feed, store, told } = setUp();
    feed.note(keys.svd);
    store.remove(keys.svd);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['50 %']);
    feed.note(keys.training);
    feed.clear();
    vi.advanceTimersByTime(1000);
    expect(told).toHaveLength(1);
  });
});
