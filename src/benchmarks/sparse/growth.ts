import type { BenchmarkCell, BenchmarkColumn } from '../../protocol/benchmarks';
import { fitPowerLaw } from '../fit';
import type { EpochTime } from './training';

/** Time of an epoch at one size, of whatever is varied. */
export interface TimeAtSize {
  readonly size: number;
  readonly time: Pick<EpochTime, 'mean' | 'orders' | 'network'>;
}

/** What the publication says of an exponent, and whether one agrees. */
export interface GrowthClaim {
  readonly words: string;
  /** `yes`, or on which side of the claim an exponent is. */
  verdict(exponent: number): string;
}

export const hiddenClaim: GrowthClaim = {
  words: 'below 1 (sublinear)',
  verdict: (exponent) => (exponent < 1 ? 'yes' : 'no, above'),
};

/** An exponent from 0.9 to 1.1 is taken for linear. */
export const nonzerosClaim: GrowthClaim = {
  words: '1 (linear)',
  verdict: (exponent) => (exponent < 0.9 ? 'no, below' : exponent > 1.1 ? 'no, above' : 'yes'),
};

export const growthColumns: readonly BenchmarkColumn[] = [
  { id: 'what', title: 'Time of', kind: 'text' },
  { id: 'exponent', title: 'Exponent', kind: 'number', digits: 3 },
  { id: 'r-squared', title: 'R²', kind: 'number', digits: 4 },
  { id: 'claim', title: 'Exponent', kind: 'text', published: true },
  { id: 'agrees', title: 'Agrees', kind: 'text' },
  { id: 'sizes', title: 'Sizes', kind: 'number' },
];

/** The whole epoch and its two halves; `what` names the data where there are several. */
export function growthRows(
  times: readonly TimeAtSize[],
  claim: GrowthClaim,
  what?: string,
): BenchmarkCell[][] {
  const rows: readonly (readonly [string, keyof TimeAtSize['time']])[] = [
    ['whole epoch', 'mean'],
    ['order optimisation', 'orders'],
    ['gradient and step', 'network'],
  ];
  return rows.map(([title, key]) => {
    const fit = fitPowerLaw(times.map(({ size, time }) => [size, time[key]] as const));
    return [
      what === undefined ? title : `${what}, ${title}`,
      fit?.exponent ?? null,
      fit?.rSquared ?? null,
      claim.words,
      fit ? claim.verdict(fit.exponent) : null,
      times.length,
    ];
  });
}
