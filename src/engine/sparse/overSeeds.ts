import { UsageError } from '../../failures';
import { part, unattended, type Job } from '../job';
import type { SparseModel } from './sparseModel';

/** Runs of a stochastic method that differ in their seeds alone. */
export interface SeededRuns<Model extends SparseModel> {
  readonly seeds: readonly number[];
  readonly squaredErrors: readonly number[];
  /** Of the squared errors. */
  readonly mean: number;
  /** Standard error of that mean: the sample's standard deviation over sqrt(runs); 0 for one run. */
  readonly standardError: number;
  /** The model with the smallest error, the first of equals; the others are not kept. */
  readonly best: Model;
}

/**
 * Fits once per seed, as the publications report their stochastic methods.
 * @throws UsageError for no seeds, and what `fit` throws.
 */
export async function overSeeds<Model extends SparseModel>(
  fit: (seed: number, job: Job) => Promise<Model>,
  seeds: readonly number[],
  job: Job = unattended,
): Promise<SeededRuns<Model>> {
  const squaredErrors: number[] = [];
  let best: Model | undefined;
  for (const [run, seed] of seeds.entries()) {
    const model = await fit(seed, part(job, run / seeds.length, (run + 1) / seeds.length));
    squaredErrors.push(model.squaredError);
    best = best && best.squaredError <= model.squaredError ? best : model;
  }
  if (!best) {
    throw new UsageError('At least one seed is needed to run a method.');
  }
  const count = seeds.length;
  const mean = squaredErrors.reduce((sum, error) => sum + error, 0) / count;
  const squares = squaredErrors.reduce((sum, error) => sum + (error - mean) ** 2, 0);
  const standardError = count > 1 ? Math.sqrt(squares / (count - 1) / count) : 0;
  return { seeds, squaredErrors, mean, standardError, best };
}
