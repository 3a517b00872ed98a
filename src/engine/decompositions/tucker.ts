import { UsageError } from '../../failures';
import { residualNorm } from '../errors';
import { unattended, type Job } from '../job';
import { createMatrix, firstColumns, type Matrix } from '../linalg/matrix';
import { asTuple } from '../ranks/rankForm';
import { clipTuckerRank, freeModes } from '../ranks/tuckerRank';
import type { DenseTensor } from '../tensor/tensor';
import { modeProduct, toFloat64, unfold } from '../tensor/unfold';
import { corner, energies, sumOutside } from './corner';
import type { Attributes, Decomposition, Factor, Factorisation, Rank } from './decomposition';
import { iterateOrthogonally } from './higherOrderOrthogonalIteration';
import { leftBases } from './leftBasis';
import {
  countParameters,
  factorOfShape,
  finiteSquaredNorm,
  matrixFactor,
  requireTensor,
  type StoredDecomposition,
} from './storedFactors';
import { smallestTuckerRank } from './tuckerSearch';

export interface TuckerOptions {
  /**
   * `hosvd` (default) truncates one factorisation to every rank; `hooi` improves on it with
   * alternating rounds at each rank (higher-order orthogonal iteration).
   */
  readonly algorithm?: 'hosvd' | 'hooi';
  /** Modes that keep full rank and no factor; the default is every mode from 2 on (spatial). */
  readonly fixedModes?: readonly number[];
  /** HOOI: rounds at most; 100. */
  readonly maxIterations?: number;
  /** HOOI: from the third round on, a smaller change of the relative error ends it; 1e-4. */
  readonly tolerance?: number;
}

/**
 * Tucker: X ~ G x_k U_k over the free modes k, core G (R_0 x .. x R_{d-1}), U_k (I_k x R_k) with
 * orthonormal columns. For a convolution (T, C, H, W) the spatial modes are fixed, so the core is
 * stored contracted, R_T x R_C x H x W, with `factor0` = U_T and `factor1` = U_C.
 *
 * HOSVD (De Lathauwer, De Moor and Vandewalle, 2000): U_k holds the left singular vectors of
 * X_(k). They are computed once, complete, with the full core; the core at a rank is a corner of
 * it, and the squared error is the energy outside the corner, without cancellation.
 * @throws UsageError for a bad option or an order below 3, UnsupportedError for values that are not finite.
 */
export async function factoriseTucker(
  tensor: DenseTensor,
  options: TuckerOptions = {},
  job: Job = unattended,
): Promise<Factorisation> {
  requireTensor('tucker', tensor.shape);
  const X = { shape: [...tensor.shape], data: toFloat64(tensor) };
  const { algorithm = 'hosvd' } = options;
  const free = modesToReduce(X.shape.length, options.fixedModes);
  const squaredNorm = finiteSquaredNorm(X.data);
  const clip = (rank: Rank): number[] =>
    clipTuckerRank(X.shape, asTuple('tucker', X.shape, rank), free);
  const bases = await basesOf(X, free, job);
  const core = await fullCore(X, bases, job);

  const truncated = (ranks: readonly number[]): Map<number, Matrix> =>
    new Map([...bases].map(([mode, basis]) => [mode, firstColumns(basis, ranks[mode])]));

  if (algorithm === 'hosvd') {
    // Fixed modes are usually the last ones; their axes are summed over once for all ranks.
    const varying = Math.max(-1, ...free) + 1;
    const squares = energies(core, varying);
    return {
      method: 'tucker',
      shape: X.shape,
      async at(rank, levelJob = unattended) {
        levelJob.throwIfCancelled();
        const ranks = clip(rank);
        return assemble(X.shape, corner(core, ranks), truncated(ranks), { algorithm });
      },
      async errorAt(rank, levelJob = unattended) {
        levelJob.throwIfCancelled();
        return Math.sqrt(sumOutside(squares, clip(rank).slice(0, varying)));
      },
      async selectForError(absoluteError, levelJob = unattended) {
        const known = { shape: X.shape, free, squares };
        const rank = smallestTuckerRank(known, absoluteError ** 2, levelJob);
        return rank && { rank };
      },
    };
  }

  const limits = {
    maxIterations: options.maxIterations ?? 100,
    tolerance: options.tolerance ?? 1e-4,
  };
  const errors = new Map<string, number>();
  async function at(rank: Rank, roundsJob: Job = unattended): Promise<Decomposition> {
    const ranks = clip(rank);
    const fit = await iterateOrthogonally(X, squaredNorm, truncated(ranks), limits, roundsJob);
    const iterations = fit.errors.length;
    const attributes = { algorithm, iterations, converged: fit.converged };
    const decomposition = assemble(X.shape, fit.core, fit.factors, attributes);
    const { data } = await decomposition.reconstruct(roundsJob);
    errors.set(ranks.join(), residualNorm(X.data, data));
    return decomposition;
  }
  return {
    method: 'tucker',
    shape: X.shape,
    at,
    async errorAt(rank, roundsJob) {
      const key = clip(rank).join();
      if (!errors.has(key)) {
        await at(rank, roundsJob);
      }
      return errors.get(key);
    },
  };
}

/**
 * Rebuilds a Tucker decomposition from `core` and `factor{k}` (I_k x R_k) for every mode that has
 * one. @throws FormatError when core and factors do not fit each other.
 */
export function restoreTucker(stored: StoredDecomposition): Decomposition {
  const { shape, attributes, factors } = stored;
  const ranks = asTuple('tucker', shape, stored.rank);
  const core = { shape: ranks, data: factorOfShape(factors, 'core', ranks) };
  const matrices = new Map<number, Matrix>();
  for (const [mode, size] of shape.entries()) {
    const name = `factor${mode}`;
    if (ranks[mode] !== size || factors.some((factor) => factor.name === name)) {
      const data = factorOfShape(factors, name, [size, ranks[mode]]);
      matrices.set(mode, createMatrix(size, ranks[mode], data));
    }
  }
  return {
    method: 'tucker',
    shape,
    rank: ranks,
    parameterCount: countParameters(factors),
    factors,
    attributes,
    async reconstruct(job) {
      let result: DenseTensor<Float64Array> = core;
      for (const [mode, matrix] of matrices) {
        result = await modeProduct(result, matrix, mode, false, job);
      }
      return result === core ? { shape, data: core.data.slice() } : result;
    },
  };
}

function assemble(
  shape: readonly number[],
  core: DenseTensor<Float64Array>,
  factors: ReadonlyMap<number, Matrix>,
  attributes: Attributes,
): Decomposition {
  const stored: Factor[] = [{ name: 'core', ...core }];
  for (const [mode, matrix] of factors) {
    stored.push(matrixFactor(`factor${mode}`, matrix));
  }
  return restoreTucker({ shape, rank: core.shape, attributes, factors: stored });
}

function modesToReduce(order: number, fixed?: readonly number[]): number[] {
  if (fixed?.some((mode) => !Number.isInteger(mode) || mode < 0 || mode >= order)) {
    throw new UsageError(`[${fixed.join()}] does not name modes of a tensor of order ${order}.`, {
      value: fixed.join(),
      limit: order - 1,
    });
  }
  return Array.from({ length: order }, (_, mode) => mode).filter((mode) =>
    fixed ? !fixed.includes(mode) : mode < freeModes,
  );
}

/** All left singular vectors of every unfolding X_(mode). */
async function basesOf(
  X: DenseTensor<Float64Array>,
  modes: readonly number[],
  job: Job,
): Promise<Map<number, Matrix>> {
  const unfoldings = modes.map((mode) => unfold(X, mode, job));
  const bases = await leftBases(unfoldings, job);
  job.report(0.5, 'bases');
  return new Map(modes.map((mode, i) => [mode, bases[i]]));
}

/** X x_k U_k^T over all modes with a basis. */
async function fullCore(
  X: DenseTensor<Float64Array>,
  bases: ReadonlyMap<number, Matrix>,
  job: Job,
): Promise<DenseTensor<Float64Array>> {
  let core = X;
  let done = 0;
  for (const [mode, basis] of bases) {
    job.throwIfCancelled();
    core = await modeProduct(core, basis, mode, true, job);
    job.report(0.5 + (0.5 * ++done) / bases.size, `mode ${mode + 1} of ${X.shape.length}`);
  }
  return core;
}
