import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../../../webview/patterns/histogram';

describe('a histogram of scores', () => {
  const values = Float32Array.from({ length: 1000 }, (_, index) => (index % 100) / 10);
  const sum = (bins: readonly { readonly y: number }[]) =>
    bins.reduce((total, { y }) => total + y, 0);

  it('counts every value once, from zero to the largest', () => {
    const { bins, zeros } = histogramOf(values, 'linear');
    expect(sum(bins)).toBe(1000);
    expect(zeros).toBe(0);
    const half = (bins[1].x - bins[0].x) / 2;
    expect(bins[0].x - half).toBeCloseTo(0, 6);
    expect(bins.at(-1)!.x + half).toBeCloseTo(9.9, 5);
    for (const { x, y } of bins) {
      const inBin = values.filter((value) => Math.abs(value - x) < half - 1e-5).length;
      expect(y).toBeGreaterThanOrEqual(inBin);
    }
  });

  it('counts zeros apart where there is no logarithm for them', () => {
    const { bins, zeros } = histogramOf(values, 'log');
    expect(zeros).toBe(10);
    expect(sum(bins)).toBe(990);
  });

  it('is a single bar where everything is zero', () => {
    expect(histogramOf(new Float32Array(5), 'log')).toMatchObject({ bins: [{ x: 0, y: 5 }] });
  });

  it('has room for values that are all the same', () => {
    expect(sum(histogramOf(Float32Array.of(3, 3, 3), 'log').bins)).toBe(3);
  });
});
