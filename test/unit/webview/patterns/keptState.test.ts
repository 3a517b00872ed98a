import { describe, expect, it } from 'vitest';
import { countFor } from '../../../../webview/patterns/keptSlider';
import { keptState, wantedOf } from '../../../../webview/patterns/keptState';
import { openBlocks, openGroups } from './maps';

const uri = 'file:///m.safetensors';
const open = openBlocks([1, 4, 2, 8, 0, 2], { columns: 3 });

describe('the slider over a reload', () => {
  it('keeps half of the blocks where nothing was kept', () => {
    expect(wantedOf(undefined)).toEqual({ mode: 'kept', share: 0.5 });
    expect(wantedOf({ uri })).toEqual({ mode: 'kept', share: 0.5 });
  });

  it('comes back with the share of the blocks', () => {
    const state = keptState(open, { mode: 'kept', share: 1 / 3 });
    expect(state).toEqual({ mode: 'blocks', kept: 2 / 6 });
    expect(wantedOf({ uri, ...state })).toEqual({ mode: 'kept', share: 2 / 6 });
  });

  it('comes back with the energy that was asked for, not with that of the blocks it took', () => {
    const wanted = { mode: 'energy', share: 0.8 } as const;
    const state = keptState(open, wanted);
    // 64 + 16 of 89 are enough.
    expect(state).toEqual({ mode: 'energy', kept: 2 / 6, energy: 0.8 });
    expect(wantedOf({ uri, ...state })).toEqual(wanted);
    expect(countFor(open, wantedOf({ uri, ...state }))).toBe(2);
  });

  it('does not take an energy for a share of blocks while there is no map', () => {
    expect(keptState(undefined, { mode: 'energy', share: 0.9 })).toEqual({
      mode: 'energy',
      energy: 0.9,
    });
    expect(keptState(undefined, { mode: 'kept', share: 0.3 })).toEqual({
      mode: 'blocks',
      kept: 0.3,
    });
  });

  it('understands what was kept before there were modes', () => {
    expect(wantedOf({ uri, kept: 0.25 })).toEqual({ mode: 'kept', share: 0.25 });
  });

  it('keeps N of every M as a fraction', () => {
    expect(keptState(openGroups(), { mode: 'kept', share: 0.5 })).toMatchObject({ kept: 0.5 });
  });
});
