import { describe, expect, it } from 'vitest';
import {
  frontier,
  rangesByMethod,
  smallestWithin,
} from '../../../../src/benchmarks/sparse/frontier';

const points = [
  { method: 'A', label: '3', bytes: 300, error: 4 },
  { method: 'A', label: '1', bytes: 100, error: 9 },
  { method: 'B', label: '1', bytes: 50, error: 11 },
  { method: 'B', label: '2', bytes: 200, error: 9 },
  { method: 'A', label: '2', bytes: 150, error: 8 },
  { method: 'B', label: '3', bytes: 400, error: 1 },
  { method: 'C', label: '1', bytes: 400, error: 2 },
];

describe('the frontier', () => {
  it('has for every size the lowest error of at most that size, below that of nothing', () => {
    const steps = frontier(points, 10);
    expect(steps.map(({ from, to, point }) => [from, to, point.method + point.label])).toEqual([
      [100, 150, 'A1'],
      [150, 300, 'A2'],
      [300, 400, 'A3'],
      [400, undefined, 'B3'],
    ]);
    for (let bytes = 0; bytes < 500; bytes += 10) {
      const within = points.filter((point) => point.bytes <= bytes).map(({ error }) => error);
      const step = steps.find(({ from, to = Infinity }) => from <= bytes && bytes < to);
      expect(step?.point.error ?? 10).toBe(Math.min(10, ...within));
    }
  });

  it('joins neighbouring sizes of one method', () => {
    expect(rangesByMethod(frontier(points, 10))).toEqual([
      { method: 'A', from: 100, to: 400 },
      { method: 'B', from: 400, to: undefined },
    ]);
  });

  it('is empty when nothing is better than nothing', () => {
    expect(frontier(points, 1)).toEqual([]);
    expect(rangesByMethod([])).toEqual([]);
  });
});

describe('smallestWithin', () => {
  it('finds the smallest that is at most as wrong', () => {
    expect(smallestWithin(points, 8.5)?.bytes).toBe(150);
    expect(smallestWithin(points, 1)?.method).toBe('B');
    expect(smallestWithin(points, 0.5)).toBeUndefined();
  });
});
