import { UsageError } from '../../failures';
import { residualNorm } from '../errors';
import { part, unattended, type Job } from '../job';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { powerOfTwoAbove } from '../linalg/vectors';
import { clipRank, searchRankForError } from '../ranks';
import { createRandom } from '../random';
import type { DenseTensor } from '../tensor/tensor';
import { toFloat64 } from '../tensor/unfold';
import {
  fitByLeastSquares,
  sumOfOuterProducts,
  type LeastSquaresFit,
  type LeastSquaresOptions,
} from './alternatingLeastSquares';
import type { Attributes, Decomposition, Factor, Factorisation, Rank } from './decomposition';
import {
  countParameters,
  factorOfShape,
  finiteSquaredNorm,
  matrixFactor,
  requireRank,
  requireTensor,
  type StoredDecomposition,
} from './storedFactors';

export interface CpOptions {
  /** With the rank and the restart it determines every start, whatever was fitted before. */
  readonly seed: number;
  /** Sweeps at most; 100. */
  readonly maxIterations?: number;
  /** A run ends when the relative error changes by less between two sweeps; 1e-8. */
  readonly tolerance?: number;
  /** Added to the diagonal of the normal equations; 1e-5. 0 gives the pure fit. */
  readonly ridge?: number;
  /**
   * Independent starts, of which the best is kept. 1 by default, and without `initial` up to 5 for
   * small fits, which are cheap and whose starts differ most.
   */
  readonly restarts?: number;
  /** Start of the first run: one I_k x R matrix per mode; it fixes the rank to R. */
  readonly initial?: readonly Matrix[];
  /**
   * Arithmetic of the large products of a sweep, its two contractions and the Gram matrices of the
   * factors: `double` in f64, `single` in f32; `auto` (default) in f32 where they are large (from 2^24 multiply-adds), until a sweep changes the error
   * by less than 1e-6 or the error is below 1e-3. Everything else is f64 always, and so is the
   * error reported.
   */
  readonly precision?: 'auto' | 'double' | 'single';
  /**
   * Whether sweeps start a step beyond the last factors, which takes fewer of them; on. Off is the
   * plain method, sweep by sweep that of TensorLy.
   */
  readonly extrapolate?: boolean;
}

export interface CpDecomposition extends Decomposition {
  /** ||X - X~|| / ||X|| of the factors as they are, from the residual itself. */
  readonly relativeError: number;
  /** Relative error after every sweep of the run that was kept. */
  readonly errorHistory: readonly number[];
}

export interface CpFactorisation extends Factorisation {
  at(rank: Rank, job?: Job): Promise<CpDecomposition>;
}

/** Weights so much larger than the tensor cancel one another: the fit degenerates. */
const degenerateFrom = 1e4;

/**
 * CP (canonical polyadic) of a tensor of order 3 or more by alternating least squares, fitted anew
 * for each rank: X ~ sum over r of a_r^(0) o ... o a_r^(d-1), A_k (I_k x R).
 * Starts are uniform draws from [0, 1); a run that degenerates is repeated once with a ridge a
 * hundred times larger. `errorAt` fits as well; the last fit is kept.
 * @throws UsageError for an order below 3, UnsupportedError for values that are not finite.
 */
export async function factoriseCp(
  tensor: DenseTensor,
  options: CpOptions,
  job: Job = unattended,
): Promise<CpFactorisation> {
  requireTensor('cp', tensor.shape);
  job.throwIfCancelled();
  const X = { shape: [...tensor.shape], data: toFloat64(tensor) };
  const squaredNorm = finiteSquaredNorm(X.data);
  const clip = (rank: Rank): number => requireRank('cp', clipRank('cp', X.shape, rank));
  const errors = new Map<number, number>();
  let last: CpDecomposition | undefined;

  async function at(rank: Rank, fitJob: Job = unattended): Promise<CpDecomposition> {
    const R = clip(rank);
    if (last?.rank !== R) {
      last = await decompose(X, squaredNorm, R, options, fitJob);
      errors.set(R, last.relativeError * Math.sqrt(squaredNorm));
    }
    return last;
  }

  async function errorAt(rank: Rank, fitJob?: Job): Promise<number> {
    const R = clip(rank);
    const known = errors.get(R);
    return known ?? (await at(R, fitJob)).relativeError * Math.sqrt(squaredNorm);
  }

  return {
    method: 'cp',
    shape: X.shape,
    at,
    errorAt,
    // Every look is a fit, so that the small ranks come first; the fits' errors are taken to fall.
    async selectForError(absoluteError, fitJob = unattended) {
      const perRank = X.shape.reduce((sum, size) => sum + size, 0);
      const limit = Math.floor(X.data.length / perRank);
      const fits = 2 * Math.ceil(Math.log2(limit + 1));
      let done = 0;
      const fittedError = (rank: number): Promise<number> => {
        const step = part(fitJob, Math.min(1, done / fits), Math.min(1, (done + 1) / fits));
        done++;
        return errorAt(rank, step);
      };
      const rank =
        limit < 1 ? undefined : await searchRankForError(fittedError, absoluteError, limit);
      return rank === undefined ? undefined : { rank };
    },
  };
}

/**
 * Rebuilds a CP decomposition from its factors `factor0` .. `factor{d-1}`, (I_k x R) each.
 * @throws FormatError when one is missing or of another shape.
 */
export function restoreCp(stored: StoredDecomposition): Decomposition {
  const { shape, attributes, factors } = stored;
  const rank = requireRank('cp', stored.rank);
  const matrices = shape.map((size, mode) =>
    createMatrix(size, rank, factorOfShape(factors, `factor${mode}`, [size, rank])),
  );
  return {
    method: 'cp',
    shape,
    rank,
    parameterCount: countParameters(factors),
    factors,
    attributes,
    reconstruct: async (job) => sumOfOuterProducts(matrices, job),
  };
}

interface Run extends LeastSquaresFit {
  /** lambda_r of the components, in their order in `factors`. */
  readonly weights: Float64Array;
  readonly ridge: number;
  readonly degenerate: boolean;
}

async function decompose(
  X: DenseTensor<Float64Array>,
  squaredNorm: number,
  rank: number,
  options: CpOptions,
  job: Job,
): Promise<CpDecomposition> {
  if (squaredNorm === 0) {
    return zeroDecomposition(X.shape, rank);
  }
  const settings = leastSquaresOptions(options);
  const scale = scaleOf(squaredNorm);
  const scaled = dividedBy(X, scale);
  const few = options.initial ? 1 : defaultRestarts(X.data.length, rank, settings.maxIterations);
  const restarts = options.restarts ?? few;
  let best: { run: Run; factors: readonly Factor[]; relativeError: number } | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const runJob = part(job, restart / restarts, (restart + 1) / restarts);
    const start = startOf(X.shape, rank, restart, options);
    const run = await runGuarded(scaled, start, squaredNorm / scale ** 2, settings, runJob);
    const spread = spreadWeights(run, scale);
    const { data } = sumOfOuterProducts(spread, runJob);
    const relativeError = residualNorm(X.data, data) / Math.sqrt(squaredNorm);
    if (!best || relativeError < best.relativeError) {
      const factors = spread.map((factor, mode) => matrixFactor(`factor${mode}`, factor));
      best = { run, factors, relativeError };
    }
  }
  if (!best) {
    throw new UsageError(`${restarts} restarts leave nothing to fit; give at least 1.`);
  }
  const attributes: Attributes = {
    iterations: best.run.errors.length,
    converged: best.run.converged,
    degenerate: best.run.degenerate,
    ridge: best.run.ridge,
    precision: settings.precision,
    extrapolate: settings.extrapolate,
  };
  return {
    ...restoreCp({ shape: X.shape, rank, attributes, factors: best.factors }),
    relativeError: best.relativeError,
    errorHistory: best.run.errors,
  };
}

/** Multiply-adds that all starts of a fit may take together: some 50 ms. */
const startsBudget = 2 ** 25;
const mostRestarts = 5;

function defaultRestarts(elements: number, rank: number, sweeps: number): number {
  const work = 2 * elements * rank * sweeps;
  return Math.min(mostRestarts, Math.max(1, Math.floor(startsBudget / work)));
}

/**
 * What X is divided by for the fit, exactly: 1 for weights of ordinary size. Beside the squares of
 * much smaller ones the ridge would be everything, and the fit nothing.
 */
function scaleOf(squaredNorm: number): number {
  return squaredNorm < 1 ? powerOfTwoAbove(Math.sqrt(squaredNorm)) : 1;
}

function dividedBy(X: DenseTensor<Float64Array>, scale: number): DenseTensor<Float64Array> {
  return scale === 1 ? X : { shape: X.shape, data: X.data.map((value) => value / scale) };
}

function leastSquaresOptions(options: CpOptions): LeastSquaresOptions {
  const { maxIterations = 100, tolerance = 1e-8, ridge = 1e-5 } = options;
  const { precision = 'auto', extrapolate = true } = options;
  if (!Number.isInteger(maxIterations) || maxIterations < 1) {
    throw new UsageError(`CP needs at least one sweep, not ${maxIterations}.`);
  }
  return { maxIterations, tolerance, ridge, precision, extrapolate };
}

/** One run, and a second with a larger ridge when the first degenerates (methods: "Degeneracy"). */
async function runGuarded(
  X: DenseTensor<Float64Array>,
  start: readonly Matrix[],
  squaredNorm: number,
  settings: LeastSquaresOptions,
  job: Job,
): Promise<Run> {
  const run = async (ridge: number): Promise<Run> => {
    const fit = await fitByLeastSquares(X, start, squaredNorm, { ...settings, ridge }, job);
    const weights = componentNorms(fit.factors);
    const degenerate = Math.max(...weights) > degenerateFrom * Math.sqrt(squaredNorm);
    return { ...fit, weights, ridge, degenerate };
  };
  const first = await run(settings.ridge);
  return first.degenerate ? run(Math.max(settings.ridge, 1e-7) * 100) : first;
}

function startOf(
  shape: readonly number[],
  rank: number,
  restart: number,
  options: CpOptions,
): readonly Matrix[] {
  const { initial } = options;
  if (initial && restart === 0) {
    const fits =
      initial.length === shape.length &&
      initial.every((factor, mode) => factor.rows === shape[mode] && factor.columns === rank);
    if (!fits) {
      const found = initial.map((factor) => `${factor.rows} x ${factor.columns}`).join(', ');
      throw new UsageError(`Initial factors of ${found} do not start CP at rank ${rank}.`);
    }
    return initial;
  }
  const random = createRandom(mixSeed(options.seed, rank, restart));
  return shape.map((size) => {
    const data = Float64Array.from({ length: size * rank }, () => random.next());
    return createMatrix(size, rank, data);
  });
}

/** A seed of its own for each rank and restart, so that no fit depends on the ones before it. */
function mixSeed(seed: number, rank: number, restart: number): number {
  const base = Math.floor(createRandom(seed).next() * 2 ** 32);
  return (base + Math.imul(rank, 0x9e3779b1) + Math.imul(restart, 0x85ebca6b)) | 0;
}

/** lambda_r: the product over the modes of the lengths of their columns r. */
function componentNorms(factors: readonly Matrix[]): Float64Array {
  const weights = new Float64Array(factors[0].columns).fill(1);
  for (const factor of factors) {
    const lengths = columnNorms(factor);
    for (let r = 0; r < weights.length; r++) {
      weights[r] *= lengths[r];
    }
  }
  return weights;
}

function columnNorms({ rows, columns, data }: Matrix): Float64Array {
  const norms = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let r = 0; r < columns; r++, at++) {
      norms[r] += data[at] ** 2;
    }
  }
  return norms.map(Math.sqrt);
}

/**
 * Components sorted by descending weight, and (lambda_r scale)^{1/d} in every factor's column r:
 * balanced magnitudes are what half precision and later fine-tuning need.
 */
function spreadWeights({ factors, weights }: Run, scale: number): Matrix[] {
  const order = Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a] || a - b);
  return factors.map((factor) => {
    const norms = columnNorms(factor);
    const scales = order.map((r) =>
      norms[r] > 0 ? Math.pow(weights[r] * scale, 1 / factors.length) / norms[r] : 0,
    );
    const result = createMatrix(factor.rows, factor.columns);
    for (let i = 0, at = 0; i < factor.rows; i++) {
      for (let r = 0; r < factor.columns; r++, at++) {
        result.data[at] = factor.data[i * factor.columns + order[r]] * scales[r];
      }
    }
    return result;
  });
}

/** The zero tensor needs no fit, and has no norm to measure one by. */
function zeroDecomposition(shape: readonly number[], rank: number): CpDecomposition {
  const factors = shape.map((size, mode) =>
    matrixFactor(`factor${mode}`, createMatrix(size, rank)),
  );
  const attributes: Attributes = { iterations: 0, converged: true, degenerate: false };
  return { ...restoreCp({ shape, rank, attributes, factors }), relativeError: 0, errorHistory: [] };
}
