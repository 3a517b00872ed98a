import { factorise, selectForKept } from '../engine/decompositions';
import type { Decomposition, Rank } from '../engine/decompositions/decomposition';
import { frobeniusNorm } from '../engine/errors';
import { part, type Job } from '../engine/job';
import { rankForKept } from '../engine/ranks';
import { elementCount } from '../engine/tensor/tensor';
import { publishedRank, studyLayers, studyLevels } from './study';
import type { StudyLayer, StudyMethod } from './study';
import { syntheticKernel } from './syntheticKernel';

/** Sweeps of alternating least squares that CP may take at each level. */
export const cpSweeps = 100;

/** One layer by one method, at one kept level. */
export interface LevelRun {
  readonly kept: number;
  /** The share of the parameters that was kept. */
  readonly keptActual: number;
  /** What the study printed for it. */
  readonly publishedRank: Rank;
  /** What the rule for the kept fraction gives; the realised rank may be smaller. */
  readonly askedRank: Rank;
  readonly rank: Rank;
  /** Of this level alone. */
  readonly ms: number;
  readonly relativeError: number;
  /** CP: sweeps taken, and whether the fit had settled by then. */
  readonly sweeps?: number;
  readonly converged?: boolean;
}

/** One layer by one method. */
export interface LayerRun {
  readonly layer: StudyLayer;
  readonly method: StudyMethod;
  /** Of what all levels share. */
  readonly factoriseMs: number;
  readonly levels: readonly LevelRun[];
}

/**
 * Decomposes a synthetic kernel of the layer's shape at every level of the study; `finished` hears
 * of each level as it is done. The decompositions are not kept: together they would take more memory
 * than many machines have to give. Runs of different layers and methods do not depend on one another.
 * Making the kernel and taking errors are not part of the times.
 */
export async function runLayer(
  layer: StudyLayer,
  method: StudyMethod,
  seed: number,
  job: Job,
  finished: (level: LevelRun, decomposition: Decomposition) => void,
): Promise<LayerRun> {
  const kernel = syntheticKernel(layer.shape, kernelSeed(layer, seed));
  const norm = frobeniusNorm(kernel.data);
  const shares = progressShares(method, layer.shape);
  job.throwIfCancelled();
  const begun = performance.now();
  const options = { seed, cp: { maxIterations: cpSweeps } };
  const factorisation = await factorise(method, kernel, options, part(job, 0, shares[0]));
  const factoriseMs = performance.now() - begun;
  const levels: LevelRun[] = [];
  for (const [i, kept] of studyLevels.entries()) {
    const levelJob = part(job, shares[i], shares[i + 1]);
    const start = performance.now();
    const { rank, attributes } = await selectForKept(factorisation, kept, levelJob);
    const decomposition = await factorisation.at(rank, levelJob, attributes);
    const ms = performance.now() - start;
    const quiet: Job = { ...levelJob, report() {} };
    const error = (await factorisation.errorAt(rank, quiet, attributes)) ?? Number.NaN;
    const level: LevelRun = {
      kept,
      keptActual: decomposition.parameterCount / elementCount(layer.shape),
      publishedRank: publishedRank(layer, method, i),
      askedRank: rank,
      rank: decomposition.rank,
      ms,
      relativeError: error / norm,
      ...(method === 'cp' && effortOf(decomposition)),
    };
    levels.push(level);
    levelJob.report(1);
    finished(level, decomposition);
  }
  return { layer, method, factoriseMs, levels };
}

function effortOf({ attributes }: Decomposition): Pick<LevelRun, 'sweeps' | 'converged'> {
  return { sweeps: Number(attributes.iterations), converged: attributes.converged === true };
}

/** Multiply-adds, roughly: only good for sharing out a progress bar. */
export function workOf(method: StudyMethod, shape: readonly number[]): number {
  const elements = elementCount(shape);
  const [T, C] = shape;
  return method === 'cp'
    ? studyLevels.reduce((sum, kept) => sum + 2 * cpSweeps * elements * cpRank(shape, kept), 0)
    : elements * (method === 'tucker' ? T + C : 8 * Math.min(T, C));
}

/**
 * Where the factorisation and each level end, as fractions. Tucker does nearly all of its work before
 * the first level, Tensor Train in the first two; CP fits every level anew.
 */
function progressShares(method: StudyMethod, shape: readonly number[]): readonly number[] {
  const work =
    method === 'cp'
      ? [0, ...studyLevels.map((kept) => cpRank(shape, kept))]
      : method === 'tucker'
        ? [45, 1, 1, 1, 1, 1]
        : [2, 15, 25, 2, 3, 3];
  const total = work.reduce((sum, amount) => sum + amount, 0);
  let done = 0;
  return work.map((amount) => (done += amount) / total);
}

function cpRank(shape: readonly number[], kept: number): number {
  const rank = rankForKept('cp', shape, kept);
  return typeof rank === 'number' ? rank : 1;
}

/** Weights of their own for each layer, whichever others are run. */
export function kernelSeed({ network, layer }: StudyLayer, seed: number): number {
  const index = studyLayers.findIndex(
    (known) => known.network === network && known.layer === layer,
  );
  return seed ^ Math.imul(index + 1, 0x9e3779b1);
}
