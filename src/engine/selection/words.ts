import type { Method, Rank } from '../decompositions/decomposition';
import { formatRank } from '../ranks/rankForm';

export { formatRank };

/** The methods' names as people write them. */
export const methodLabels: Readonly<Record<Method | 'dense', string>> = {
  svd: 'SVD',
  cp: 'CP',
  tucker: 'Tucker',
  tt: 'Tensor Train',
  kronecker: 'Kronecker',
  dense: 'dense',
};

/** `SVD rank 12`, `Tucker (14, 14, 3, 3)`. */
export function formatChoice(method: Method, rank: Rank): string {
  return typeof rank === 'number'
    ? `${methodLabels[method]} rank ${rank}`
    : `${methodLabels[method]} ${formatRank(rank)}`;
}

/**
 * A fraction as a percentage with at most three significant digits, e.g. `12.3 %`; what is not
 * quite nothing never reads as 0.
 */
export function formatPercent(fraction: number): string {
  const percent = fraction * 100;
  if (percent !== 0 && Math.abs(percent) < 0.1) {
    return `${Number(percent.toPrecision(3))} %`;
  }
  const digits = Math.abs(percent) >= 100 || percent === 0 ? 0 : Math.abs(percent) >= 10 ? 1 : 2;
  const text = percent.toFixed(digits);
  return `${text.includes('.') ? text.replace(/\.?0+$/, '') : text} %`;
}

/** A percentage with the digits it was typed in with: 99.99 % must not read as 100 %. */
export function exactPercent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(9))} %`;
}
