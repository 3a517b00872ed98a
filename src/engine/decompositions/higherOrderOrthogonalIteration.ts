import type { Job } from '../job';
import { firstColumns, type Matrix } from '../linalg/matrix';
import { dot } from '../linalg/vectors';
import type { DenseTensor } from '../tensor/tensor';
import { modeProduct, unfold } from '../tensor/unfold';
import { leftBasis } from './leftBasis';

export interface OrthogonalFit {
  readonly core: DenseTensor<Float64Array>;
  readonly factors: ReadonlyMap<number, Matrix>;
  /** Relative error after every round, from ||X||^2 - ||G||^2. */
  readonly errors: readonly number[];
  readonly converged: boolean;
}

/**
 * HOOI (De Lathauwer, De Moor and Vandewalle, 2000b) from orthonormal `start` factors by mode: in
 * turn, each becomes the leading left singular vectors of X contracted with all the others. It
 * stops when the relative error changes by less than `tolerance`, from the third round on.
 */
export async function iterateOrthogonally(
  X: DenseTensor<Float64Array>,
  squaredNorm: number,
  start: ReadonlyMap<number, Matrix>,
  limits: { readonly maxIterations: number; readonly tolerance: number },
  job: Job,
): Promise<OrthogonalFit> {
  const factors = new Map(start);
  const errors: number[] = [];
  let core = await contractExcept(X, factors, undefined, job);
  let converged = false;
  for (let round = 1; round <= limits.maxIterations && !converged; round++) {
    for (const [mode, factor] of factors) {
      job.throwIfCancelled();
      const Y = await contractExcept(X, factors, mode, job);
      const basis = await leftBasis(unfold(Y, mode, job), job);
      const updated = firstColumns(basis, factor.columns);
      factors.set(mode, updated);
      core = await modeProduct(Y, updated, mode, true, job);
    }
    const explained = dot(core.data, 0, core.data, 0, core.data.length);
    const error = squaredNorm > 0 ? Math.sqrt(Math.abs(squaredNorm - explained) / squaredNorm) : 0;
    converged = round >= 3 && Math.abs((errors.at(-1) ?? Infinity) - error) < limits.tolerance;
    errors.push(error);
    job.report(round / limits.maxIterations, `round ${round} of ${limits.maxIterations}`);
  }
  return { core, factors, errors, converged };
}

async function contractExcept(
  X: DenseTensor<Float64Array>,
  factors: ReadonlyMap<number, Matrix>,
  except: number | undefined,
  job: Job,
): Promise<DenseTensor<Float64Array>> {
  let result = X;
  for (const [mode, factor] of factors) {
    if (mode !== except) {
      result = await modeProduct(result, factor, mode, true, job);
    }
  }
  return result;
}
