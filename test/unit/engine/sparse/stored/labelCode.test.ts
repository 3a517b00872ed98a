import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../../src/engine/random';
import { huffmanBits } from '../../../../../src/engine/sparse/huffman';
import { decodeLabels, encodeLabels } from '../../../../../src/engine/sparse/stored/labelCode';

/** Label n occurs as often as `counts[n]` says, all mixed. */
function labelsOf(counts: readonly number[]): Uint16Array {
  const labels = counts.flatMap((count, label) => new Array<number>(count).fill(label));
  const random = createRandom(3);
  for (let i = labels.length - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random.next());
    [labels[i], labels[j]] = [labels[j], labels[i]];
  }
  return Uint16Array.from(labels);
}

/** 1, 1, 2, 3, 5, …: words as long as they can be. */
function fibonacci(count: number): number[] {
  const numbers = [1, 1];
  while (numbers.length < count) {
    numbers.push(numbers[numbers.length - 1] + numbers[numbers.length - 2]);
  }
  return numbers;
}

const cases: [string, number[]][] = [
  ['one cluster', [9]],
  ['two clusters', [1, 100]],
  ['equal ones', new Array<number>(16).fill(5)],
  ['words of all lengths', fibonacci(24)],
  ['many clusters', Array.from({ length: 300 }, (_, n) => 1 + (n % 7))],
];

describe('labels in their Huffman code', () => {
  it.each(cases)('come back, in as many bits as are counted: %s', (_, counts) => {
    const labels = labelsOf(counts);
    const coded = encodeLabels(labels, counts.length);
    expect(coded.bits.length).toBe(Math.ceil(huffmanBits(counts) / 8));
    expect(decodeLabels(coded, labels.length)).toEqual(labels);
  });

  it('are words that can be written down by hand', () => {
    // Lengths 1, 2, 3, 3: the words 0, 10, 110, 111.
    const labels = Uint16Array.of(3, 0, 1, 0, 2, 0, 1, 0);
    const { lengths, bits } = encodeLabels(labels, 4);
    expect([...lengths]).toEqual([1, 2, 3, 3]);
    expect(Buffer.from(bits).toString('hex')).toBe((0b1110100110010000).toString(16));
  });

  it('are refused when the lengths are no complete code, or the bits not so many labels', () => {
    const labels = labelsOf([5, 3, 2, 1]);
    const { lengths, bits } = encodeLabels(labels, 4);
    const n = labels.length;
    for (const wrong of [
      [1, 2, 3, 4],
      [1, 1, 3, 3],
      [0, 1, 2, 2],
      [0, 0, 0, 0],
      [49, 1, 2, 2],
      [255, 255, 255, 255],
    ]) {
      expect(decodeLabels({ lengths: Uint8Array.from(wrong), bits }, n)).toBeUndefined();
    }
    expect(decodeLabels({ lengths, bits: bits.subarray(0, -1) }, n)).toBeUndefined();
    expect(decodeLabels({ lengths, bits: new Uint8Array(bits.length + 1) }, n)).toBeUndefined();
    expect(decodeLabels({ lengths, bits }, n - 9)).toBeUndefined();
    const noisy = bits.slice();
    noisy[noisy.length - 1] |= 1;
    expect(decodeLabels({ lengths, bits: noisy }, n)).toBeUndefined();
    expect(decodeLabels({ lengths: Uint8Array.of(0), bits: new Uint8Array(1) }, 3)).toBeUndefined();
    expect(decodeLabels({ lengths: Uint8Array.of(1), bits: new Uint8Array(0) }, 3)).toBeUndefined();
  });
});
