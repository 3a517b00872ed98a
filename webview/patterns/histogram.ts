import type { ValueScale } from '../components/heatmap/levels';

export interface Histogram {
  readonly scale: ValueScale;
  /** Middle of each bin: a value, on a logarithmic scale its decimal logarithm. */
  readonly bins: readonly { readonly x: number; readonly y: number }[];
  /** Values that have no logarithm and are in no bin. */
  readonly zeros: number;
}

const BINS = 48;

/** How many blocks have which score, from zero (or the smallest) to the largest. */
export function histogramOf(values: Float32Array, scale: ValueScale): Histogram {
  let [low, high, zeros] = [Infinity, 0, 0];
  for (const value of values) {
    if (value > 0) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    } else {
      zeros++;
    }
  }
  if (high === 0) {
    return { scale: 'linear', bins: [{ x: 0, y: values.length }], zeros: 0 };
  }
  const isLog = scale === 'log';
  const start = isLog ? Math.log10(low) : 0;
  const end = isLog ? Math.max(Math.log10(high), start + 0.1) : high;
  const width = (end - start) / BINS;
  const counts = new Uint32Array(BINS);
  for (const value of values) {
    if (isLog && value <= 0) {
      continue;
    }
    const bin = Math.floor(((isLog ? Math.log10(value) : value) - start) / width);
    const at = Math.min(BINS - 1, Math.max(0, bin));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return {
    scale,
    bins: Array.from(counts, (y, bin) => ({ x: start + (bin + 0.5) * width, y })),
    zeros: isLog ? zeros : 0,
  };
}
