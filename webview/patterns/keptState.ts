import type { PatternsState } from '../../src/protocol/patterns';
import { countFor } from './keptSlider';
import type { Wanted } from './keptSlider';
import type { OpenMap } from './openMap';

/** Half of the blocks, until somebody moves the slider. */
const FIRST_SHARE = 0.5;

/** What the slider was at when the page was last seen. */
export function wantedOf(state: PatternsState | undefined): Wanted {
  return state?.mode === 'energy' && state.energy !== undefined
    ? { mode: 'energy', share: state.energy }
    : { mode: 'kept', share: state?.kept ?? FIRST_SHARE };
}

/** The slider as it is kept; the fraction of the blocks is known where a map is. */
export function keptState(
  open: OpenMap | undefined,
  wanted: Wanted,
): Pick<PatternsState, 'mode' | 'kept' | 'energy'> {
  const { mode, share } = wanted;
  const isEnergy = mode === 'energy';
  const kept = open
    ? countFor(open, wanted) / Math.max(1, open.count)
    : isEnergy
      ? undefined
      : share;
  return {
    mode: isEnergy ? 'energy' : 'blocks',
    ...(kept !== undefined && { kept }),
    ...(isEnergy && { energy: share }),
  };
}
