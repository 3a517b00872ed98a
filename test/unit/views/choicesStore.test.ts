import { describe, expect, it } from 'vitest';
import type { Choice, PlanView, TensorCost } from '../../../src/protocol/choices';
import type { ChoicesResult } from '../../../src/protocol/engine';
import type { Settings } from '../../../src/host/settings';
import { ChoicesStore } from '../../../src/views/choices/choicesStore';

const settings: Settings = {
  methods: ['svd'],
  keptLevels: [0.25, 0.5],
  defaultKept: 0.5,
  outputSuffix: '.pressed',
  seed: 3,
  histogramBins: 64,
};

const cost = (tensor: string): TensorCost => ({
  tensor,
  shape: [4, 4],
  dtype: 'float32',
  parameters: 16,
  bytes: 64,
  macs: 16,
});

const choice = (tensor: string, kept: number): Choice => ({
  tensor,
  shape: [4, 4],
  method: 'svd',
  kept,
  rank: 1,
  parameters: 8,
  denseParameters: 16,
  keptActual: 0.5,
  bytes: 32,
  denseBytes: 64,
  macs: 8,
  denseMacs: 16,
  error: { absolute: 1, relative: 0.1, scaled: 0.01 },
  profitable: true,
  elapsedMs: 1,
});

const result: ChoicesResult = {
  file: 'm.safetensors',
  backend: 'wasm',
  seed: 3,
  sha256: 'abc',
  elapsedMs: 10,
  choices: [choice('a', 0.25), choice('a', 0.5)],
  skipped: [{ tensor: 'b', shape: [4], reason: 'a vector' }],
  tensors: [cost('a'), cost('b')],
};

const planned: PlanView = {
  plan: {
    version: 1,
    source: { file: 'm.safetensors' },
    budget: { kept: 0.5 },
    seed: 3,
    tensors: [],
  },
  summary: {
    feasible: true,
    parameters: 8,
    denseParameters: 16,
    bytes: 32,
    denseBytes: 64,
    addedHeaderBytes: 0,
    macs: 8,
    denseMacs: 16,
    error: { absolute: 1, relative: 0.1 },
  },
};

function createStore(): ChoicesStore {
  const store = new ChoicesStore({ uri: 'file:///m', file: 'm' }, { kept: 0.5 }, []);
  store.begin(1000, settings, 'm.safetensors');
  return store;
}

describe('ChoicesStore', () => {
  it('can be planned for as soon as the tensors are known', () => {
    const store = createStore();
    expect(store.planRequest).toBeUndefined();
    store.add({ fraction: 0, choices: [], skipped: [], tensors: [cost('a')] });
    store.add({ fraction: 0.5, choices: [choice('a', 0.25)], skipped: [] });
    expect(store.planRequest).toMatchObject({
      file: 'm.safetensors',
      seed: 3,
      budget: { kept: 0.5 },
      tensors: [{ tensor: 'a' }],
      choices: [{ kept: 0.25 }],
    });
  });

  it('gathers what has been added since it was last taken', () => {
    const store = createStore();
    store.add({ fraction: 0.2, choices: [choice('a', 0.25)], skipped: [] });
    store.add({ fraction: 0.4, message: 'a', choices: [choice('a', 0.5)], skipped: [] });
    const added = store.takeAdded();
    expect(added?.choices.map(({ kept }) => kept)).toEqual([0.25, 0.5]);
    expect(added?.progress).toEqual({ fraction: 0.4, message: 'a' });
    expect(store.takeAdded()).toBeUndefined();
  });

  it('shows the whole result in place of its parts at the end', () => {
    const store = createStore();
    store.add({ fraction: 0.9, choices: [choice('a', 0.5)], skipped: [], tensors: [cost('a')] });
    store.finish(result);
    expect(store.model).toMatchObject({ ...{ progress: undefined, failure: undefined } });
    expect(store.model.choices).toEqual(result.choices);
    expect(store.model.tensors).toEqual(result.tensors);
    expect(store.takeAdded()).toBeUndefined();
  });

  it('keeps the choices that had arrived when it is cancelled, and says so', () => {
    const store = createStore();
    store.add({ fraction: 0.5, choices: [choice('a', 0.5)], skipped: [], tensors: [cost('a')] });
    store.fail({ kind: 'cancelled', message: 'Cancelled.', details: {} });
    expect(store.model.cancelled).toBe(true);
    expect(store.model.failure).toBeUndefined();
    expect(store.model.choices).toHaveLength(1);
    expect(store.planRequest).toBeDefined();
  });

  it('forgets failure, choices and plan when it begins again', () => {
    const store = createStore();
    store.finish(result);
    store.fail({ kind: 'file', message: 'gone', details: {} });
    store.begin(2000, settings, 'm.safetensors');
    expect(store.model).toMatchObject({
      fileBytes: 2000,
      choices: [],
      tensors: [],
      failure: undefined,
      planned: undefined,
      progress: { fraction: 0 },
    });
  });

  it('refuses the plan of a budget that is no longer wanted', () => {
    const store = createStore();
    store.finish(result);
    const request = store.planRequest;
    expect(request?.sha256).toBe('abc');
    store.setBudget({ kept: 0.25 }, []);
    expect(request && store.setPlanned(request, planned)).toBe(false);
    expect(store.model.planned).toBeUndefined();
    const current = store.planRequest;
    expect(current && store.setPlanned(current, planned)).toBe(true);
    expect(store.model.planned).toBe(planned);
  });

  it('adopts what the page kept, once and only for its own file', () => {
    const store = createStore();
    const state = { uri: 'file:///m', budget: { maxError: 0.1 }, overrides: [] };
    expect(store.adopt({ ...state, uri: 'file:///other' })).toBe(false);
    expect(store.adopt(state)).toBe(true);
    expect(store.adopt(state)).toBe(false);
    expect(store.model.budget).toEqual({ maxError: 0.1 });
  });
});
