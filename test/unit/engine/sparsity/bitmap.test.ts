import { describe, expect, it } from 'vitest';
import { ascending, packBits, unpackBits } from '../../../../src/engine/sparsity/bitmap';
import { FormatError } from '../../../../src/failures';

describe('packBits', () => {
  it('puts the first block into the highest bit, as numpy.packbits', () => {
    // numpy.packbits([1, 0, 0, 0, 0, 0, 1, 1, 0, 1]) is [131, 64].
    expect(Array.from(packBits([0, 6, 7, 9], 10))).toEqual([131, 64]);
    expect(Array.from(packBits([9, 7, 0, 6], 10))).toEqual([131, 64]);
    expect(packBits([], 0)).toHaveLength(0);
  });

  it.each([1, 7, 8, 9, 64, 1001])('is undone by unpackBits for %d blocks', (count) => {
    const kept = [...Array(count).keys()].filter((block) => (block * 7919) % 5 < 2);
    expect(Array.from(unpackBits(packBits(kept, count), count))).toEqual(kept);
    const all = [...Array(count).keys()];
    expect(Array.from(unpackBits(packBits(all, count), count))).toEqual(all);
  });
});

describe('unpackBits', () => {
  it('does not look at bits beyond the last block', () => {
    expect(Array.from(unpackBits(Uint8Array.of(0xff, 0xff), 10))).toEqual([...Array(10).keys()]);
  });

  it('refuses a bitmap of another length', () => {
    expect(() => unpackBits(new Uint8Array(3), 10)).toThrow(FormatError);
  });
});

describe('ascending', () => {
  it('sorts blocks and drops those named twice', () => {
    expect(Array.from(ascending([5, 0, 9, 5], 10))).toEqual([0, 5, 9]);
  });
});
