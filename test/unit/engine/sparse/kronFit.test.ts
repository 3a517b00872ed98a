import { describe, expect, it } from 'vitest';
import { CancelledError, UsageError } from '../../../../src/failures';
import { unattended } from '../../../../src/engine/job';
import { createRandom } from '../../../../src/engine/random';
import { fitKronFit } from '../../../../src/engine/sparse/kronFit';
import {
  baseFor,
  gradientOf,
  innerWith,
  occupiedSquare,
  powerEntry,
  powerSquare,
  seedDigits,
  type Seed,
} from '../../../../src/engine/sparse/kroneckerPower';
import { pairByHash } from '../../../../src/engine/sparse/orders/digitPairing';
import { minHashOrder } from '../../../../src/engine/sparse/orders/minHashOrder';
import { positionsFrom } from '../../../../src/engine/sparse/orders/positions';
import { updateOrder } from '../../../../src/engine/sparse/orders/updateOrder';
import { randomPermutation } from '../../../../src/engine/sparse/sampling';
import { sparseTensor, squaredNorm } from '../../../../src/engine/sparse/sparseTensor';
import { twoWay } from '../../../../src/engine/sparse/stencils';
import { denseError, randomSparse, sparseMatrix } from '../../../support/sparse';
import { stopAfter } from '../../../support/stopAfter';

const example = sparseTensor(
  [4, 4],
  [Uint32Array.of(0, 1, 3), Uint32Array.of(0, 2, 3)],
  Float64Array.of(1, 1, 2),
);
const exampleSeed: Seed = {
  rows: 2,
  columns: 2,
  power: 2,
  data: Float64Array.of(1, 0.5, 0.25, 0.125),
};
const inPlace = Uint32Array.of(0, 1, 2, 3);

function randomSeed(rows: number, columns: number, power: number, seed: number): Seed {
  const random = createRandom(seed);
  const data = Float64Array.from({ length: rows * columns }, () => 0.6 * random.next());
  return { rows, columns, power, data };
}

describe('powers of a seed', () => {
  it('give the loss and the gradient of the text', () => {
    const digits = seedDigits(exampleSeed);
    const { inner, gradient } = gradientOf(example, exampleSeed, digits, inPlace, inPlace);
    expect(inner).toBe(innerWith(example, exampleSeed, digits, inPlace, inPlace));
    const loss = powerSquare(exampleSeed) - 2 * inner + squaredNorm(example);
    expect(loss).toBeCloseTo(5.451416015625, 14);
    expect(Array.from(gradient)).toEqual([1.3125, 2.15625, 0.328125, -0.3359375]);
  });

  it('have the gradient of finite differences, where an entry is 0 as well', () => {
    const X = randomSparse([27, 64], 60, 3);
    const seed = randomSeed(3, 4, 3, 1);
    seed.data[5] = 0;
    const digits = seedDigits(seed);
    const random = createRandom(8);
    const [rows, columns] = [randomPermutation(27, random), randomPermutation(64, random)];
    const lossAt = (place: number, step: number): number => {
      const data = seed.data.slice();
      data[place] += step;
      const moved = { ...seed, data };
      return powerSquare(moved) - 2 * innerWith(X, moved, digits, rows, columns);
    };
    const { gradient } = gradientOf(X, seed, digits, rows, columns);
    gradient.forEach((value, place) => {
      const difference = (lossAt(place, 1e-4) - lossAt(place, -1e-4)) / 2e-4;
      expect(Math.abs(difference - value)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
    });
  });

  it('have squares that sum as stated, on the whole grid and on a part of it', () => {
    const seed = randomSeed(3, 2, 3, 5);
    const digits = seedDigits(seed);
    const random = createRandom(1);
    const rowUsed = Uint8Array.from({ length: 27 }, () => (random.next() < 0.6 ? 1 : 0));
    const columnUsed = Uint8Array.from({ length: 8 }, () => (random.next() < 0.6 ? 1 : 0));
    let [all, part] = [0, 0];
    for (let p = 0; p < 27; p++) {
      for (let q = 0; q < 8; q++) {
        const square = powerEntry(seed, digits, p, q) ** 2;
        all += square;
        part += rowUsed[p] && columnUsed[q] ? square : 0;
      }
    }
    expect(powerSquare(seed)).toBeCloseTo(all, 12);
    expect(occupiedSquare(seed, rowUsed, columnUsed)).toBeCloseTo(part, 12);
  });

  it('have the published seed sizes', () => {
    const sizes = { email: [1005, 25919, 2, 32, 161], nyc: [1083, 38333, 2, 33, 196] };
    const more = { tky: [2293, 61858, 3, 14, 40] };
    for (const [N, M, K, rows, columns] of Object.values({ ...sizes, ...more })) {
      expect([baseFor(N, K), baseFor(M, K)]).toEqual([rows, columns]);
    }
    expect([baseFor(64, 3), baseFor(65, 3), baseFor(1, 5)]).toEqual([4, 5, 1]);
  });
});

describe('orders of a Kronecker power', () => {
  it('puts rows with equal entries next to each other and empty ones last', () => {
    const X = sparseMatrix([
      [1, 0, 0, 1],
      [0, 0, 0, 0],
      [0, 1, 1, 0],
      [1, 0, 0, 1],
      [0, 1, 1, 0],
    ]);
    const order = Array.from(minHashOrder(twoWay(X).lines[0], 4, createRandom(2)));
    expect(order[4]).toBe(1);
    expect(Math.abs(order.indexOf(0) - order.indexOf(3))).toBe(1);
    expect(Math.abs(order.indexOf(2) - order.indexOf(4))).toBe(1);
  });

  it.each([
    [4, 3],
    [5, 2],
    [2, 6],
  ])('proposes swaps of disjoint indices that make pairs neighbours: base %i', (base, digits) => {
    const size = base ** digits;
    const X = randomSparse([size - 3, 40], 120, 4);
    const random = createRandom(7);
    const positions = positionsFrom(randomPermutation(size, random));
    for (let trial = 0; trial < 20; trial++) {
      const rows = twoWay(X).lines[0];
      const { first, second } = pairByHash(rows, 40, positions, { base, digits }, random);
      const used = [...first, ...second];
      expect(new Set(used).size).toBe(used.length);
      expect(first.length).toBeGreaterThan(0);
      first.forEach((u, s) => {
        // The two swaps of a pair are u <-> mate(w) and w <-> mate(u).
        const mate = second[s % 2 === 0 ? s + 1 : s - 1];
        const [p, q] = [positions.of[u], positions.of[mate]];
        const differing = Array.from({ length: digits }, (_, t) => base ** t).filter(
          (step) => Math.floor(p / step) % base !== Math.floor(q / step) % base,
        );
        expect(differing).toHaveLength(1);
      });
    }
  });

  it.each([
    [3, 3, 4],
    [4, 2, 3],
  ])('finds the gain of swaps of a power of %i as well', (power, rows, columns) => {
    const X = randomSparse([rows ** power - 2, columns ** power - 5], 90, 6);
    const data = twoWay(X);
    const seed = randomSeed(rows, columns, power, 9);
    const digits = seedDigits(seed);
    const random = createRandom(3);
    const orders = [
      positionsFrom(randomPermutation(rows ** power, random)),
      positionsFrom(randomPermutation(columns ** power, random)),
    ] as const;
    const entries = Array.from(X.values.keys());
    const loss = (): number =>
      entries.reduce((sum, e) => {
        const [p, q] = [orders[0].of[X.indices[0][e]], orders[1].of[X.indices[1][e]]];
        return sum - 2 * X.values[e] * powerEntry(seed, digits, p, q);
      }, 0);
    for (let update = 0; update < 6; update++) {
      const before = loss();
      const side = update % 2 === 0 ? 0 : 1;
      const done = updateOrder(data, seed, digits, orders, side, 1, random, unattended);
      expect(done.accepted).toBeGreaterThan(0);
      expect(before - loss()).toBeCloseTo(done.gain, 9);
    }
  });

  it.each([1, 10, Infinity])('lowers the loss by exactly the accepted gains, gamma %d', (gamma) => {
    const X = randomSparse([20, 30], 120, 2);
    const data = twoWay(X);
    const seed = randomSeed(5, 6, 2, 3);
    const digits = seedDigits(seed);
    const random = createRandom(5);
    const orders = [
      positionsFrom(randomPermutation(25, random)),
      positionsFrom(randomPermutation(36, random)),
    ] as const;
    const loss = (): number => -2 * innerWith(X, seed, digits, orders[0].of, orders[1].of);
    let before = loss();
    let accepted = 0;
    for (let update = 0; update < 30; update++) {
      const side = update % 2 === 0 ? 0 : 1;
      const done = updateOrder(data, seed, digits, orders, side, gamma, random, unattended);
      const after = loss();
      expect(before - after).toBeCloseTo(done.gain, 9);
      if (gamma === Infinity) {
        expect(after).toBeLessThanOrEqual(before + 1e-9);
      }
      accepted += done.accepted;
      before = after;
      for (const { of, at } of orders) {
        of.forEach((position, index) => expect(at[position]).toBe(index));
        expect(new Set(of).size).toBe(of.length);
      }
    }
    expect(accepted).toBeGreaterThan(0);
  });
});

describe('KronFit', () => {
  it.each([
    [2, 'min-hash', 'closed-form'],
    [3, 'random', 'closed-form'],
    [4, 'random', 'learned'],
  ] as const)(
    'states the error of what it decodes: K = %i, %s, %s',
    async (power, order, scale) => {
      const X = randomSparse([37, 50], 250, 3);
      const settings = { power, order, scale, epochs: 40, learningRate: 0.05, seed: 2 };
      const model = await fitKronFit(X, settings);
      expect(model.squaredError).toBeCloseTo(denseError(X, model), 7);
      expect(model.squaredError).toBeLessThanOrEqual(
        Number(model.details.paddedSquaredError) + 1e-9,
      );
      expect(model.squaredError).toBeLessThan(squaredNorm(X));
      const seedSize = baseFor(37, power) * baseFor(50, power);
      expect(model.bytes).toBe(8 * seedSize);
      expect(model.orderBytes).toBe(Math.ceil((37 * 6) / 8) + Math.ceil((50 * 6) / 8));
      for (const [side, positions] of model.orders.entries()) {
        expect(new Set(positions).size).toBe(X.dims[side]);
      }
      const again = await fitKronFit(X, settings);
      expect(again.seed).toEqual(model.seed);
      expect(again.orders).toEqual(model.orders);
    },
  );

  it('finds back, from one of twelve starts, a power of a seed whose rows and columns are shuffled', async () => {
    const truth: Seed = {
      rows: 3,
      columns: 3,
      power: 2,
      data: Float64Array.of(2, 0, 1, 0, 1, 0, 0, 0, 3),
    };
    const digits = seedDigits(truth);
    const random = createRandom(3);
    const [p, q] = [randomPermutation(9, random), randomPermutation(9, random)];
    const rows = Array.from({ length: 9 }, (_, i) =>
      Array.from({ length: 9 }, (_, j) => powerEntry(truth, digits, p[i], q[j])),
    );
    const X = sparseMatrix(rows);
    let best = Infinity;
    for (let seed = 0; seed < 12; seed++) {
      const model = await fitKronFit(X, { seed, gamma: 10, learningRate: 0.05, epochs: 1000 });
      best = Math.min(best, model.relativeError);
    }
    expect(best).toBeLessThan(0.01);
  });

  it('searches a learning rate among 1e-1 to 1e-8', async () => {
    const { details } = await fitKronFit(randomSparse([20, 20], 80, 1), { epochs: 3 });
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((n) => 10 ** -n)).toContain(details.learningRate);
    expect(details.epochs).toBe(3);
  });

  it('takes negative values, empty matrices, single rows and far too large powers', async () => {
    const X = randomSparse([12, 13], 50, 1, (random) => random.normal());
    const model = await fitKronFit(X, { epochs: 30 });
    expect(model.squaredError).toBeLessThanOrEqual(squaredNorm(X) + 1e-9);
    expect(model.squaredError).toBeCloseTo(denseError(X, model), 8);
    const nothing = sparseTensor(
      [3, 4],
      [new Uint32Array(0), new Uint32Array(0)],
      new Float64Array(0),
    );
    expect((await fitKronFit(nothing, { epochs: 2 })).squaredError).toBe(0);
    const row = sparseMatrix([[1, 0, 2, 5]]);
    const line = await fitKronFit(row, { power: 50, epochs: 5 });
    expect(line.details).toMatchObject({ power: 2, wantedPower: 50 });
    expect((await fitKronFit(row, { power: 2, epochs: 0 })).details.wantedPower).toBe(undefined);
    expect(line.squaredError).toBeCloseTo(denseError(row, line), 9);
  });

  it('refuses tensors and impossible settings, and stops when it is cancelled', async () => {
    const X = randomSparse([9, 9], 20, 0);
    await expect(fitKronFit(randomSparse([3, 4, 5], 6, 0))).rejects.toThrow(UsageError);
    await expect(fitKronFit(X, { power: 0 })).rejects.toThrow(UsageError);
    await expect(fitKronFit(X, { gamma: 0 })).rejects.toThrow(UsageError);
    await expect(fitKronFit(X, { learningRate: -1 })).rejects.toThrow(UsageError);
    await expect(fitKronFit(X, {}, stopAfter(6))).rejects.toThrow(CancelledError);
    // Some 10^8 multiplications, more than belong between two looks at the stop sign.
    const large = { rows: 400, columns: 400, power: 2, data: new Float64Array(400 ** 2) };
    const used = new Uint8Array(400 ** 2);
    expect(() => occupiedSquare(large, used, used, stopAfter(1))).toThrow(CancelledError);
  });
});
