import { unattended, type Job } from '../job';
import type { FloatMatrix } from '../linalg/gramBasis';
import { createMatrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { matricisationOf, matricisations, type Matricisation } from '../ranks/matricisation';
import type { DenseTensor } from '../tensor/tensor';
import { permute } from '../tensor/unfold';
import type { Attributes, Decomposition, Factorisation } from './decomposition';
import {
  countParameters,
  matrixFactor,
  requireRank,
  storedFactorOfShape,
  toDouble,
  type StoredDecomposition,
} from './storedFactors';
import { productResidual } from './residual';
import { factoriseVariants } from './variants';

export interface SvdOptions {
  /** Of the random sketch that a large matrix needs. */
  readonly seed: number;
  /** `scheme`: matricisation of a convolution (default: the one with the smallest error). */
  readonly attributes?: Attributes;
}

/**
 * Truncated SVD of a matrix, or of a convolution (T, C, spatial...) read as one: W ~ L R with the
 * singular values split evenly, `left` (rows x r) and `right` (r x columns). `scheme` of the
 * attributes says which matrix (src/engine/ranks/matricisation.ts): `matrix`, `channel-out`,
 * `channel-in` or `spatial`. Optimal in the Frobenius norm (Eckart and Young, 1936).
 * @throws UsageError below two axes, UnsupportedError for values that are not finite.
 */
export async function factoriseSvd(
  tensor: DenseTensor,
  options: SvdOptions,
  job: Job = unattended,
): Promise<Factorisation> {
  job.throwIfCancelled();
  const { shape } = tensor;
  const variants = matricisations(shape).map((matricisation) => ({
    attributes: { scheme: matricisation.scheme },
    source: {
      rows: matricisation.rows,
      columns: matricisation.columns,
      build: (buildJob: Job) => matricise(tensor, matricisation, buildJob),
    },
  }));
  return factoriseVariants(
    'svd',
    tensor,
    variants,
    (L, R, attributes) => {
      const factors = [matrixFactor('left', L), matrixFactor('right', R)];
      return restoreSvd({ shape, rank: L.columns, attributes, factors });
    },
    options,
  );
}

/**
 * Rebuilds a truncated SVD from `left` and `right`. @throws FormatError when they do not fit the
 * shape, UsageError when the scheme does not.
 */
export function restoreSvd(stored: StoredDecomposition): Decomposition {
  const { shape, attributes, factors } = stored;
  const rank = requireRank('svd', stored.rank);
  const matricisation = matricisationOf(shape, attributes);
  const { rows, columns, axes } = matricisation;
  const left = storedFactorOfShape(factors, 'left', [rows, rank]);
  const right = storedFactorOfShape(factors, 'right', [rank, columns]);
  return {
    method: 'svd',
    shape: [...shape],
    rank,
    parameterCount: countParameters(factors),
    factors,
    attributes: { ...attributes, scheme: matricisation.scheme },
    async reconstruct(job) {
      const L = createMatrix(rows, rank, toDouble(left));
      const R = createMatrix(rank, columns, toDouble(right));
      const { data } = await multiply(L, R, { job });
      const permuted = { shape: axes.map((axis) => shape[axis]), data };
      return permute(
        permuted,
        shape.map((_, axis) => axes.indexOf(axis)),
        job,
      );
    },
    ...(isInOrder(axes) && {
      residual: async (tensor: DenseTensor, job?: Job) =>
        productResidual(
          tensor.data,
          { rows, columns: rank, data: left },
          { rows: rank, columns, data: right },
          job,
        ),
    }),
  };
}

/** Whether a matricisation reads the tensor's elements in the order they lie. */
function isInOrder(axes: readonly number[]): boolean {
  return axes.every((axis, k) => axis === k);
}

function matricise(
  tensor: DenseTensor,
  { axes, rows, columns }: Matricisation,
  job: Job,
): FloatMatrix {
  return { rows, columns, data: isInOrder(axes) ? tensor.data : permute(tensor, axes, job).data };
}
