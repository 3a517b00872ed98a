import { describe, expect, it } from 'vitest';
import type { PatternSpeed } from '../../../../src/protocol/patterns';
import { forecast, forecastMs, offerWords, paddingWords } from '../../../../webview/patterns/words';

const speed: PatternSpeed = {
  block: [16, 16],
  rows: 1024,
  columns: 1024,
  batch: 256,
  threads: 2,
  denseMs: 10,
  backend: { name: 'wasm', ms: 8 },
  samples: [
    { kept: 0.1, ms: 1 },
    { kept: 0.5, ms: 5 },
    { kept: 1, ms: 11 },
  ],
};

describe('the forecast of the speed', () => {
  it('lies between what was measured, and promises no less beyond', () => {
    expect(forecastMs(speed, 0.3)).toBeCloseTo(3, 12);
    expect(forecastMs(speed, 0.01)).toBe(1);
    expect(forecastMs({ ...speed, samples: speed.samples.slice(0, 2) }, 0.9)).toBe(5);
    expect(forecastMs({ ...speed, samples: [] }, 0.9)).toBeUndefined();
  });

  it('compares with the faster of the dense products', () => {
    const words = forecast(speed, 0.1, [1024, 1024]);
    expect(words?.headline).toBe('About 8.0 × faster than dense on this machine (2 threads)');
    expect(words?.isSlower).toBe(false);
    expect(words?.details).toBe(
      '1.0 ms for 256 columns of input, beside 10 ms with our dense kernel and 8.0 ms with TensorFlow.js (wasm).',
    );
  });

  it('says so where it is slower, or makes no difference', () => {
    const slow = forecast(speed, 1, [1024, 1024]);
    expect(slow?.headline).toBe('About 1.4 × slower than dense on this machine (2 threads)');
    expect(slow?.isSlower).toBe(true);
    expect(forecast(speed, 0.75, [1024, 1024])?.headline).toBe(
      'About as fast as dense on this machine (2 threads)',
    );
  });

  it('says what was measured where that is another matrix', () => {
    expect(forecast(speed, 0.1, [4096, 4096])?.details).toContain(
      'measured on a matrix of 1\u202f024 × 1\u202f024',
    );
  });
});

describe('a block size in words', () => {
  it('says the grid, and the padding where there is one', () => {
    expect(offerWords({ block: [4, 4], grid: [8, 6], padding: [0, 0] })).toBe(
      '4 × 4 · 8 × 6 blocks',
    );
    expect(offerWords({ block: [4, 4], grid: [8, 6], padding: [2, 1] })).toBe(
      '4 × 4 · 8 × 6 blocks · padding: +2 rows, +1 column',
    );
    expect(paddingWords([0, 3])).toBe('padding: +3 columns');
  });
});
