import { describe, expect, it } from 'vitest';
import { attemptKey } from '../../../../src/views/sparse/attempts';
import { SparseStore } from '../../../../src/views/sparse/sparseStore';
import { epochsUpTo, neukron, offer, pointOf, tsvd } from './sparseSamples';

const uri = 'file:///data/m.mtx';
const failure = { kind: 'format', message: 'm.mtx is cut short.', details: {} } as const;
const cancelled = { kind: 'cancelled', message: 'Cancelled.', details: {} } as const;
const keys = { svd: attemptKey(tsvd(3), offer), training: attemptKey(neukron, offer) };

function storeWithOffer(): SparseStore {
  const store = new SparseStore({ uri, file: 'm.mtx' });
  store.beginReading();
  store.setOffer(offer);
  return store;
}

describe('SparseStore', () => {
  it('says how far the reading is, then what can be done, or why not', () => {
    const store = new SparseStore({ uri, file: 'm.mtx', tensor: 'fc1' });
    store.beginReading();
    store.setProgress({ fraction: 0.5 });
    expect(store.model).toEqual({
      uri,
      file: 'm.mtx',
      tensor: 'fc1',
      progress: { fraction: 0.5 },
      outcomes: [],
    });
    store.failReading(failure);
    expect(store.model).toMatchObject({ failure, outcomes: [] });
    expect(store.model.progress).toBeUndefined();
    store.beginReading();
    store.setOffer(offer);
    expect(store.model).toEqual({ uri, file: 'm.mtx', tensor: 'fc1', offer, outcomes: [] });
  });

  it('shows an attempt from waiting to its point', () => {
    const store = storeWithOffer();
    store.wait(keys.svd, tsvd(3));
    expect(store.outcome(keys.svd)).toEqual({ attempt: tsvd(3), state: 'waiting', epochs: [] });
    store.run(keys.svd);
    expect(store.outcome(keys.svd)?.state).toBe('running');
    store.finish(keys.svd, pointOf(tsvd(3)));
    expect(store.model.outcomes).toEqual([
      { attempt: tsvd(3), state: 'done', point: pointOf(tsvd(3)), epochs: [] },
    ]);
  });

  it('collects the epochs, pictures and points of a training', () => {
    const store = storeWithOffer();
    store.wait(keys.training, neukron);
    const part = { attempt: 0, fraction: 0.1 };
    expect(store.add(keys.training, part)).toBe(false);
    expect(store.add(keys.training, { ...part, epochs: epochsUpTo(2) })).toBe(true);
    expect(store.add(keys.training, { ...part, epochs: epochsUpTo(3, 3) })).toBe(true);
    expect(store.add(keys.training, { ...part, spy: offer.spy })).toBe(true);
    expect(store.outcome(keys.training)).toMatchObject({ epochs: epochsUpTo(3), spy: offer.spy });
  });

  it('takes a stopped training for paused, and anything else that was stopped for cancelled', () => {
    const store = storeWithOffer();
    store.wait(keys.training, neukron);
    store.wait(keys.svd, tsvd(3));
    store.add(keys.training, { attempt: 0, fraction: 0.1, epochs: epochsUpTo(2) });
    store.stop(keys.training, cancelled);
    store.stop(keys.svd, cancelled);
    expect(store.outcome(keys.training)?.state).toBe('paused');
    expect(store.outcome(keys.svd)).toMatchObject({ state: 'failed', failure: cancelled });
  });

  it('keeps what a paused training has come to while it goes on, and forgets why another failed', () => {
    const store = storeWithOffer();
    const point = pointOf(neukron, { paused: { epoch: 2, epochs: 9 } });
    store.wait(keys.training, neukron);
    store.add(keys.training, { attempt: 0, fraction: 0.1, epochs: epochsUpTo(2) });
    store.finish(keys.training, point);
    expect(store.outcome(keys.training)?.state).toBe('paused');
    store.wait(keys.training, neukron);
    expect(store.outcome(keys.training)).toEqual({
      attempt: neukron,
      state: 'waiting',
      epochs: epochsUpTo(2),
      point,
    });
    store.wait(keys.svd, tsvd(3));
    store.fail(keys.svd, failure);
    store.wait(keys.svd, tsvd(3));
    expect(store.outcome(keys.svd)).not.toHaveProperty('failure');
  });

  it('says how far a stopped training came, also where its last point is older', () => {
    const store = storeWithOffer();
    const point = pointOf(neukron, { paused: { epoch: 2, epochs: 9 } });
    store.wait(keys.training, neukron);
    store.add(keys.training, { attempt: 0, fraction: 0.1, point, epochs: epochsUpTo(4) });
    store.stop(keys.training, cancelled);
    expect(store.outcome(keys.training)).toMatchObject({
      state: 'paused',
      point: { ...point, paused: { epoch: 4, epochs: 9 } },
    });
  });

  it('leaves an outcome away that was removed while it ran', () => {
    const store = storeWithOffer();
    store.wait(keys.svd, tsvd(3));
    store.remove(keys.svd);
    store.finish(keys.svd, pointOf(tsvd(3)));
    store.fail(keys.svd, failure);
    expect(store.model.outcomes).toEqual([]);
  });

  it('brings back what was kept, and says of what was not that it was stopped', () => {
    const paused = pointOf(neukron, { paused: { epoch: 2, epochs: 9 } });
    const store = new SparseStore({ uri, file: 'm.mtx' });
    store.setOffer(
      offer,
      [
        { attempt: tsvd(3), point: pointOf(tsvd(3)), epochs: [] },
        { attempt: neukron, point: paused, epochs: epochsUpTo(2) },
      ],
      [tsvd(3), tsvd(4), { method: 'cur', options: {} }],
    );
    expect(store.model.outcomes.map(({ attempt, state }) => [attempt.method, state])).toEqual([
      ['tsvd', 'done'],
      ['neukron', 'paused'],
      ['tsvd', 'failed'],
    ]);
    expect(store.outcome(attemptKey(tsvd(4), offer))?.failure).toMatchObject({
      kind: 'cancelled',
      message: expect.stringContaining('Run it again') as string,
    });
    expect(store.kept.map(({ attempt }) => attempt)).toEqual([tsvd(3), neukron]);
  });

  it('forgets everything about a file that is read anew', () => {
    const store = storeWithOffer();
    store.wait(keys.svd, tsvd(3));
    store.finish(keys.svd, pointOf(tsvd(3)));
    store.beginReading();
    expect(store.model).toEqual({
      uri,
      file: 'm.mtx',
      outcomes: [],
      progress: { fraction: 0 },
    });
    expect(store.currentOffer).toBeUndefined();
  });
});
