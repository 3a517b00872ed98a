import { describe, expect, it } from 'vitest';
import { degreeSequence } from '../../../../src/benchmarks/sparse/degreeSequence';
import { email, exampleTensor } from '../../../../src/benchmarks/sparse/published';
import {
  emailLike,
  exampleLike,
  syntheticTensor,
  type SyntheticShape,
} from '../../../../src/benchmarks/sparse/syntheticTensor';
import { jobFromSignal, unattended } from '../../../../src/engine/job';
import type { SparseTensor } from '../../../../src/engine/sparse/sparseTensor';
import { CancelledError, Failure, UsageError } from '../../../../src/failures';

/** Nonzeros of every index of a mode, in falling order. */
function degreesOf({ dims, indices }: SparseTensor, mode: number): number[] {
  const degrees = new Array<number>(dims[mode]).fill(0);
  indices[mode].forEach((index) => degrees[index]++);
  return degrees.sort((a, b) => b - a);
}

function placesOf({ indices }: SparseTensor): Set<string> {
  return new Set(Array.from(indices[0], (_, e) => indices.map((keys) => keys[e]).join()));
}

const small: SyntheticShape = {
  nonzeros: 600,
  modes: [
    { size: 40, least: 1, most: 60, tail: 1.35 },
    { size: 90, least: 1, most: 30, tail: 1.5 },
  ],
  blocks: 6,
  scattered: 0.1,
  repeats: 0,
};

describe('degreeSequence', () => {
  it('adds up to the total, in falling order and within its bounds', () => {
    for (const total of [40, 41, 333, 2000, 2400]) {
      const degrees = degreeSequence({ size: 40, least: 1, most: 60, tail: 1.5 }, total);
      expect(degrees.reduce((sum, degree) => sum + degree, 0)).toBe(total);
      expect([...degrees]).toEqual([...degrees].sort((a, b) => b - a));
      expect(degrees[0]).toBeLessThanOrEqual(60);
      expect(degrees[39]).toBeGreaterThanOrEqual(1);
    }
  });

  it('follows the stretched exponential law where nothing is cut off', () => {
    const size = 2000;
    const tail = 1.2;
    const degrees = degreeSequence({ size, least: 0, most: 1e6, tail }, 400_000);
    const quantile = (i: number): number => (-Math.log((i + 0.5) / size)) ** tail;
    const all = Array.from({ length: size }, (_, i) => quantile(i));
    const scale = 400_000 / all.reduce((sum, one) => sum + one, 0);
    for (const i of [0, 10, 500, 1500]) {
      expect(Math.abs(degrees[i] - scale * all[i])).toBeLessThanOrEqual(1);
    }
  });

  it('refuses totals that no degrees between the bounds reach', () => {
    const shape = { size: 10, least: 2, most: 5, tail: 1 };
    expect(() => degreeSequence(shape, 19)).toThrow(UsageError);
    expect(() => degreeSequence(shape, 51)).toThrow(
      '51 nonzeros cannot be spread over 10 indices of 2 to 5 each',
    );
  });
});

describe('syntheticTensor', () => {
  it('has as many nonzeros as asked for, at different places, and exactly the degrees', () => {
    const X = syntheticTensor(small, 3, unattended);
    expect(X.dims).toEqual([40, 90]);
    expect(X.values).toHaveLength(600);
    expect(placesOf(X).size).toBe(600);
    small.modes.forEach((mode, m) => {
      expect(degreesOf(X, m)).toEqual([...degreeSequence(mode, 600)]);
    });
    expect(X.values.every((value) => value === 1)).toBe(true);
  });

  it('is the same for a seed and another one for another', () => {
    const first = syntheticTensor(small, 3, unattended);
    expect(syntheticTensor(small, 3, unattended)).toEqual(first);
    expect(placesOf(syntheticTensor(small, 4, unattended))).not.toEqual(placesOf(first));
  });

  it('has pairs of rows that share more columns with blocks than without', () => {
    const modes = [60, 300].map((size) => ({ size, least: 1, most: 60, tail: 0.5 }));
    const shared = (blocks: number): number => {
      const shape = { ...small, nonzeros: 900, modes, blocks, scattered: 0.05 };
      const X = syntheticTensor(shape, 1, unattended);
      const rows = Array.from({ length: 60 }, () => new Set<number>());
      X.indices[0].forEach((row, e) => rows[row].add(X.indices[1][e]));
      return rows.reduce(
        (sum, row, i) =>
          sum +
          rows
            .slice(0, i)
            .reduce((found, other) => found + [...row].filter((j) => other.has(j)).length ** 2, 0),
        0,
      );
    };
    // Every column has as many pairs either way; with blocks they are the same ones again and again.
    expect(shared(12)).toBeGreaterThan(1.3 * shared(1));
  });

  it('is like email and like the example tensor in size, nonzeros and heaviest indices', () => {
    const matrix = syntheticTensor(emailLike, 0, unattended);
    expect([matrix.dims, matrix.values.length]).toEqual([email.dims, email.nonzeros]);
    expect(placesOf(matrix).size).toBe(email.nonzeros);
    const rows = degreesOf(matrix, 0);
    const columns = degreesOf(matrix, 1);
    // Of email: heaviest 964 and 40, median 48 and 2, none empty.
    expect([rows[0], columns[0]]).toEqual([964, 40]);
    expect(rows[502]).toBeGreaterThan(40);
    expect(rows[502]).toBeLessThan(56);
    expect(columns[12_959]).toBe(2);
    expect(Math.min(rows[1004], columns[25_918])).toBe(1);

    const tensor = syntheticTensor(exampleLike, 0, unattended);
    expect([tensor.dims, tensor.values.length]).toEqual([
      exampleTensor.dims,
      exampleTensor.nonzeros,
    ]);
    const squares = tensor.values.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(squares / exampleTensor.squaredNorm - 1)).toBeLessThan(0.05);
  });

  it('says so when the degrees leave no room, and stops when it is cancelled', () => {
    const full: SyntheticShape = {
      ...small,
      nonzeros: 12,
      modes: [
        { size: 4, least: 1, most: 12, tail: 4 },
        { size: 3, least: 4, most: 4, tail: 1 },
      ],
    };
    expect(() => syntheticTensor(full, 0, unattended)).toThrow(Failure);
    const stop = new AbortController();
    stop.abort();
    expect(() => syntheticTensor(small, 0, jobFromSignal(stop.signal))).toThrow(CancelledError);
  });
});
