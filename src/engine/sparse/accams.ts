import { part, unattended, type Job } from '../job';
import { kernels } from '../kernels';
import { createRandom } from '../random';
import { blockSums, firstLabels, reassign, type Explained } from './coClustering';
import type { FitReport } from './fitting';
import { squaredNorm, type SparseTensor } from './sparseTensor';
import { clusterDetails, requireStencils, stencilModel, type StencilModel } from './stencilModel';
import { gainFrom, residentLines, twoWay, type Stencil, type TwoWay } from './stencils';

export interface AccamsOptions {
  /** Co-clusterings that are added up, S. */
  readonly stencils: number;
  /** Clusters of rows, and of columns, at most. */
  readonly clusters: number;
  /** Labels a stencil starts from; k-means++. */
  readonly start?: 'k-means++' | 'random';
  /** Rounds of rows and columns per stencil at most; 30. */
  readonly maxRounds?: number;
  /** A stencil is done when a round lowers the error by less than this share; 1e-6. */
  readonly tolerance?: number;
  /** Times all stencils are visited again after the last; 2. */
  readonly cycles?: number;
  readonly seed?: number;
}

/**
 * ACCAMS (Beutel et al. 2015): a sum of co-clusterings, each fitted to what the others leave. Rounds
 * of rows and columns never increase the error. The residual is never formed, see `GroupSums`.
 * @param report the error after every stencil, visit by visit
 * @throws UsageError for a tensor of another order and impossible settings, OutOfMemoryError.
 */
export async function fitAccams(
  X: SparseTensor,
  options: AccamsOptions,
  job: Job = unattended,
  report?: FitReport,
): Promise<StencilModel> {
  const from = performance.now();
  requireStencils('ACCAMS', X, options.stencils, options.clusters, job);
  const { stencils: count, clusters, start = 'k-means++', cycles = 2, seed = 0 } = options;
  const random = createRandom(seed);
  const stencils: Stencil[] = [];
  let error = squaredNorm(X);
  const visits = count * (1 + cycles);
  kernels().arena.scope(() => {
    const data = residentLines(twoWay(X, job));
    job.throwIfCancelled();
    for (let visit = 0; visit < visits; visit++) {
      const s = visit % count;
      const others = stencils.filter((_, t) => t !== s);
      // What the others leave: the error, and what this stencil takes off them.
      const gain =
        visit < count ? 0 : gainFrom(stencils[s], blockSums(data, stencils[s], others, job));
      const left = error + gain;
      const first =
        visit < count
          ? firstLabels(data, [clusters, clusters], others, start, random, job)
          : { stencil: stencils[s], explained: gain };
      const visitJob = part(job, visit / visits, (visit + 1) / visits);
      const { stencil, explained } = refine(data, first, left, others, options, visitJob);
      stencils[s] = stencil;
      error = left - explained;
      report?.({ step: visit + 1, squaredError: error });
      job.report((visit + 1) / visits, `stencil ${s + 1} of ${count}`);
    }
  });
  return stencilModel('accams', X, stencils, from, job, {
    ...clusterDetails(X.dims, clusters),
    start,
    cycles,
    seed,
  });
}

/** Rounds of rows and columns until the error stands still. */
function refine(
  data: TwoWay,
  first: Explained,
  left: number,
  others: readonly Stencil[],
  { maxRounds = 30, tolerance = 1e-6 }: AccamsOptions,
  job: Job,
): Explained {
  let best = first;
  for (let round = 0; round < maxRounds; round++) {
    const before = left - best.explained;
    const half = reassign(data, best.stencil, 0, others, job);
    best = reassign(data, half.stencil, 1, others, job);
    job.report((round + 1) / maxRounds);
    if (before - (left - best.explained) < tolerance * before) {
      break;
    }
  }
  return best;
}
