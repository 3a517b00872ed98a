import { describe, expect, it } from 'vitest';
import { ModelCache, type MadeModel } from '../../../../../src/engine/sparse/calls/modelCache';
import type { SparseModel } from '../../../../../src/engine/sparse/sparseModel';

/** A model that holds `bytes` of numbers, some of them twice. */
function holding(bytes: number): MadeModel {
  const numbers = new Uint8Array(bytes);
  const model = { bytes: 8, orderBytes: 0, factors: [{ numbers }, numbers.subarray(1)] };
  return {
    attempt: { method: 'cp', options: {} },
    label: 'rank 1',
    model: model as unknown as SparseModel,
    notes: [],
    elapsedMs: 0,
  };
}

describe('a cache of models', () => {
  it('drops those used longest ago beyond a quarter of the memory', () => {
    const cache = new ModelCache();
    for (const key of ['a', 'b', 'c']) {
      cache.keep(key, holding(100), 1600);
    }
    expect(cache.get('a')).toBeDefined();
    cache.keep('d', holding(150), 1600);
    expect(cache.get('b')).toBeUndefined();
    expect(['a', 'c', 'd'].map((key) => cache.get(key) !== undefined)).toEqual([true, true, true]);
    cache.keep('e', holding(399), 1600);
    expect(['a', 'c', 'd'].map((key) => cache.get(key) !== undefined)).toEqual([
      false,
      false,
      false,
    ]);
    expect(cache.get('e')).toBeDefined();
    cache.keep('f', holding(401), 1600);
    expect(cache.get('f')).toBeUndefined();
  });

  it('keeps the last model of a key, and nothing when it is cleared', () => {
    const cache = new ModelCache();
    const [first, second] = [holding(1), holding(2)];
    cache.keep('a', first);
    cache.keep('a', second);
    expect(cache.get('a')).toBe(second);
    cache.clear();
    expect(cache.get('a')).toBeUndefined();
  });
});
