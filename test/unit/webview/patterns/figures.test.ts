import { describe, expect, it } from 'vitest';
import { blocksForBytes, figuresOf } from '../../../../webview/patterns/figures';
import {
  countFor,
  inMode,
  keptWords,
  parseShare,
  shareText,
  sliderSteps,
} from '../../../../webview/patterns/keptSlider';
import {
  countForEnergy,
  energyOf,
  errorOf,
  thresholdOf,
} from '../../../../webview/patterns/openMap';
import { openBlocks, openGroups } from './maps';

describe('the figures of a choice of blocks', () => {
  const open = openBlocks([1, 4, 2, 8, 0, 2], { columns: 3 });

  it('are sums over the blocks that are kept', () => {
    // Kept are 8 and 4, dropped 1, 2, 0, 2: an error of 3 of the norm sqrt(89).
    const figures = figuresOf(open, 2);
    expect(figures.relativeError).toBeCloseTo(3 / Math.sqrt(89), 6);
    expect(figures.energy).toBeCloseTo(1 - 9 / 89, 6);
    expect(figures.sparsity).toBeCloseTo(4 / 6, 12);
    expect(figures.bytes).toBe(12 + 2 * 28);
    expect(figures.denseBytes).toBe(144);
    expect(figures.macs).toBe(12);
    expect(figures.denseMacs).toBe(36);
  });

  it('are everything and nothing at the ends', () => {
    expect(figuresOf(open, 6)).toMatchObject({ relativeError: 0, energy: 1, sparsity: 0 });
    expect(figuresOf(open, 0)).toMatchObject({ relativeError: 1, energy: 0, sparsity: 1 });
  });

  it('know each block’s place in the order', () => {
    expect([...open.order]).toEqual([3, 1, 2, 5, 0, 4]);
    expect([...open.places]).toEqual([4, 1, 2, 0, 5, 3]);
  });

  it('find the fewest blocks that keep a share of the energy', () => {
    for (const energy of [0, 0.2, 64 / 89 - 1e-6, 0.75, 0.9, 0.99, 1]) {
      const count = countForEnergy(open, energy);
      expect(energyOf(open, count)).toBeGreaterThanOrEqual(energy - 1e-7);
      if (count > 0) {
        expect(energyOf(open, count - 1)).toBeLessThan(energy + 1e-7);
      }
    }
  });

  it('have a threshold: the score of the last block that is kept', () => {
    expect(thresholdOf(open, 2)).toBe(4);
    expect(thresholdOf(open, 0)).toBeUndefined();
    const perRow = openBlocks([1, 2], { pattern: { scope: 'blockRow' } });
    expect(thresholdOf(perRow, 1)).toBeUndefined();
  });

  it('fit as many blocks into bytes as there is room for', () => {
    const { costs } = open.map;
    expect(blocksForBytes(costs, 12 + 28 * 3)).toBe(3);
    expect(blocksForBytes(costs, 12 + 28 * 3 - 1)).toBe(2);
    expect(blocksForBytes(costs, 11)).toBeLessThan(0);
  });
});

describe('the figures of N:M', () => {
  it('are entries of its tables', () => {
    const open = openGroups();
    expect(figuresOf(open, 2)).toMatchObject({
      kept: 2,
      count: 4,
      sparsity: 0.5,
      relativeError: 0.4,
      bytes: 68,
      macs: 16,
    });
    expect(errorOf(open, 4)).toBe(0);
  });
});

describe('the slider', () => {
  const small = openBlocks([3, 1, 2, 4]);

  it('has a step per block, of many blocks a thousand', () => {
    expect(sliderSteps(small, 'kept')).toBe(4);
    expect(sliderSteps(small, 'energy')).toBe(1000);
    expect(sliderSteps(openBlocks(Array.from({ length: 1001 }, () => 1)), 'kept')).toBe(1000);
    expect(sliderSteps(openGroups(), 'kept')).toBe(4);
  });

  it('means the same blocks in either mode', () => {
    const wanted = { mode: 'kept', share: 0.5 } as const;
    const energy = inMode(small, wanted, 'energy');
    expect(energy.mode).toBe('energy');
    expect(countFor(small, energy)).toBe(countFor(small, wanted));
    expect(inMode(small, energy, 'kept')).toEqual(wanted);
  });

  it('says what it means', () => {
    expect(keptWords(small, 2, { mode: 'kept', share: 0.5 })).toBe('2 of 4 blocks');
    expect(keptWords(small, 2, { mode: 'energy', share: 0.9 })).toBe(
      '90.0 % of the energy, 2 of 4 blocks',
    );
    expect(keptWords(openGroups(), 2, { mode: 'kept', share: 0.5 })).toBe('2 of every 4 entries');
  });

  it('reads percentages, and says what it expects instead of anything else', () => {
    expect(parseShare('37.5')).toBe(0.375);
    expect(parseShare(' 37,5 % ')).toBe(0.375);
    for (const text of ['', 'half', '-1', '101']) {
      expect(parseShare(text)).toEqual({ problem: 'Enter a percentage between 0 and 100.' });
    }
    expect(shareText(1 / 3)).toBe('33.33');
  });
});
