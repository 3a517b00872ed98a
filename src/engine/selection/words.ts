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
  block: 'Block-sparse',
  kpd: 'Block-sparse Kronecker',
  dense: 'dense',
};

/** `SVD rank 12`, `Tucker (14, 14, 3, 3)`, `Block-sparse, 120 blocks`. */
export function formatChoice(method: Method, rank: Rank): string {
  const label = methodLabels[method];
  if (typeof rank !== 'number') {
    return `${label} ${formatRank(rank)}`;
  }
  return `${label}${method === 'block' ? ',' : ''} ${formatSize(method, rank)}`;
}

/** A rank with what it counts: `rank 12`, `120 blocks`. */
export function formatSize(method: Method, rank: Rank): string {
  return method === 'block' && typeof rank === 'number'
    ? `${rank} ${rank === 1 ? 'block' : 'blocks'}`
    : `rank ${formatRank(rank)}`;
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
