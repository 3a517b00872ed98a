import { describe, expect, it } from 'vitest';
import {
  byteTicks,
  decimalTicks,
  logRange,
  shareOf,
} from '../../../../../webview/components/scatter/axes';

describe('a logarithmic axis', () => {
  it('has all positive values on it, with room beside them', () => {
    const { high, low } = logRange([8, 0, 512, -3, NaN]);
    expect(low).toBeLessThan(8);
    expect(high).toBeGreaterThan(512);
    expect(low).toBeGreaterThan(4);
    expect(high).toBeLessThan(1024);
  });

  it('has an extent for one value, and for none', () => {
    const { high, low } = logRange([100]);
    expect(high / low).toBeGreaterThan(1.5);
    expect(Math.sqrt(high * low)).toBeCloseTo(100, 6);
    expect(logRange([0])).toEqual({ low: 1, high: 10 });
  });

  it('measures by ratio, and puts what it cannot show at its low end', () => {
    const range = { low: 1, high: 10_000 };
    expect(shareOf(range, 100)).toBeCloseTo(0.5, 12);
    expect(shareOf(range, 0)).toBe(0);
    expect(shareOf(range, 0.01)).toBe(0);
  });

  it('has ticks of bytes at powers of two, no more of them than fit', () => {
    expect(byteTicks({ low: 900, high: 10_000 }, 8)).toEqual([1024, 2048, 4096, 8192]);
    expect(byteTicks({ low: 900, high: 3e6 }, 8)).toEqual([1024, 4096, 16_384, 65_536, 262_144, 1_048_576]); // prettier-ignore
    expect(byteTicks({ low: 900, high: 3e9 }, 4)).toEqual([2 ** 10, 2 ** 20, 2 ** 30]);
    for (const most of [2, 3, 5, 9]) {
      expect(byteTicks({ low: 1, high: 2 ** 45 }, most).length).toBeLessThanOrEqual(most);
    }
  });

  it('has round decimal ticks: decades where they are enough, else parts of them', () => {
    expect(decimalTicks({ low: 0.5, high: 2e4 }, 6)).toEqual([1, 10, 100, 1000, 10_000]);
    expect(decimalTicks({ low: 0.9, high: 120 }, 9)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(decimalTicks({ low: 0.42, high: 1.05 }, 8)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(decimalTicks({ low: 0.951, high: 0.978 }, 8)).toEqual([0.955, 0.96, 0.965, 0.97, 0.975]);
  });

  it('never has more decimal ticks than fit', () => {
    for (const [low, high] of [
      [1e-9, 1e9],
      [0.3, 0.9],
      [2.01, 2.02],
      [1, 1000],
    ] as const) {
      for (const most of [2, 4, 8]) {
        const ticks = decimalTicks({ low, high }, most);
        expect(ticks.length).toBeLessThanOrEqual(most);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.every((tick) => tick >= low && tick <= high)).toBe(true);
      }
    }
  });
});
