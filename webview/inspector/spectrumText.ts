import type { TensorStatistics } from '../../src/protocol/inspector';
import { formatCount, formatPercent } from '../format';

type Spectrum = NonNullable<TensorStatistics['spectrum']>;

export const energyLevels = [
  { share: '90 %', key: 'energy90' },
  { share: '95 %', key: 'energy95' },
  { share: '99 %', key: 'energy99' },
] as const;

/** `99 % of the energy needs rank 212 of 512 (41.4 %)`, one sentence for each level. */
export function describeRanks({ matrix, ranks }: Spectrum): string[] {
  const full = Math.min(...matrix);
  return energyLevels.map(({ share, key }) => {
    const rank = ranks[key];
    return `${share} of the energy needs rank ${formatCount(rank)} of ${formatCount(full)} (${formatPercent(rank / full)})`;
  });
}

/** Singular values that a logarithmic axis shows with profit: from the largest down to 1e-8 of it. */
export function visibleSpectrum(singularValues: readonly number[]): { x: number; y: number }[] {
  const floor = (singularValues[0] ?? 0) * 1e-8;
  return singularValues.map((y, index) => ({ x: index + 1, y })).filter(({ y }) => y > floor);
}

/** A histogram's bins as points at their centres. */
export function histogramPoints(
  histogram: NonNullable<TensorStatistics['histogram']>,
): { x: number; y: number }[] {
  const { low, high, counts } = histogram;
  const width = (high - low) / counts.length || 1;
  return counts.map((y, index) => ({ x: low + (index + 0.5) * width, y }));
}
