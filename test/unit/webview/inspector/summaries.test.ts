import { describe, expect, it } from 'vitest';
import { dtypeShares } from '../../../../webview/inspector/dtypeShares';
import {
  describeRanks,
  histogramPoints,
  visibleSpectrum,
} from '../../../../webview/inspector/spectrumText';

describe('dtypeShares', () => {
  it('adds up tensors and bytes by type, the largest share first', () => {
    const tensor = (dtype: string, bytes: number) => ({
      name: dtype,
      shape: [1],
      dtype,
      parameters: 1,
      bytes,
    });
    expect(dtypeShares([tensor('int64', 8), tensor('float32', 4), tensor('float32', 40)])).toEqual([
      { dtype: 'float32', tensors: 2, bytes: 44 },
      { dtype: 'int64', tensors: 1, bytes: 8 },
    ]);
  });
});

describe('the spectrum', () => {
  it('says for each energy which rank of how many it needs', () => {
    const sentences = describeRanks({
      matrix: [512, 1024],
      singularValues: [],
      ranks: { energy90: 60, energy95: 100, energy99: 212 },
    });
    expect(sentences[2]).toBe('99 % of the energy needs rank 212 of 512 (41.4 %)');
  });

  it('leaves out singular values that would only stretch the axis', () => {
    expect(visibleSpectrum([2, 1, 1e-12, 0])).toEqual([
      { x: 1, y: 2 },
      { x: 2, y: 1 },
    ]);
    expect(visibleSpectrum([0, 0])).toEqual([]);
  });
});

describe('histogramPoints', () => {
  it('puts each count at the centre of its bin', () => {
    expect(histogramPoints({ low: -1, high: 1, counts: [3, 5] })).toEqual([
      { x: -0.5, y: 3 },
      { x: 0.5, y: 5 },
    ]);
  });

  it('has a width for the histogram of a constant', () => {
    expect(histogramPoints({ low: 2, high: 2, counts: [7] })).toEqual([{ x: 2.5, y: 7 }]);
  });
});
