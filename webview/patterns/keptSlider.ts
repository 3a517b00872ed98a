import { formatCount, formatPercent } from '../format';
import { countForEnergy, countForKept, energyOf } from './openMap';
import type { OpenMap } from './openMap';

/** What the slider means: a share of the blocks, or of the squared norm. */
export type KeptMode = 'kept' | 'energy';

/** What is wanted; how many blocks that is depends on the map. */
export interface Wanted {
  readonly mode: KeptMode;
  /** 0 to 1. */
  readonly share: number;
}

/** Fine enough for the eye where there are more blocks than steps. */
const STEPS = 1000;

/** Steps of the slider: every block, or every thousandth. */
export function sliderSteps({ count, kind }: OpenMap, mode: KeptMode): number {
  return kind === 'nm' || (mode === 'kept' && count <= STEPS) ? Math.max(1, count) : STEPS;
}

/** Blocks that are kept, or entries of a group. */
export function countFor(map: OpenMap, { mode, share }: Wanted): number {
  return mode === 'energy' && map.kind === 'block'
    ? countForEnergy(map, share)
    : countForKept(map, share);
}

/** The same blocks, said by the other share. */
export function inMode(map: OpenMap, wanted: Wanted, mode: KeptMode): Wanted {
  const count = countFor(map, wanted);
  const share = mode === 'kept' ? count / Math.max(1, map.count) : energyOf(map, count);
  return { mode, share };
}

/** A share as it is typed, in percent; a problem in words for anything else. */
export function parseShare(text: string): number | { readonly problem: string } {
  const value = Number(text.trim().replace(/\s*%$/, '').replace(',', '.'));
  return text.trim() !== '' && value >= 0 && value <= 100
    ? value / 100
    : { problem: 'Enter a percentage between 0 and 100.' };
}

export function shareText(share: number): string {
  return String(Number((share * 100).toPrecision(4)));
}

/** The slider's value for a screen reader. */
export function keptWords({ count, kind }: OpenMap, kept: number, { mode, share }: Wanted): string {
  if (kind === 'nm') {
    return `${kept} of every ${count} entries`;
  }
  const blocks = `${formatCount(kept)} of ${formatCount(count)} blocks`;
  return mode === 'energy' ? `${formatPercent(share)} of the energy, ${blocks}` : blocks;
}
