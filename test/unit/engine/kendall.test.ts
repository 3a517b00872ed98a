import { describe, expect, it } from 'vitest';
import { countBySorting, countPairs, kendallTau } from '../../../src/engine/kendall';
import { createRandom } from '../../../src/engine/random';

describe('kendallTau', () => {
  const a = [0.1, 0.2, 0.3, 0.4, 0.4];
  const p = [5, 7, 6, 9, 7];

  it('gives tau-a and tau-b of an example with ties, and what they are made of', () => {
    const result = kendallTau(a, p);
    expect(result).toEqual({
      tau: 0.6,
      concordant: 7,
      discordant: 1,
      tiedFirst: 1,
      tiedSecond: 1,
      tiedBoth: 0,
    });
    expect(kendallTau(a, p, 'b').tau).toBeCloseTo(2 / 3, 14);
  });

  it('is 1 for the same order, -1 for the opposite one, whatever the scale', () => {
    const small = [1e-300, 2e-300, 3e-300];
    expect(kendallTau(small, [1, 2, 3]).tau).toBe(1);
    expect(kendallTau(small, [3, 2, 1]).tau).toBe(-1);
    expect(kendallTau([1, 2, Infinity], [1, 2, 3]).tau).toBe(1);
  });

  it('is undefined, not 0, where 0 would be divided by 0', () => {
    expect(kendallTau([], []).tau).toBeUndefined();
    expect(kendallTau([1], [1]).tau).toBeUndefined();
    expect(kendallTau([1, 1], [1, 2], 'b').tau).toBeUndefined();
    expect(kendallTau([1, 1], [1, 2]).tau).toBe(0);
  });

  it('refuses unpaired values and NaN', () => {
    expect(() => kendallTau([1], [1, 2])).toThrow(/pairs/);
    expect(() => kendallTau([1, NaN], [1, 2])).toThrow(/NaN/);
  });

  it('counts by sorting what it counts pair by pair, ties of every kind included', () => {
    const random = createRandom(3);
    for (const [length, values] of [
      [2, 2],
      [57, 5],
      [200, 1000],
      [333, 12],
    ]) {
      const draw = () => Array.from({ length }, () => Math.floor(random.next() * values));
      const first = draw();
      const second = draw();
      expect(countBySorting(first, second)).toEqual(countPairs(first, second));
    }
  });

  it('is quick above 5000 values', () => {
    const random = createRandom(4);
    const first = Float64Array.from({ length: 100_000 }, () => random.next());
    const result = kendallTau(
      first,
      first.map((value) => value + 0.2 * random.next()),
    );
    expect(result.tau).toBeGreaterThan(0.8);
    expect(result.concordant + result.discordant).toBe((100_000 * 99_999) / 2);
  });
});
