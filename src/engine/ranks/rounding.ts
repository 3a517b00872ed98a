import { UsageError } from '../../failures';

/** Nearest integer, ties to even: the rounding of the reference rules. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const fraction = value - below;
  if (fraction !== 0.5) {
    return fraction < 0.5 ? below : below + 1;
  }
  return below % 2 === 0 ? below : below + 1;
}

export function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** @throws UsageError unless 0 < kept <= 1. */
export function assertKept(kept: number): void {
  if (!(kept > 0 && kept <= 1)) {
    throw new UsageError(
      `The kept fraction must be above 0 and at most 1, not ${kept}; 0.25 keeps a quarter of the parameters.`,
      { value: kept },
    );
  }
}
