import { describe, expect, it } from 'vitest';
import { CancelledError, FormatError, UsageError } from '../../../../../src/failures';
import {
  completeOrder,
  formatOrder,
  initialOrders,
  inverseOf,
  minHashOrder,
  parseOrder,
  type OrderStart,
} from '../../../../../src/engine/sparse/neukron/orders';
import {
  acceptSwaps,
  proposeSwaps,
  swapped,
} from '../../../../../src/engine/sparse/neukron/orderUpdate';
import {
  keyParts,
  positionCode,
  symbolsOf,
} from '../../../../../src/engine/sparse/neukron/positionCode';
import { randomFor, shuffledIndices } from '../../../../../src/engine/sparse/neukron/seeds';
import { createRandom } from '../../../../../src/engine/random';
import { sortedOrder } from '../../../../../src/engine/sparse/neukron/trie';
import { sparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import { randomCounts } from '../../../../support/neukronData';
import { stopAfter } from '../../../../support/stopAfter';

function expectBijection(positions: Uint32Array): void {
  expect([...positions].sort((a, b) => a - b)).toEqual(Array.from(positions, (_, i) => i));
}

describe('the code of positions', () => {
  it('pads, sorts modes by bits and leaves out modes of size 1', () => {
    const code = positionCode([25919, 1, 1005]);
    expect(code.axes).toEqual([2, 0]);
    expect(code.bits).toEqual([10, 15]);
    expect(code.tokens).toBe(6);
    expect(code.levels.map(({ width }) => width)).toEqual([
      ...Array<number>(10).fill(2),
      1,
      1,
      1,
      1,
      1,
    ]);
  });

  it.each([[[5, 9]], [[70_000, 70_000, 70_000]], [[3, 200, 1000, 40, 2 ** 20]]])(
    'has keys for %j that sort positions as their symbols do',
    (dims) => {
      const code = positionCode(dims);
      const random = randomFor(1, dims.length);
      const positions = code.bits.map((bits) =>
        Uint32Array.from({ length: 200 }, () => Math.floor(random.next() * 2 ** bits)),
      );
      const parts = positions.map((mode, m) => keyParts(code, m, mode));
      const words = Array.from({ length: code.words }, (_, word) =>
        Uint32Array.from({ length: 200 }, (_unused, i) =>
          parts.reduce((key, part) => (key | part[word][i]) >>> 0, 0),
        ),
      );
      const symbols = Array.from({ length: 200 }, (_, i) =>
        symbolsOf(
          code,
          positions.map((mode) => mode[i]),
        ),
      );
      code.levels.forEach(({ word, shift, width }, t) => {
        const read = symbols.map((_, i) => (words[word][i] >>> shift) & (2 ** width - 1));
        expect(read).toEqual(symbols.map((all) => all[t]));
      });
      const compare = (a: number, b: number): number => {
        const t = symbols[a].findIndex((symbol, level) => symbol !== symbols[b][level]);
        return t < 0 ? a - b : symbols[a][t] - symbols[b][t];
      };
      const expected = symbols.map((_, i) => i).sort(compare);
      expect([...sortedOrder(words, code.wordBits)]).toEqual(expected);
    },
  );

  it('refuses tensors without a mode to code, with too many, or too long ones', () => {
    expect(() => positionCode([1, 1])).toThrow(UsageError);
    expect(() => positionCode(Array<number>(9).fill(2))).toThrow(UsageError);
    expect(() => positionCode([10, 2 ** 31])).toThrow(/leave out empty rows and columns/);
  });
});

describe('starting orders', () => {
  const X = randomCounts([37, 90, 12], 300, 4);
  const code = positionCode(X.dims);

  it.each<[string, OrderStart]>([
    ['min-hash', 'min-hash'],
    ['bisection', 'bisection'],
    ['random', 'random'],
    ['as-is', 'as-is'],
    ['given', { positions: [undefined, Uint32Array.from({ length: 90 }, (_, i) => 127 - i)] }],
  ])('are bijections of the padded positions: %s', (_, start) => {
    for (const [mode, positions] of initialOrders(X, code, start, 9).entries()) {
      expect(positions.length).toBe(2 ** code.bits[mode]);
      expectBijection(positions);
    }
  });

  it('by min-hash put equal rows side by side and empty ones last', () => {
    const rows = Uint32Array.from([0, 0, 5, 5, 2, 2, 7, 7]);
    const columns = Uint32Array.from([3, 8, 3, 8, 1, 4, 1, 4]);
    const pairs = sparseTensor([9, 10], [rows, columns], new Float64Array(8).fill(1));
    for (const seed of [1, 2, 3]) {
      const positions = minHashOrder(pairs, 0, 16, seed);
      expect(Math.abs(positions[0] - positions[5])).toBe(1);
      expect(Math.abs(positions[2] - positions[7])).toBe(1);
      expect(Math.max(positions[0], positions[2], positions[5], positions[7])).toBe(3);
    }
  });

  it.each([1, 2, 3])(
    'by bisection find the blocks that a tensor was shuffled from (%d)',
    (seed) => {
      const random = createRandom(seed);
      const sizes = [128, 256];
      const shuffled = sizes.map((size) => shuffledIndices(size, random));
      const places: [number, number][] = [];
      for (let i = 0; i < 128; i++) {
        for (let j = 0; j < 256; j++) {
          if (random.next() < (i >> 4 === j >> 5 ? 0.9 : 0.05)) {
            places.push([i, j]);
          }
        }
      }
      const data = sparseTensor(
        sizes,
        [0, 1].map((axis) => Uint32Array.from(places, (place) => shuffled[axis][place[axis]])),
        new Float64Array(places.length).fill(1),
      );
      const code = positionCode(data.dims);
      /** The share of entries in the fullest 8 of the 8 x 8 blocks that orders make. */
      const concentration = (start: OrderStart): number => {
        const orders = initialOrders(data, code, start, 1);
        const blocks = new Float64Array(64);
        for (const place of places) {
          const [i, j] = place.map((at, axis) => orders[axis][shuffled[axis][at]]);
          blocks[8 * (i >> 4) + (j >> 5)]++;
        }
        const fullest = blocks.sort().subarray(56);
        return fullest.reduce((sum, count) => sum + count, 0) / places.length;
      };
      const made = places.filter(([i, j]) => i >> 4 === j >> 5).length / places.length;
      expect(concentration('bisection')).toBeGreaterThan(0.8 * made);
      expect(concentration('min-hash')).toBeLessThan(0.6 * made);
      expect(concentration('random')).toBeLessThan(0.4 * made);
      const [once, again] = [1, 1].map(() => initialOrders(data, code, 'bisection', seed));
      expect(again).toEqual(once);
    },
  );

  it('by bisection stop when they are cancelled', () => {
    expect(() => initialOrders(X, code, 'bisection', 1, stopAfter(3))).toThrow(CancelledError);
  });

  it('by bisection put empty indices last', () => {
    const data = sparseTensor(
      [12, 9],
      [Uint32Array.of(11, 3, 7), Uint32Array.of(0, 8, 8)],
      new Float64Array(3).fill(1),
    );
    const code = positionCode(data.dims);
    const orders = initialOrders(data, code, 'bisection', 1);
    for (const [mode, axis] of code.axes.entries()) {
      expectBijection(orders[mode]);
      const held = new Set(data.indices[axis]);
      const last = Math.max(...[...held].map((index) => orders[mode][index]));
      expect(last).toBe(held.size - 1);
    }
  });

  it('given are completed, and refused when they are none', () => {
    expect([...completeOrder([3, 0, 1], 3, 4, 0)]).toEqual([3, 0, 1, 2]);
    expect(() => completeOrder([3, 0], 3, 4, 0)).toThrow(UsageError);
    expect(() => completeOrder([3, 3, 1], 3, 4, 0)).toThrow(/two indices/);
    expect(() => completeOrder([3, 4, 1], 3, 4, 0)).toThrow(/below 4/);
    expect(() => completeOrder([3, -1, 1], 3, 4, 0)).toThrow(UsageError);
    expect(() => completeOrder([3, NaN, 1], 3, 4, 0)).toThrow(UsageError);
  });

  it('are read from text as they are written', () => {
    const order = Uint32Array.from([4, 0, 2, 1, 3]);
    expect(parseOrder(formatOrder(order))).toEqual(order);
    expect(parseOrder('1\r\n0\r\n\n')).toEqual(Uint32Array.from([1, 0]));
    expect(() => parseOrder('1\ntwo\n')).toThrow(/Line 2/);
    expect(() => parseOrder('1\n-2')).toThrow(FormatError);
  });
});

describe('proposed swaps', () => {
  const X = randomCounts([60, 200, 9], 500, 8);

  it.each(['hash', 'random'] as const)('have every index exactly once (%s pairing)', (pairing) => {
    for (const [axis, padded] of [
      [0, 64],
      [1, 256],
      [2, 16],
    ]) {
      const positions = minHashOrder(X, axis, padded, 1);
      for (let seed = 0; seed < 5; seed++) {
        const swaps = proposeSwaps(X, axis, positions, pairing, randomFor(seed));
        expectBijection(Uint32Array.from([...swaps.first, ...swaps.second]));
        expectBijection(swapped(positions, swaps));
      }
    }
  });

  it('work for a mode of two positions', () => {
    const small = sparseTensor(
      [2, 3],
      [Uint32Array.of(0, 1), Uint32Array.of(1, 2)],
      Float64Array.of(1, 1),
    );
    const swaps = proposeSwaps(small, 0, Uint32Array.of(0, 1), 'hash', randomFor(1));
    expect([...swaps.first, ...swaps.second].sort()).toEqual([0, 1]);
  });

  it('by hash make neighbours of rows with equal nonzeros more often than others', () => {
    // Rows 2 k and 2 k + 1 are equal and lie far apart.
    const rows: number[] = [];
    const columns: number[] = [];
    for (let row = 0; row < 64; row++) {
      for (let k = 0; k < 3; k++) {
        rows.push(row);
        columns.push((row >> 1) * 3 + k);
      }
    }
    const twins = sparseTensor(
      [64, 96],
      [Uint32Array.from(rows), Uint32Array.from(columns)],
      new Float64Array(rows.length).fill(1),
    );
    const positions = Uint32Array.from({ length: 64 }, (_, i) => (i & 1) * 32 + (i >> 1));
    const meetings = (pairing: 'hash' | 'random'): number => {
      let count = 0;
      for (let seed = 0; seed < 40; seed++) {
        const swaps = proposeSwaps(twins, 0, positions, pairing, randomFor(seed));
        const indexAt = inverseOf(positions);
        swaps.first.forEach((first, i) => {
          // After u <-> mate(w), u differs from w in one bit, which is that of w and its mate.
          const target = positions[swaps.second[i]];
          for (let bit = 0; bit < 6; bit++) {
            count += indexAt[target ^ (1 << bit)] === (first ^ 1) ? 1 : 0;
          }
        });
      }
      return count;
    };
    expect(meetings('hash')).toBeGreaterThan(3 * meetings('random'));
  });

  it('are accepted when they do not raise the loss, else by Metropolis, never with gamma infinite', () => {
    const gains = Float64Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 0 : -0.05));
    const accepted = (gamma: number): number =>
      acceptSwaps(gains, gamma, randomFor(3)).reduce((sum, one) => sum + one, 0) - 2000;
    expect(accepted(Infinity)).toBe(0);
    expect(Math.abs(accepted(10) / 2000 - Math.exp(-0.5))).toBeLessThan(0.04);
    expect(Math.abs(accepted(1) / 2000 - Math.exp(-0.05))).toBeLessThan(0.04);
  });
});
