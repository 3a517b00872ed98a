import { describe, expect, it } from 'vitest';
import { createLargeLayer, largeLayerSpectrum } from '../../../bench/largeLayer';
import { applyMixing, mixingEntry } from '../../../bench/mixing';
import { createMatrix } from '../../../src/engine/linalg/matrix';
import { svd } from '../../../src/engine/linalg/svd';
import { decode } from '../../../src/formats/tensorData';

describe('the large layer', () => {
  it.each([1, 8, 12, 43])('mixes by an orthogonal matrix of size %i', (size) => {
    const mixed = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        mixed[i * size + j] = mixingEntry(size, i, j);
      }
    }
    // Q is its own inverse, so applying it to its own entries gives the identity.
    applyMixing(mixed, size, size);
    mixed.forEach((value, at) => {
      const expected = at % (size + 1) === 0 ? 1 : 0;
      expect(Math.abs(value - expected)).toBeLessThan(1e-14);
    });
  });

  it('has the singular values it states, up to rounding to bfloat16', async () => {
    const { shape, bits, singularValues } = createLargeLayer({ rows: 96, columns: 160, seed: 5 });
    const data = decode(new Uint8Array(bits.buffer), 'bfloat16');
    const { s } = await svd(createMatrix(shape[0], shape[1], data));
    // Rounding changes an element by at most 2^-9 of it, thus the matrix by 2^-9 of its norm.
    const norm = Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0));
    s.forEach((value, k) => {
      expect(Math.abs(value - singularValues[k])).toBeLessThan(norm * 2 ** -9);
    });
    expect(singularValues).toEqual(largeLayerSpectrum(96, 160));
  });

  it('is the same for the same seed, and another for another', () => {
    const layer = (seed: number) => createLargeLayer({ rows: 32, columns: 48, seed }).bits;
    expect(layer(1)).toEqual(layer(1));
    expect(layer(1)).not.toEqual(layer(2));
  });

  it('has falling singular values above a floor', () => {
    const s = largeLayerSpectrum(64, 172);
    expect(s.every((value, k) => k === 0 || value < s[k - 1])).toBe(true);
    expect(s[63]).toBeGreaterThan(0);
  });

  it('is refused when tall', () => {
    expect(() => createLargeLayer({ rows: 4, columns: 2 })).toThrow('transpose');
  });
});
