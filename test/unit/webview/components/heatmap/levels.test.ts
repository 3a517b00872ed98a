import { describe, expect, it } from 'vitest';
import { levelsOf, valueAt, valueRange } from '../../../../../webview/components/heatmap/levels';

describe('levels of values', () => {
  const values = Float32Array.of(0, 0.001, 0.1, 1, 10);

  it('are spread from zero to the largest value', () => {
    const range = valueRange(values, 'linear');
    expect(range).toEqual({ scale: 'linear', low: 0, high: 10 });
    expect([...levelsOf(values, range)]).toEqual([0, 0, 3, 26, 255]);
    expect(valueAt(range, 0.5)).toBe(5);
  });

  it('are spread by magnitude on a logarithmic scale, zero with the smallest', () => {
    const powers = Float32Array.of(0, 1, 8, 64, 512);
    const range = valueRange(powers, 'log');
    expect(range).toEqual({ scale: 'log', low: 1, high: 512 });
    expect([...levelsOf(powers, range)]).toEqual([0, 0, 85, 170, 255]);
    expect(valueAt(range, 2 / 3)).toBeCloseTo(64, 6);
  });

  it('reach no more than six decades down', () => {
    const range = valueRange(Float32Array.of(1e-20, 1), 'log');
    expect(range.low).toBeCloseTo(1e-6, 12);
  });

  it('are all the lowest where every value is zero', () => {
    const zeros = new Float32Array(4);
    expect([...levelsOf(zeros, valueRange(zeros, 'log'))]).toEqual([0, 0, 0, 0]);
  });

  it('tell equal values on a logarithmic scale from zero', () => {
    const equal = Float32Array.of(2, 2, 0);
    expect([...levelsOf(equal, valueRange(equal, 'log'))]).toEqual([255, 255, 0]);
  });

  it('are written into an array that fits', () => {
    const old = new Uint8Array(values.length);
    expect(levelsOf(values, valueRange(values, 'linear'), old)).toBe(old);
    expect(levelsOf(values, valueRange(values, 'linear'), new Uint8Array(2))).toHaveLength(5);
  });
});
