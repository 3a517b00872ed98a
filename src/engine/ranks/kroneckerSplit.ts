import { UsageError } from '../../failures';
import type { Attributes } from '../decompositions/decomposition';
import { elementCount, formatShape } from '../tensor/tensor';
import { assertMatrixOrMore } from './matricisation';

/** W (m1 m2 x n1 n2) = sum of A_i (m1 x n1) (x) B_i (m2 x n2); the block is B's shape. */
export interface KroneckerSplit {
  readonly m1: number;
  readonly n1: number;
  readonly m2: number;
  readonly n2: number;
}

/** Splits whose parameters per term are within this factor of the fewest are worth a look. */
const nearOptimal = 1.1;

/** The matrix a Kronecker sum approximates: T x (everything else). */
export function kroneckerMatrix(shape: readonly number[]): { rows: number; columns: number } {
  assertMatrixOrMore('kronecker', shape);
  return { rows: shape[0], columns: elementCount(shape) / shape[0] };
}

/**
 * The splits worth comparing on data, at most three, the first being the default: of all divisor
 * pairs with nearly the fewest parameters per term, m1 n1 + m2 n2 (the search of methods' eq. 5
 * without the mask), (1) the one with the squarest block, (2) the one with the fewest
 * multiply-adds, and for a convolution (3) the squarest whose block holds whole input channels.
 * Splits that are an ordinary low-rank factorisation are left to `svd`, unless there is no other.
 */
export function kroneckerSplits(shape: readonly number[]): KroneckerSplit[] {
  const { rows, columns } = kroneckerMatrix(shape);
  const all = allSplits(rows, columns);
  const proper = all.filter((split) => !isLowRank(split));
  const candidates = proper.length > 0 ? proper : all;
  const fewest = Math.min(...candidates.map(parametersPerTerm));
  const near = candidates.filter((split) => parametersPerTerm(split) <= nearOptimal * fewest);
  const spatial = elementCount(shape.slice(2));
  const wholeChannels = spatial > 1 ? near.filter((split) => split.n2 % spatial === 0) : [];
  const chosen = [
    smallest(near, [oblongness, parametersPerTerm, macsPerTerm]),
    smallest(near, [macsPerTerm, parametersPerTerm, oblongness]),
    smallest(wholeChannels, [oblongness, parametersPerTerm, macsPerTerm]),
  ];
  return chosen.filter((split, i): split is KroneckerSplit => {
    return split !== undefined && chosen.indexOf(split) === i;
  });
}

/** The split with block `attributes.block` = [m2, n2], the default one when there is none. */
export function kroneckerSplitOf(
  shape: readonly number[],
  attributes?: Attributes,
): KroneckerSplit {
  const block = attributes?.block;
  if (block === undefined) {
    return kroneckerSplits(shape)[0];
  }
  const { rows, columns } = kroneckerMatrix(shape);
  if (Array.isArray(block) && block.length === 2) {
    const [m2, n2] = block as readonly number[];
    if (rows % m2 === 0 && columns % n2 === 0) {
      return { m1: rows / m2, n1: columns / n2, m2, n2 };
    }
  }
  throw new UsageError(
    `Block ${String(block)} does not divide the ${rows} x ${columns} matrix of a tensor of shape ${formatShape(shape)}.`,
  );
}

/** Parameters of one term, m1 n1 + m2 n2. */
export function parametersPerTerm({ m1, n1, m2, n2 }: KroneckerSplit): number {
  return m1 * n1 + m2 * n2;
}

/** Multiply-adds of one term per input vector, in the cheaper of the two orders. */
export function macsPerTerm({ m1, n1, m2, n2 }: KroneckerSplit): number {
  return Math.min(n1 * n2 * m2 + m1 * n1 * m2, m1 * n1 * n2 + m1 * m2 * n2);
}

/** Largest number of terms that adds anything. */
export function maxTerms({ m1, n1, m2, n2 }: KroneckerSplit): number {
  return Math.min(m1 * n1, m2 * n2);
}

function allSplits(rows: number, columns: number): KroneckerSplit[] {
  const divisorsOfColumns = divisors(columns);
  return divisors(rows).flatMap((m2) =>
    divisorsOfColumns.map((n2) => ({ m1: rows / m2, n1: columns / n2, m2, n2 })),
  );
}

function isLowRank({ m1, n1, m2, n2 }: KroneckerSplit): boolean {
  return (m2 === 1 && n1 === 1) || (m1 === 1 && n2 === 1);
}

/** How far the block is from square; rounded so that equal ratios compare equal. */
export function oblongness({ m2, n2 }: KroneckerSplit): number {
  return Math.round(Math.abs(Math.log2(m2 / n2)) * 1e9);
}

/** Ascending. */
export function divisors(value: number): number[] {
  const small: number[] = [];
  for (let d = 1; d * d <= value; d++) {
    if (value % d === 0) {
      small.push(d);
    }
  }
  const large = small.map((d) => value / d).reverse();
  return small.at(-1) === large[0] ? [...small, ...large.slice(1)] : [...small, ...large];
}

/** The first of the splits with the smallest keys, compared in turn. */
function smallest(
  splits: readonly KroneckerSplit[],
  keys: readonly ((split: KroneckerSplit) => number)[],
): KroneckerSplit | undefined {
  const sorted = [...splits].sort((x, y) => {
    const difference = keys.map((key) => key(x) - key(y)).find((value) => value !== 0);
    return difference ?? x.m2 - y.m2;
  });
  return sorted[0];
}
