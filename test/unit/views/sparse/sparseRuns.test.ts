import { describe, expect, it } from 'vitest';
import { CancelledError, FormatError, WorkerError } from '../../../../src/failures';
import type { Progress, SparseAttempt, SparseComparison } from '../../../../src/protocol/sparse';
import { attemptKey } from '../../../../src/views/sparse/attempts';
import { SparseRuns } from '../../../../src/views/sparse/sparseRuns';
import type { SparseRunner } from '../../../../src/views/sparse/sparseRuns';
import { SparseStore } from '../../../../src/views/sparse/sparseStore';
import { SparseTurns } from '../../../../src/views/sparse/sparseTurns';
import { epochsUpTo, neukron, offer, pointOf, tsvd } from './sparseSamples';

type Compare = SparseRunner['compare'];
type Options = Parameters<Compare>[1];

interface EngineCall extends Options {
  readonly attempt: SparseAttempt;
  resolve(outcome: Omit<SparseComparison['outcomes'][number], 'attempt'>): void;
  reject(reason: Error): void;
}

const turn = () => new Promise((resolve) => setTimeout(resolve));
const keyOf = (attempt: SparseAttempt) => attemptKey(attempt, offer);

/** Runs with an engine whose calls the test answers; a stopped one settles at once. */
function setUp({ isRead = true } = {}) {
  const store = new SparseStore({ uri: 'file:///m.mtx', file: 'm.mtx' });
  if (isRead) {
    store.setOffer(offer);
  }
  const turns = new SparseTurns();
  const calls: EngineCall[] = [];
  const ended: string[] = [];
  const shown: Progress[] = [];
  const notification = new AbortController();
  const runs = new SparseRuns({
    store,
    turns,
    compare: (attempt, options) =>
      new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(new CancelledError()));
        calls.push({
          attempt,
          ...options,
          resolve: (outcome) =>
            resolve({
              file: 'm.mtx',
              seed: 0,
              threads: 1,
              elapsedMs: 1,
              outcomes: [{ attempt, ...outcome }],
            }),
          reject,
        });
      }),
    notify: (run) => run(notification.signal, (progress) => shown.push(progress)),
    onChange: () => {},
    onEnd: (key) => ended.push(key),
  });
  const states = () => store.model.outcomes.map(({ state }) => state);
  return { store, turns, calls, ended, shown, notification, runs, states };
}

describe('SparseRuns', () => {
  it('runs one attempt after the other, with one call at a time', async () => {
    const { calls, ended, runs, states, store } = setUp();
    runs.add([tsvd(1), tsvd(2)]);
    await turn();
    expect(states()).toEqual(['running', 'waiting']);
    expect(calls.map(({ attempt }) => attempt)).toEqual([tsvd(1)]);
    runs.add([tsvd(3)]);
    calls[0]?.resolve({ point: pointOf(tsvd(1)) });
    await turn();
    expect(states()).toEqual(['done', 'running', 'waiting']);
    calls[1]?.resolve({ point: pointOf(tsvd(2)) });
    await turn();
    calls[2]?.resolve({ point: pointOf(tsvd(3)) });
    await turn();
    expect(states()).toEqual(['done', 'done', 'done']);
    expect(ended).toEqual([1, 2, 3].map((rank) => keyOf(tsvd(rank))));
    expect(store.model.progress).toBeUndefined();
    expect(runs.isBusy).toBe(false);
  });

  it('does not compute again what is there, waits, or is under way', async () => {
    const { calls, runs } = setUp();
    runs.add([tsvd(1), tsvd(2)]);
    runs.add([tsvd(1), tsvd(2), { method: 'tsvd', options: {} }, tsvd(10)]);
    for (const at of [0, 1, 2]) {
      await turn();
      calls[at]?.resolve({ point: pointOf(tsvd(1)) });
    }
    await turn();
    runs.add([tsvd(1)]);
    await turn();
    expect(calls).toHaveLength(3);
  });

  it('goes on after an attempt that failed, or whose worker died', async () => {
    const { calls, runs, states, store } = setUp();
    runs.add([tsvd(1), tsvd(2), tsvd(3)]);
    await turn();
    const failure = { kind: 'memory', message: 'Too large.', details: {} } as const;
    calls[0]?.resolve({ failure });
    await turn();
    calls[1]?.reject(new WorkerError('The engine died.'));
    await turn();
    calls[2]?.resolve({ point: pointOf(tsvd(3)) });
    await turn();
    expect(states()).toEqual(['failed', 'failed', 'done']);
    expect(store.outcome(keyOf(tsvd(1)))?.failure).toEqual(failure);
    expect(store.outcome(keyOf(tsvd(2)))?.failure?.kind).toBe('worker');
  });

  it('says how far all of them are', async () => {
    const { calls, runs, shown, store } = setUp();
    runs.add([tsvd(1), neukron]);
    await turn();
    calls[0]?.resolve({ point: pointOf(tsvd(1)) });
    await turn();
    calls[1]?.onProgress({ attempt: 0, fraction: 0.5, message: 'Epoch 2' });
    expect(store.model.progress).toEqual({ fraction: 0.75, message: 'NeuKron: Epoch 2' });
    expect(shown.at(-1)).toEqual(store.model.progress);
  });

  it.each(['the page', 'the notification'])(
    'pauses a training when %s stops the run, and lets go what waits behind it',
    async (who) => {
      const { calls, notification, runs, states } = setUp();
      runs.add([neukron, tsvd(1)]);
      await turn();
      calls[0]?.onProgress({ attempt: 0, fraction: 0.1, epochs: epochsUpTo(3) });
      if (who === 'the page') {
        runs.cancel();
      } else {
        notification.abort();
      }
      await turn();
      expect(states()).toEqual(['paused', 'failed']);
      expect(calls).toHaveLength(1);
      expect(runs.isBusy).toBe(false);
    },
  );

  it('continues a paused training by running its attempt again', async () => {
    const { calls, runs, states, store } = setUp();
    runs.add([neukron]);
    await turn();
    calls[0]?.onProgress({ attempt: 0, fraction: 0.1, epochs: epochsUpTo(3) });
    runs.cancel();
    await turn();
    runs.add([neukron]);
    await turn();
    calls[1]?.onProgress({ attempt: 0, fraction: 0.2, epochs: epochsUpTo(5, 4) });
    expect(store.outcome(keyOf(neukron))?.epochs).toEqual(epochsUpTo(5));
    calls[1]?.resolve({ point: pointOf(neukron) });
    await turn();
    expect(states()).toEqual(['done']);
  });

  it('takes the point of a training that its engine gives back paused', async () => {
    const { calls, runs, store } = setUp();
    runs.add([neukron]);
    await turn();
    const point = pointOf(neukron, { paused: { epoch: 3, epochs: 9 } });
    calls[0]?.resolve({ point });
    await turn();
    expect(store.outcome(keyOf(neukron))).toMatchObject({ state: 'paused', point });
  });

  it('runs what is asked for right after a stop', async () => {
    const { calls, runs, states } = setUp();
    runs.add([tsvd(1), tsvd(2)]);
    await turn();
    runs.cancel();
    runs.add([tsvd(3)]);
    await turn();
    await turn();
    expect(states()).toEqual(['failed', 'failed', 'running']);
    calls[1]?.resolve({ point: pointOf(tsvd(3)) });
    await turn();
    expect(states()).toEqual(['failed', 'failed', 'done']);
  });

  it('lets go what was asked for while it was stopping, when it is stopped again', async () => {
    const { calls, runs, states } = setUp();
    runs.add([tsvd(1), tsvd(2)]);
    await turn();
    runs.cancel();
    runs.add([tsvd(3)]);
    runs.cancel();
    await turn();
    await turn();
    expect(states()).toEqual(['failed', 'failed', 'failed']);
    expect(calls).toHaveLength(1);
    expect(runs.isBusy).toBe(false);
  });

  it('says that it waits for a call that was made elsewhere', async () => {
    const { calls, runs, states, store, turns } = setUp();
    let read: (value: string) => void = () => {};
    const reading = turns.short(() => new Promise<string>((resolve) => (read = resolve)));
    runs.add([tsvd(1)]);
    await turn();
    expect(states()).toEqual(['waiting']);
    expect(store.model.progress?.message).toBe('Truncated SVD: waiting for the method under way');
    read('done');
    await reading;
    await turn();
    expect(states()).toEqual(['running']);
    expect(store.model.progress?.message).toBe('Truncated SVD');
    calls[0]?.resolve({ point: pointOf(tsvd(1)) });
    await turn();
    expect(states()).toEqual(['done']);
  });

  it('stops an attempt that is removed, and goes on with the next', async () => {
    const { calls, runs, states } = setUp();
    runs.add([tsvd(1), tsvd(2), tsvd(3)]);
    await turn();
    runs.remove(keyOf(tsvd(1)));
    runs.remove(keyOf(tsvd(2)));
    await turn();
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(calls[1]?.attempt).toEqual(tsvd(3));
    expect(states()).toEqual(['running']);
  });

  it('lets a training make room for a short call, and goes on with it', async () => {
    const { calls, runs, states, turns } = setUp();
    runs.add([neukron]);
    await turn();
    calls[0]?.onProgress({ attempt: 0, fraction: 0.1, epochs: epochsUpTo(3) });
    expect(await turns.short(async () => 'read')).toBe('read');
    await turn();
    expect(calls.map(({ attempt }) => attempt)).toEqual([neukron, neukron]);
    expect(states()).toEqual(['running']);
    calls[1]?.resolve({ point: pointOf(neukron) });
    await turn();
    expect(states()).toEqual(['done']);
  });

  it('is under way also while it makes room with a point of where it stands', async () => {
    const { calls, runs, states, store, turns } = setUp();
    runs.add([neukron]);
    await turn();
    calls[0]?.onProgress({ attempt: 0, fraction: 0.1, epochs: epochsUpTo(3) });
    const paused = pointOf(neukron, { paused: { epoch: 3, epochs: 9 } });
    let read: (value: string) => void = () => {};
    // Both in one turn, so that the answer comes before the stop sign is heard.
    calls[0]?.resolve({ point: paused });
    const reading = turns.short(() => new Promise<string>((resolve) => (read = resolve)));
    await turn();
    expect(store.outcome(keyOf(neukron))).toMatchObject({ state: 'running', point: paused });
    runs.add([neukron]);
    read('done');
    await reading;
    await turn();
    calls[1]?.resolve({ point: pointOf(neukron) });
    await turn();
    expect(states()).toEqual(['done']);
    expect(calls).toHaveLength(2);
  });

  it('ends everything when it is told to, and can be used again', async () => {
    const { calls, runs, states } = setUp();
    runs.add([tsvd(1), tsvd(2)]);
    await turn();
    await runs.end();
    expect(states()).toEqual(['failed', 'failed']);
    runs.add([tsvd(1)]);
    await turn();
    calls[1]?.reject(new FormatError('m.mtx is cut short.'));
    await turn();
    expect(states()).toEqual(['failed', 'failed']);
    await runs.end();
  });

  it('has ended only when what was asked for meanwhile has ended, too', async () => {
    const { calls, runs, states } = setUp();
    runs.add([tsvd(1)]);
    await turn();
    const ended = runs.end();
    runs.add([tsvd(2)]);
    await ended;
    expect(runs.isBusy).toBe(false);
    expect(states()).toEqual(['failed', 'failed']);
    expect(calls.slice(1).every(({ signal }) => signal.aborted)).toBe(true);
  });

  it('runs nothing before the file is read', async () => {
    const { calls, runs, states } = setUp({ isRead: false });
    runs.add([tsvd(1)]);
    await turn();
    expect([states(), calls, runs.isBusy]).toEqual([[], [], false]);
  });
});
