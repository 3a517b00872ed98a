import type { Attributes, Method, Rank } from '../decompositions/decomposition';
import { breakEvenRank } from '../ranks';
import type { Choice } from './choice';
import { formatRank } from './words';

/** Says that an explicit rank was more than the tensor allows; undefined when it was not. */
export function clippedRemark(asked: Rank, realised: Rank): string | undefined {
  return formatRank(asked) === formatRank(realised)
    ? undefined
    : `rank ${formatRank(asked)} was cut down to ${formatRank(realised)}, which the tensor allows`;
}

/** Why a choice does not pay, with the rank up to which the method would. */
export function lossReason(
  method: Method,
  shape: readonly number[],
  cost: Pick<Choice, 'parameters' | 'denseParameters' | 'macs' | 'denseMacs'>,
  attributes: Attributes,
): string {
  const count = (value: number) => value.toLocaleString('en-US');
  if (cost.parameters < cost.denseParameters) {
    return `${count(cost.macs)} multiply-adds are not fewer than the dense ${count(cost.denseMacs)}`;
  }
  const breakEven = breakEvenRank(method, shape, { attributes });
  const limit =
    breakEven === undefined
      ? 'no rank is smaller'
      : `it is smaller up to rank ${formatRank(breakEven)}`;
  return `${count(cost.parameters)} parameters are not fewer than the dense ${count(cost.denseParameters)}; ${limit}`;
}
