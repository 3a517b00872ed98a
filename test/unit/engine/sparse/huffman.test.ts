import { describe, expect, it } from 'vitest';
import { huffmanBits, huffmanLengths } from '../../../../src/engine/sparse/huffman';
import { createRandom } from '../../../../src/engine/random';

describe('Huffman labels', () => {
  it('gives counts (5, 2, 1, 1) the lengths 1, 2, 3, 3 and 15 bits', () => {
    expect(Array.from(huffmanLengths([5, 2, 1, 1]))).toEqual([1, 2, 3, 3]);
    expect(huffmanBits([5, 2, 1, 1])).toBe(15);
  });

  it('needs no bits for one used label, nor for none', () => {
    expect(huffmanBits([0, 9, 0])).toBe(0);
    expect(huffmanBits([0, 0])).toBe(0);
    expect(huffmanBits([])).toBe(0);
  });

  it('fills the code space and stays within one bit per symbol of the entropy', () => {
    const random = createRandom(3);
    for (let trial = 0; trial < 20; trial++) {
      const counts = Array.from(
        { length: 2 + trial * 3 },
        () => 1 + Math.floor(random.next() ** 4 * 500),
      );
      const total = counts.reduce((sum, count) => sum + count, 0);
      const entropy = counts.reduce((sum, count) => sum - count * Math.log2(count / total), 0);
      const bits = huffmanBits(counts);
      expect(bits).toBeGreaterThanOrEqual(entropy - 1e-9);
      expect(bits).toBeLessThan(entropy + total);
      const kraft = huffmanLengths(counts).reduce((sum, length) => sum + 2 ** -length, 0);
      expect(kraft).toBe(1);
    }
  });
});
