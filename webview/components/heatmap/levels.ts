import { LEVELS } from './colorScale';

export type ValueScale = 'linear' | 'log';

/** The values between which levels are spread. */
export interface ValueRange {
  readonly scale: ValueScale;
  readonly low: number;
  readonly high: number;
}

/** Smaller values than this share of the largest look like zero on a logarithmic scale. */
const DECADES = 6;

/** From zero to the largest value; on a logarithmic scale from the smallest that is not zero. */
export function valueRange(values: Float32Array, scale: ValueScale): ValueRange {
  let [high, smallest] = [0, Infinity];
  for (const value of values) {
    if (value > high) {
      high = value;
    }
    if (value > 0 && value < smallest) {
      smallest = value;
    }
  }
  if (scale === 'linear' || high === 0) {
    return { scale: 'linear', low: 0, high };
  }
  const low = Math.max(smallest, high * 10 ** -DECADES);
  return { scale, low: low < high ? low : high / 10, high };
}

/** The level of every value, 0 to 255; `levels` is used again where it fits. */
export function levelsOf(values: Float32Array, range: ValueRange, levels?: Uint8Array): Uint8Array {
  const result = levels?.length === values.length ? levels : new Uint8Array(values.length);
  const { low, high, scale } = range;
  const top = LEVELS - 1;
  if (scale === 'linear') {
    const factor = high > 0 ? top / high : 0;
    for (let index = 0; index < values.length; index++) {
      result[index] = Math.round((values[index] ?? 0) * factor);
    }
    return result;
  }
  const [start, factor] = [Math.log(low), top / Math.log(high / low)];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    result[index] = value <= low ? 0 : Math.round((Math.log(value) - start) * factor);
  }
  return result;
}

/** The value at a share of the scale, for the legend. */
export function valueAt({ high, low, scale }: ValueRange, share: number): number {
  return scale === 'log' ? low * (high / low) ** share : low + (high - low) * share;
}

/** Where a legend says a value, from the left end to the right. */
export const legendShares = [0, 0.5, 1] as const;
