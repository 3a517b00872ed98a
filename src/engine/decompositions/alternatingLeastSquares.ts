import { residualNorm } from '../errors';
import { solveRight } from '../linalg/cholesky';
import { gram } from '../linalg/gram';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { dot } from '../linalg/vectors';
import type { Job } from '../job';
import { asMatrix } from '../tensor/unfold';
import { elementCount, type DenseTensor } from '../tensor/tensor';
import { contractLeading, contractTrailing, khatriRao } from './khatriRao';

export interface LeastSquaresOptions {
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly ridge: number;
  /** `single`: the two large contractions of a sweep may run in f32; all else is f64. */
  readonly precision: 'double' | 'single';
}

export interface LeastSquaresFit {
  /** A_k (I_k x R), scaled as the last sweep left them. */
  readonly factors: readonly Matrix[];
  /** Relative error after every sweep. */
  readonly errors: readonly number[];
  /** Whether the tolerance, not the limit on sweeps, ended it. */
  readonly converged: boolean;
}

/** Below this relative error the inner-product formula cancels; the residual is formed instead. */
const cancellationLimit = 1e-4;

/**
 * CP by alternating least squares from `start` (one I_k x R matrix per mode), modes updated in
 * order with the newest factors. The modes are split in two groups; the tensor is contracted with
 * all factors of one group at once, twice a sweep, and the least-squares right sides of each group
 * come from that small partial result: a dimension tree (Phan, Tichavsky and Cichocki, 2013) of
 * depth two, equal to the plain sweep up to rounding.
 */
export async function fitByLeastSquares(
  tensor: DenseTensor<Float64Array>,
  start: readonly Matrix[],
  squaredNorm: number,
  options: LeastSquaresOptions,
  job: Job,
): Promise<LeastSquaresFit> {
  const order = tensor.shape.length;
  const split = chooseSplit(tensor.shape);
  const X = asMatrix(
    tensor,
    elementCount(tensor.shape.slice(0, split)),
    elementCount(tensor.shape.slice(split)),
  );
  const { precision } = options;
  const factors = [...start];
  const grams: Matrix[] = [];
  for (const factor of factors) {
    grams.push(await gram(factor, 'columns', job));
  }
  const errors: number[] = [];

  /** Updates modes `from`..`to` - 1; `partial` is X contracted with all the other modes. */
  async function updateGroup(partial: Matrix, from: number, to: number): Promise<number> {
    let P = partial.data;
    let inner = 0;
    for (let mode = from; mode < to; mode++) {
      job.throwIfCancelled();
      const size = tensor.shape[mode];
      const rest = factors.slice(mode + 1, to);
      const M =
        rest.length === 0
          ? createMatrix(size, partial.columns, P)
          : contractTrailing(P, size, khatriRao(rest, job), job);
      const G = hadamard(grams, mode, job);
      const updated = solveRight(M, G, options.ridge, job);
      factors[mode] = updated;
      grams[mode] = await gram(updated, 'columns', job);
      inner = dot(M.data, 0, updated.data, 0, M.data.length);
      if (rest.length > 0) {
        P = contractLeading(P, updated, job);
      }
    }
    return inner;
  }

  for (let sweep = 1; sweep <= options.maxIterations; sweep++) {
    job.throwIfCancelled();
    const right = khatriRao(factors.slice(split), job);
    await updateGroup(await multiply(X, right, { precision, job }), 0, split);
    const left = khatriRao(factors.slice(0, split), job);
    const partial = await multiply(X, left, { transposeA: true, precision, job });
    const inner = await updateGroup(partial, split, order);
    const square = Math.abs(squaredNorm + total(hadamard(grams, undefined, job)) - 2 * inner);
    let error = Math.sqrt(square / squaredNorm);
    if (error < cancellationLimit) {
      const { data } = await sumOfOuterProducts(factors, job);
      error = residualNorm(X.data, data) / Math.sqrt(squaredNorm);
    }
    errors.push(error);
    job.report(sweep / options.maxIterations, `sweep ${sweep} of ${options.maxIterations}`);
    if (sweep > 1 && Math.abs(errors[sweep - 2] - error) < options.tolerance) {
      return { factors, errors, converged: true };
    }
  }
  return { factors, errors, converged: false };
}

/** sum over r of a_r^(0) o ... o a_r^(d-1), as a tensor of the factors' rows. */
export async function sumOfOuterProducts(
  factors: readonly Matrix[],
  job?: Job,
): Promise<DenseTensor<Float64Array>> {
  const shape = factors.map((factor) => factor.rows);
  const split = chooseSplit(shape);
  const left = khatriRao(factors.slice(0, split), job);
  const right = khatriRao(factors.slice(split), job);
  const { data } = await multiply(left, right, { transposeB: true, job });
  return { shape, data };
}

/** How many leading modes form the first group: the split with the smallest partial results. */
function chooseSplit(shape: readonly number[]): number {
  let best = 1;
  let bestSize = Infinity;
  for (let split = 1; split < shape.length; split++) {
    const size = elementCount(shape.slice(0, split)) + elementCount(shape.slice(split));
    if (size < bestSize) {
      best = split;
      bestSize = size;
    }
  }
  return best;
}

/** The entrywise product of all Gram matrices but that of mode `except`. */
function hadamard(grams: readonly Matrix[], except: number | undefined, job: Job): Matrix {
  const size = grams[0].rows;
  const result = createMatrix(size, size);
  result.data.fill(1);
  for (let mode = 0; mode < grams.length; mode++) {
    if (mode !== except) {
      job.throwIfCancelled();
      const { data } = grams[mode];
      for (let i = 0; i < data.length; i++) {
        result.data[i] *= data[i];
      }
    }
  }
  return result;
}

function total(a: Matrix): number {
  return a.data.reduce((sum, value) => sum + value, 0);
}
