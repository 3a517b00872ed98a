import type { Attributes, Method, Rank } from '../decompositions/decomposition';
import { breakEvenRank } from '../ranks';
import { dtypes, type DType } from '../tensor/dtype';
import type { Choice } from './choice';
import { formatRank, formatSize } from './words';

/** Says that an explicit rank was more than the tensor allows; undefined when it was not. */
export function clippedRemark(asked: Rank, realised: Rank): string | undefined {
  return formatRank(asked) === formatRank(realised)
    ? undefined
    : `rank ${formatRank(asked)} was cut down to ${formatRank(realised)}, which the tensor allows`;
}

type Costs = Pick<
  Choice,
  'parameters' | 'denseParameters' | 'bytes' | 'denseBytes' | 'macs' | 'denseMacs'
>;

/** Why a choice does not pay, with the rank up to which the method would. */
export function lossReason(
  method: Method,
  shape: readonly number[],
  cost: Costs,
  attributes: Attributes,
  dtype: DType,
): string {
  const count = (value: number) => value.toLocaleString('en-US');
  if (cost.bytes < cost.denseBytes) {
    return `${count(cost.macs)} multiply-adds are not fewer than the dense ${count(cost.denseMacs)}`;
  }
  const valueBytes = dtypes[dtype].bytes;
  const breakEven = breakEvenRank(method, shape, { attributes, valueBytes });
  const limit =
    breakEven === undefined
      ? `no ${method === 'block' ? 'number of blocks' : 'rank'} is smaller`
      : `it is smaller up to ${formatSize(method, breakEven)}`;
  if (cost.parameters < cost.denseParameters) {
    return `${count(cost.bytes)} bytes, those that say which blocks are kept included, are not fewer than the dense ${count(cost.denseBytes)}; ${limit}`;
  }
  return `${count(cost.parameters)} parameters are not fewer than the dense ${count(cost.denseParameters)}; ${limit}`;
}
