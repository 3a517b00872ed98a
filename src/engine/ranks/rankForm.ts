import { UsageError } from '../../failures';
import type { Method, Rank } from '../decompositions/decomposition';
import { formatShape } from '../tensor/tensor';

const tupleMethods: Readonly<Partial<Record<Method, true>>> = { tucker: true, tt: true };

/** Text of a rank, e.g. `28` or `(14, 14, 3, 3)`. */
export function formatRank(rank: Rank): string {
  return typeof rank === 'number' ? String(rank) : `(${rank.join(', ')})`;
}

/** On a matrix these are the truncated SVD under other names (and forms of the rank). */
const svdOnMatrices: readonly Method[] = ['svd', 'cp', 'tucker', 'tt'];

export function isSvdOf(method: Method, shape: readonly number[]): boolean {
  return shape.length === 2 && svdOnMatrices.includes(method);
}

/** A matrix's rank in the method's own form: R, [R, R] (tucker) or [1, R, 1] (tt). */
export function matrixRank(method: Method, rank: number): Rank {
  if (method === 'tucker') {
    return [rank, rank];
  }
  return method === 'tt' ? [1, rank, 1] : rank;
}

/**
 * The number in `rank`: itself, or the one rank a matrix has in [R, R] or [1, R, 1] (the smaller
 * of two). @throws UsageError when it has another form, or is not a positive integer.
 */
export function asNumber(method: Method, shape: readonly number[], rank: Rank): number {
  if (typeof rank === 'number') {
    return assertPositive(method, shape, rank, rank);
  }
  if (shape.length === 2 && tupleMethods[method] && rank.length === (method === 'tt' ? 3 : 2)) {
    const value = method === 'tt' ? rank[1] : Math.min(rank[0], rank[1]);
    return assertPositive(method, shape, value, rank);
  }
  throw wrongForm(method, shape, rank);
}

/**
 * The tuple in `rank`: one number per axis (tucker) or per bond with both ends (tt).
 * @throws UsageError when it has another form, or holds anything but positive integers.
 */
export function asTuple(method: Method, shape: readonly number[], rank: Rank): readonly number[] {
  const length = shape.length + (method === 'tt' ? 1 : 0);
  if (typeof rank === 'number' || rank.length !== length) {
    throw wrongForm(method, shape, rank);
  }
  rank.forEach((value) => assertPositive(method, shape, value, rank));
  if (method === 'tt' && (rank[0] !== 1 || rank[length - 1] !== 1)) {
    throw wrongForm(method, shape, rank);
  }
  return rank;
}

function assertPositive(
  method: Method,
  shape: readonly number[],
  value: number,
  rank: Rank,
): number {
  if (!Number.isInteger(value) || value < 1) {
    throw wrongForm(method, shape, rank);
  }
  return value;
}

function wrongForm(method: Method, shape: readonly number[], rank: Rank): UsageError {
  const order = shape.length;
  const expected =
    method === 'tucker'
      ? `${order} positive integers`
      : method === 'tt'
        ? `${order + 1} positive integers, the first and the last being 1`
        : 'a positive integer';
  return new UsageError(
    `Rank ${formatRank(rank)} does not fit ${method} on shape ${formatShape(shape)}: it must be ${expected}.`,
  );
}
