import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../../src/engine/random';
import { EntrySelection, type Keep } from '../../../../../src/engine/sparse/calls/entrySelection';
import { MagnitudeCounts } from '../../../../../src/engine/sparse/calls/magnitudeCounts';
import { FormatError, OutOfMemoryError } from '../../../../../src/failures';

/** The numbers of the entries kept of a stream, ascending; fails where a value went astray. */
function kept(values: readonly number[], order: readonly number[], keep: Keep): Float64Array {
  const selection = new EntrySelection(keep, 2 ** 22);
  for (const position of order) {
    if (selection.isWanted(values[position])) {
      selection.add(position, values[position]);
    }
  }
  const { positions, values: found } = selection.finish();
  expect(found.every((value, e) => value === values[positions[e]])).toBe(true);
  return positions.slice().sort();
}

/** All entries but zeros, the largest first, of equals those with lower numbers. */
function byMagnitude(values: readonly number[]): Float64Array {
  const numbers = values
    .map((_, position) => position)
    .filter((position) => values[position] !== 0);
  return Float64Array.from(
    numbers.sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b),
  );
}

/** Far faster than `toEqual` for long arrays. */
function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function shuffled(count: number, seed: number): number[] {
  const random = createRandom(seed);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random.next());
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('entries selected from a stream', () => {
  const count = 150_000;
  const random = createRandom(5);
  const streams: readonly [string, readonly number[]][] = [
    ['of many values', Array.from({ length: count }, () => random.normal())],
    [
      'of few values, so that ties decide',
      Array.from({ length: count }, () => Math.floor(5 * random.next()) - 2),
    ],
    ['that rises', Array.from({ length: count }, (_, i) => i)],
    ['all alike', Array.from({ length: count }, () => -3)],
    ['of zeros', Array.from({ length: count }, () => 0)],
  ];
  it.each(streams)('are the largest, the first ones of equals: %s', (_, values) => {
    const sorted = byMagnitude(values);
    for (const order of [shuffled(count, 1), Array.from({ length: count }, (_unused, i) => i)]) {
      for (const largest of [1, 1000, 40_000, 400_000]) {
        const wanted = sorted.slice(0, largest).sort();
        expect(isSame(kept(values, order, { largest }), wanted)).toBe(true);
      }
    }
  });

  it('reach the threshold, which belongs to them', () => {
    const values = [0.5, -0.25, 0, 0.25, -1, 0.2499999];
    const order = [3, 1, 5, 0, 4, 2];
    expect(kept(values, order, { threshold: 0.25 })).toEqual(Float64Array.of(0, 1, 3, 4));
    // Zeros are never entries.
    expect(kept(values, order, { threshold: 0 })).toEqual(Float64Array.of(0, 1, 3, 4, 5));
  });

  it('are counted to the end where too many pass, and a threshold is named that fits', () => {
    const selection = new EntrySelection({ threshold: 0.1 }, 2 ** 16);
    const values = Array.from({ length: 200_000 }, (_, i) => (i + 1) / 100_000);
    values.forEach((value, position) => {
      if (selection.isWanted(value)) {
        selection.add(position, value);
      }
    });
    const failure = thrownBy(() => selection.finish());
    expect(failure).toBeInstanceOf(OutOfMemoryError);
    const [, total, threshold, most] =
      /^(\d+) entries .* threshold of ([\d.]+) keeps (\d+) or fewer/.exec(failure.message)!;
    expect(Number(total)).toBe(190_001);
    expect(Number(most)).toBeLessThanOrEqual(2 ** 16);
    const passing = values.filter((value) => value >= Number(threshold)).length;
    expect(passing).toBeLessThanOrEqual(Number(most));
    // A bin is a 64th of an octave wide.
    expect(passing).toBeGreaterThan(0.93 * 2 ** 16);
  });

  it('point to the largest ones where no threshold tells the values apart', () => {
    const selection = new EntrySelection({ threshold: 1 }, 2 ** 16);
    for (let position = 0; position < 70_000; position++) {
      selection.add(position, 1);
    }
    expect(() => selection.finish()).toThrow(/70000 entries .* Ask for the 32768 largest/);
  });

  it('may not be infinite, nor more than can be held', () => {
    const selection = new EntrySelection({ threshold: 0 }, 100);
    expect(() => selection.isWanted(NaN)).toThrow(FormatError);
    expect(() => selection.isWanted(-Infinity)).toThrow(FormatError);
    expect(() => new EntrySelection({ largest: 60 }, 100)).toThrow(/at most 50/);
  });
});

describe('counts of magnitudes', () => {
  it('hold for subnormal and for the largest numbers', () => {
    const counts = new MagnitudeCounts();
    const magnitudes = [5e-324, 1e-310, 1e-10, 1, 1.5, 1e10, Number.MAX_VALUE];
    magnitudes.forEach((magnitude) => counts.add(magnitude));
    for (let most = 0; most <= magnitudes.length; most++) {
      const { threshold, count } = counts.thresholdFor(most);
      expect(count).toBeLessThanOrEqual(most);
      expect(magnitudes.filter((magnitude) => magnitude >= threshold).length).toBeLessThanOrEqual(
        count,
      );
    }
  });
});
