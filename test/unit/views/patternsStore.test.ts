import { describe, expect, it } from 'vitest';
import type { TensorRow } from '../../../src/protocol/engine';
import type { PatternReport } from '../../../src/protocol/patterns';
import { PatternsStore } from '../../../src/views/patterns/patternsStore';

const uri = 'file:///weights/m.safetensors';
const row = (name: string, shape: readonly number[], dtype = 'float32'): TensorRow => {
  const parameters = shape.reduce((product, size) => product * size, 1);
  return { name, shape, dtype, parameters, bytes: 4 * parameters };
};
const tensors = [row('conv', [16, 6, 5, 5]), row('fc1', [120, 400]), row('fc2', [84, 120])];
const failure = { kind: 'format', message: 'm.safetensors is cut short.', details: {} } as const;
const report: PatternReport = {
  output: '/weights/m.pressed.safetensors',
  as: 'bsr',
  sourceBytes: 100,
  outputBytes: 60,
  relativeError: 0.1,
  dropped: 10,
  elements: 20,
  elapsedMs: 1,
};

const createStore = () => new PatternsStore({ uri, file: 'm.safetensors' });

describe('PatternsStore', () => {
  it('lists the tensors with the reasons of those that have no pattern', () => {
    const store = createStore();
    store.setFile({ tensors: [...tensors, row('bias', [84])] });
    expect(store.model).toEqual({
      uri,
      file: 'm.safetensors',
      tensors: [
        { name: 'conv', shape: [16, 6, 5, 5], dtype: 'float32' },
        { name: 'fc1', shape: [120, 400], dtype: 'float32' },
        { name: 'fc2', shape: [84, 120], dtype: 'float32' },
        { name: 'bias', shape: [84], dtype: 'float32', reason: '1-D tensor' },
      ],
      selected: 'fc1',
      failure: undefined,
      written: undefined,
    });
  });

  it('shows the tensor that was chosen, before the one that a page kept', () => {
    const store = createStore();
    store.choose('fc2');
    store.adopt({ uri, tensor: 'conv' });
    store.setFile({ tensors });
    expect(store.model.selected).toBe('fc2');
  });

  it('takes over the tensor that a page of the same file kept', () => {
    const store = createStore();
    store.setFile({ tensors });
    store.adopt({ uri: 'file:///other.npz', tensor: 'conv' });
    expect(store.model.selected).toBe('fc1');
    store.adopt({ uri, tensor: 'conv' });
    expect(store.model.selected).toBe('conv');
  });

  it('shows the first to show when the chosen one has gone from the file, and it again when it is back', () => {
    const store = createStore();
    store.choose('fc2');
    store.setFile({ tensors: tensors.slice(0, 2) });
    expect(store.model.selected).toBe('fc1');
    store.setFile({ tensors });
    expect(store.model.selected).toBe('fc2');
  });

  it('has no tensors while the file cannot be read, and forgets the failure with the next reading', () => {
    const store = createStore();
    store.setFile({ tensors });
    store.fail(failure);
    expect(store.failed).toBe(true);
    expect(store.model).toMatchObject({ tensors: [], selected: undefined, failure });
    store.setFile({ tensors });
    expect(store.failed).toBe(false);
    expect(store.model).toMatchObject({ selected: 'fc1', failure: undefined });
  });

  it('keeps what was written last, for a page that comes back', () => {
    const store = createStore();
    store.setFile({ tensors });
    store.setWritten(report);
    expect(store.model.written).toBe(report);
  });
});
