import type { EventHandlers } from '../../src/protocol/rpc';
import type {
  SparseAttempt,
  SparseModelView,
  SparseOffer,
  SparseOutcome,
  SparsePageEvents,
  SparseState,
} from '../../src/protocol/sparse';
import type { SparsePageHost } from '../../webview/sparse/sparsePage';
import { failure, keptState, never, record, wait } from './fakeHosts';
import {
  epochsOf,
  infoOf,
  matrixDims,
  offerFor,
  offersFor,
  outcomeOf,
  pointOf,
  reportOf,
  spyOf,
  tensorDims,
} from './sparseFixtures';

/** A host with data made up for the purpose; `state` is what the page finds at first. */
export function fakeSparseHost(state: string): SparsePageHost {
  const dims = state === 'tensor' ? tensorDims : matrixDims;
  const offer = offerOf(state, dims);
  let events: EventHandlers<SparsePageEvents> | undefined;
  let model: SparseModelView = initialModel(state, offer, dims);
  let stopped = false;
  let stoppedWriting = false;
  let writeFailures = state === 'write-failed' ? 1 : 0;

  const update = (change: Partial<SparseModelView>) => {
    model = { ...model, ...change };
    events?.model(model);
  };
  const put = (outcome: SparseOutcome) => {
    const key = JSON.stringify(outcome.attempt);
    const others = model.outcomes.filter(({ attempt }) => JSON.stringify(attempt) !== key);
    model = { ...model, outcomes: [...others, outcome] };
    events?.outcome(outcome);
  };
  const run = async (attempts: readonly SparseAttempt[]) => {
    stopped = false;
    const done = (attempt: SparseAttempt) =>
      model.outcomes.some(
        (one) => one.state === 'done' && JSON.stringify(one.attempt) === JSON.stringify(attempt),
      );
    const missing = attempts.filter((attempt) => !done(attempt));
    missing.forEach((attempt) => put({ attempt, state: 'waiting', epochs: [] }));
    for (const [index, attempt] of missing.entries()) {
      const progress = { fraction: index / missing.length, message: attempt.method };
      update({ progress });
      if (attempt.method === 'neukron') {
        await train(attempt);
      } else {
        await wait(30);
        put(outcomeOf(offer.methods, attempt, dims));
      }
      if (stopped) {
        const outcomes = model.outcomes.filter((one) => one.state !== 'waiting');
        return update({ progress: undefined, outcomes });
      }
    }
    update({ progress: undefined });
  };
  const train = async (attempt: SparseAttempt) => {
    const epochs = epochsOf(100);
    for (let at = 5; at <= 100 && !stopped; at += 5) {
      await wait(40);
      put({
        attempt,
        state: 'running',
        epochs: epochs.slice(0, at),
        spy: spyOf(dims, at / 100),
      });
    }
    const point = pointOf(offer.methods, attempt, dims);
    const paused = { epoch: model.outcomes.at(-1)?.epochs.length ?? 0, epochs: 500 };
    put({
      attempt,
      state: stopped ? 'paused' : 'done',
      point: stopped ? { ...point, paused } : point,
      epochs: stopped ? epochs.slice(0, paused.epoch) : epochs,
      spy: spyOf(dims, 0.9),
    });
  };

  return {
    ...keptState<SparseState>(),
    connect: (handlers) => {
      events = handlers;
      // For tests of what the host tells the page.
      Object.assign(globalThis, { sparseEvents: events, sparseModel: () => model });
      return {
        ready: async (params) => {
          record('ready', params);
          if (state === 'loading') {
            return never();
          }
          if (state === 'failed' && params.state === undefined) {
            throw failure('file', 'email-interactions.mtx cannot be read: permission denied.');
          }
          if (params.state && state === 'offer') {
            const outcomes = params.state.outcomes.map((one) =>
              outcomeOf(offer.methods, one, dims),
            );
            model = { ...model, outcomes };
          }
          return model;
        },
        run: async (params) => {
          record('run', params);
          void run(params.attempts);
        },
        cancel: async (params) => {
          record('cancel', params);
          stopped = true;
          if (!model.offer) {
            const cancelled = { kind: 'cancelled', message: 'Cancelled.', details: {} } as const;
            update({ progress: undefined, failure: cancelled });
          }
        },
        remove: async (params) => {
          record('remove', params);
          const key = JSON.stringify(params.attempt);
          update({
            outcomes: model.outcomes.filter(({ attempt }) => JSON.stringify(attempt) !== key),
          });
        },
        restart: async (params) => {
          record('restart', params);
          model = initialModel('offer', offer, dims);
          events?.model(model);
        },
        compress: async (params) => {
          record('compress', params);
          stoppedWriting = false;
          for (let step = 0; step <= 10; step++) {
            await wait(25);
            if (stoppedWriting) {
              throw failure('cancelled', 'Cancelled.');
            }
            events?.writeProgress({ fraction: step / 10, message: 'Checking the file' });
          }
          if (writeFailures-- > 0) {
            throw failure('file', 'No space is left on the disk.');
          }
          const written = reportOf(
            pointOf(offer.methods, params.attempt, dims), // A method that does not reorder keeps positions, whatever was asked for.
            params.withOrders || !['neukron', 'kronfit'].includes(params.attempt.method),
          );
          model = { ...model, written };
          return written;
        },
        cancelWrite: async (params) => {
          record('cancelWrite', params);
          stoppedWriting = true;
        },
        entries: async (params) => {
          record('entries', params);
          await wait(20);
          return {
            values: params.indices.map(([row = 0, column = 0]) => ((row + column) % 7) / 8),
            microseconds: 4.91,
          };
        },
        save: async (params) => {
          record('save', { name: params.name });
          Object.assign(globalThis, { saved: params.content });
          return `/workspace/data/${params.name}`;
        },
        open: async (params) => record('open', params),
        reveal: async (params) => record('reveal', params),
      };
    },
  };
}

function offerOf(state: string, dims: readonly number[]): SparseOffer {
  if (state === 'none') {
    const reason = 'The tensor has no nonzeros, so that there is nothing to compress.';
    return offerFor(dims, { methods: offersFor(dims, reason) });
  }
  if (state === 'negative') {
    const info = infoOf(dims, { negative: 1204, min: -3.25 });
    const methods = offersFor(dims).map((one) =>
      one.method === 'neukron' || one.method === 'kronfit'
        ? { ...one, unavailable: '1 204 values are negative, which it cannot represent.', suggested: [] }
        : one,
    ); // prettier-ignore
    return offerFor(dims, { info, methods });
  }
  return offerFor(dims);
}

function initialModel(state: string, offer: SparseOffer, dims: readonly number[]): SparseModelView {
  const base = {
    uri: 'file:///workspace/data/email-interactions.mtx',
    file: dims.length > 2 ? 'data/clicks.tns' : 'data/email-interactions.mtx',
    outcomes: [],
  };
  const { methods } = offer;
  const suggested = methods.flatMap((one) => one.suggested);
  const all = suggested.map((attempt) => outcomeOf(methods, attempt, dims));
  const training = { method: 'neukron', options: { hidden: 30 } } as const;
  const trained = pointOf(methods, training, dims);
  const others = all.filter(({ attempt }) => JSON.stringify(attempt) !== JSON.stringify(training));
  switch (state) {
    case 'reading':
      return { ...base, progress: { fraction: 0.37, message: '34 121 of 92 402 entries' } };
    case 'unread':
      return {
        ...base,
        failure: {
          kind: 'format',
          message: 'email-interactions.mtx: line 1 201 has two numbers, and three are needed.',
          details: { file: '/workspace/data/email-interactions.mtx' },
        },
      };
    case 'done':
    case 'write-failed':
    case 'tensor':
      return { ...base, offer, outcomes: all };
    case 'written':
      return { ...base, offer, outcomes: all, written: reportOf(trained, true) };
    case 'writing':
      return { ...base, offer, outcomes: all, writing: { fraction: 0.4, message: 'Checking' } };
    case 'running':
      return {
        ...base,
        offer,
        outcomes: [
          ...others.slice(5),
          { attempt: training, state: 'running', epochs: epochsOf(214), spy: spyOf(dims, 0.5) },
          ...others.slice(2, 4).map(({ attempt }) => ({ attempt, state: 'waiting' as const, epochs: [] })),
        ],
        progress: { fraction: 0.62, message: 'NeuKron, hidden units 30: epoch 214 of 500' },
      }; // prettier-ignore
    case 'paused':
      return {
        ...base,
        offer,
        outcomes: [
          ...others.slice(5),
          {
            ...outcomeOf(methods, training, dims),
            state: 'paused',
            point: { ...trained, paused: { epoch: 120, epochs: 500 } },
            epochs: epochsOf(120),
          },
        ],
      };
    case 'long':
      return {
        ...base,
        offer,
        outcomes: [{ ...outcomeOf(methods, training, dims), epochs: epochsOf(10_000) }],
      };
    case 'stopped':
      return {
        ...base,
        offer,
        outcomes: [
          ...all.slice(10, 14),
          {
            attempt: suggested[14] ?? training,
            state: 'failed',
            epochs: [],
            failure: {
              kind: 'memory',
              message: 'Rank 100 needs 4.2 GB, more than is free.',
              details: {},
            },
          },
        ],
        failure: {
          kind: 'worker',
          message: 'The engine stopped: out of memory. It was restarted.',
          details: {},
        },
      };
    default:
      return { ...base, offer };
  }
}
