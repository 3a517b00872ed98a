import { UsageError } from '../../failures';
import { residualNorm } from '../errors';
import { unattended, type Job } from '../job';
import { createMatrix, firstColumns, type Matrix } from '../linalg/matrix';
import { asTuple } from '../ranks/rankForm';
import { clipTuckerRank, freeModes } from '../ranks/tuckerRank';
import type { DenseTensor } from '../tensor/tensor';
import { modeProduct, toFloat64 } from '../tensor/unfold';
import { corner, sumOutside } from './corner';
import type { Attributes, Decomposition, Factor, Factorisation, Rank } from './decomposition';
import { iterateOrthogonally } from './higherOrderOrthogonalIteration';
import { higherOrderSvd, isLarge, type HigherOrderSvd } from './higherOrderSvd';
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
 * {@link higherOrderSvd} is computed once, complete; the core at a rank is a corner of the full one,
 * and the squared error is the energy outside the corner, without cancellation.
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
  if (algorithm === 'hosvd') {
    return truncations(X, free, squaredNorm, clip, job);
  }

  const { bases } = await higherOrderSvd(X, free, Math.sqrt(squaredNorm), 'double', job);
  const limits = {
    maxIterations: options.maxIterations ?? 100,
    tolerance: options.tolerance ?? 1e-4,
  };
  const errors = new Map<string, number>();
  async function at(rank: Rank, roundsJob: Job = unattended): Promise<Decomposition> {
    const ranks = clip(rank);
    const fit = await iterateOrthogonally(X, squaredNorm, leading(bases, ranks), limits, roundsJob);
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

/**
 * HOSVD at every rank. A large tensor is decomposed in f32 first; ranks that leave so little out
 * that f32 cannot tell are answered in f64, so each answer depends on its rank alone.
 */
async function truncations(
  X: DenseTensor<Float64Array>,
  free: readonly number[],
  squaredNorm: number,
  clip: (rank: Rank) => number[],
  job: Job,
): Promise<Factorisation> {
  const norm = Math.sqrt(squaredNorm);
  const first = await higherOrderSvd(X, free, norm, isLarge(X.shape) ? 'single' : 'double', job);
  let exact: Promise<HigherOrderSvd> | undefined;

  const losses = new WeakMap<HigherOrderSvd, Map<string, number>>();
  const lossOf = (found: HigherOrderSvd, ranks: readonly number[]): number => {
    const known = losses.get(found) ?? new Map<string, number>();
    losses.set(found, known);
    const kept = ranks.slice(0, found.squares.shape.length);
    const loss = known.get(kept.join()) ?? sumOutside(found.squares, kept);
    known.set(kept.join(), loss);
    return loss;
  };

  async function exactly(levelJob: Job): Promise<HigherOrderSvd> {
    if (!isLarge(X.shape)) {
      return first;
    }
    exact ??= higherOrderSvd(X, free, norm, 'double', levelJob);
    // A cancelled attempt must not answer the next call.
    exact.catch(() => (exact = undefined));
    return exact;
  }

  async function serving(squaredLoss: number, levelJob: Job): Promise<HigherOrderSvd> {
    levelJob.throwIfCancelled();
    return squaredLoss > singleSuffices * squaredNorm ? first : exactly(levelJob);
  }

  return {
    method: 'tucker',
    shape: X.shape,
    async at(rank, levelJob = unattended) {
      const ranks = clip(rank);
      const { core, bases } = await serving(lossOf(first, ranks), levelJob);
      const factors = leading(bases, ranks);
      return assemble(X.shape, corner(core, ranks), factors, { algorithm: 'hosvd' });
    },
    async errorAt(rank, levelJob = unattended) {
      const ranks = clip(rank);
      return Math.sqrt(lossOf(await serving(lossOf(first, ranks), levelJob), ranks));
    },
    async selectForError(absoluteError, levelJob = unattended) {
      const { squares } = await serving(absoluteError ** 2, levelJob);
      const rank = smallestTuckerRank(
        { shape: X.shape, free, squares },
        absoluteError ** 2,
        levelJob,
      );
      return rank && { rank };
    },
  };
}

/** Share of the squared norm above which f32 has the digits that are shown, and more. */
const singleSuffices = 1e-4;

/** The first columns of every basis. */
function leading(
  bases: ReadonlyMap<number, Matrix>,
  ranks: readonly number[],
): Map<number, Matrix> {
  return new Map([...bases].map(([mode, basis]) => [mode, firstColumns(basis, ranks[mode])]));
}
