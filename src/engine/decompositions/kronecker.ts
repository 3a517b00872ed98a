import { unattended, type Job } from '../job';
import { createMatrix, transpose, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { fixSigns } from '../linalg/signs';
import { kroneckerSplitOf, kroneckerSplits, type KroneckerSplit } from '../ranks/kroneckerSplit';
import type { DenseTensor } from '../tensor/tensor';
import { permute } from '../tensor/unfold';
import type { Attributes, Decomposition, Factorisation } from './decomposition';
import {
  countParameters,
  factorOfShape,
  requireRank,
  type StoredDecomposition,
} from './storedFactors';
import { factoriseVariants } from './variants';

export interface KroneckerOptions {
  /** Of the random sketch that a large matrix needs. */
  readonly seed: number;
  /** `block`: [m2, n2] (default: of a few good splits, the one with the smallest error). */
  readonly attributes?: Attributes;
}

/**
 * Sum of Kronecker products, W (m x n) ~ sum over i of A_i (m1 x n1) (x) B_i (m2 x n2), by the SVD
 * of the matrix whose rows are the blocks of W (Van Loan and Pitsianis, 1993): the best fit with
 * that many terms and that block. A convolution (T, C, ...) is taken as T x (everything else).
 * Factors: `a` (r x m1 x n1) and `b` (r x m2 x n2), norms split evenly, the entry of largest
 * magnitude of every B_i positive. `block` = [m2, n2] is in the attributes; without one given, the
 * candidates of {@link kroneckerSplits} are compared.
 * @throws UsageError below two axes or for a block that does not divide the matrix,
 * UnsupportedError for values that are not finite.
 */
export async function factoriseKronecker(
  tensor: DenseTensor,
  options: KroneckerOptions,
  job: Job = unattended,
): Promise<Factorisation> {
  job.throwIfCancelled();
  const { shape } = tensor;
  const splits = options.attributes?.block
    ? [kroneckerSplitOf(shape, options.attributes)]
    : kroneckerSplits(shape);
  const variants = splits.map((split) => ({
    attributes: { block: [split.m2, split.n2] },
    source: {
      rows: split.m1 * split.n1,
      columns: split.m2 * split.n2,
      build: (buildJob: Job) => rearrange(tensor, split, buildJob),
    },
  }));
  return factoriseVariants(
    'kronecker',
    tensor,
    variants,
    (L, R, attributes) => {
      const terms = L.columns;
      const { m1, n1, m2, n2 } = kroneckerSplitOf(shape, attributes);
      const B = transpose(R);
      fixSigns(B, L);
      const factors = [
        { name: 'a', shape: [terms, m1, n1], data: transpose(L).data },
        { name: 'b', shape: [terms, m2, n2], data: transpose(B).data },
      ];
      return restoreKronecker({ shape, rank: terms, attributes, factors });
    },
    options,
  );
}

/**
 * Rebuilds a Kronecker sum from `a`, `b` and the attribute `block`. @throws FormatError when the
 * factors do not fit the shape, UsageError when the block does not.
 */
export function restoreKronecker(stored: StoredDecomposition): Decomposition {
  const { shape, attributes, factors } = stored;
  const terms = requireRank('kronecker', stored.rank);
  const split = kroneckerSplitOf(shape, attributes);
  const { m1, n1, m2, n2 } = split;
  const A = createMatrix(terms, m1 * n1, factorOfShape(factors, 'a', [terms, m1, n1]));
  const B = createMatrix(terms, m2 * n2, factorOfShape(factors, 'b', [terms, m2, n2]));
  return {
    method: 'kronecker',
    shape: [...shape],
    rank: terms,
    parameterCount: countParameters(factors),
    factors,
    attributes: { ...attributes, block: [m2, n2] },
    async reconstruct(job) {
      const { data } = await multiply(A, B, { transposeA: true, job });
      const blocks = { shape: [m1, n1, m2, n2], data };
      return { shape: [...shape], data: permute(blocks, [0, 2, 1, 3], job).data };
    },
  };
}

/** R(W): one row per block of W, the block flattened row-major; the norm stays. */
export function rearrange(
  tensor: DenseTensor,
  { m1, n1, m2, n2 }: KroneckerSplit,
  job: Job = unattended,
): Matrix {
  const blocked = permute({ shape: [m1, m2, n1, n2], data: tensor.data }, [0, 2, 1, 3], job);
  return createMatrix(m1 * n1, m2 * n2, blocked.data);
}
