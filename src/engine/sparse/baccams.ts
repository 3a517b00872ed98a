import { UsageError } from '../../failures';
import { unattended, type Job } from '../job';
import { kernels } from '../kernels';
import { resident } from '../kernels/stencils';
import { createMatrix, transpose } from '../linalg/matrix';
import { createRandom, type Random } from '../random';
import { firstLabels } from './coClustering';
import { requireRoom, type FitReport } from './fitting';
import { ClusterSampler, drawGamma, type Variances } from './gibbs';
import { squaredNorm, type SparseTensor } from './sparseTensor';
import { clusterDetails, requireStencils, stencilModel, type StencilModel } from './stencilModel';
import {
  addByLabel,
  gainFrom,
  GroupSums,
  mostClusters,
  residentLines,
  sizesOf,
  twoWay,
  type Stencil,
  type TwoWay,
} from './stencils';

/** Share of the progress that the first labels are given. */
const startShare = 0.05;

export interface BaccamsOptions {
  /** Co-clusterings that are added up, S. */
  readonly stencils: number;
  /** Clusters of rows, and of columns, at most. */
  readonly clusters: number;
  /** Concentration of the restaurant process of the row labels; 1. */
  readonly alpha?: number;
  /** That of the column labels; 1. */
  readonly beta?: number;
  /** sigma_T^2, of a template around 0; the variance of X. */
  readonly priorVariance?: number;
  /** Sweeps over all stencils before one may be kept; 30. */
  readonly burnIn?: number;
  /** Sweeps after them, of which the state of lowest error is kept; 5. */
  readonly samples?: number;
  /** Labels a stencil starts from; k-means++. */
  readonly start?: 'k-means++' | 'random';
  readonly seed?: number;
}

/**
 * bACCAMS (Beutel et al. 2015): ACCAMS with normal priors and labels from Chinese restaurant
 * processes, drawn by collapsed Gibbs sampling. Templates are their posterior means; sigma^2 is drawn
 * after every sweep. One state is kept, as compression must store one.
 * @param report the error after every sweep
 * @throws UsageError for a tensor of another order and impossible settings, OutOfMemoryError.
 */
export async function fitBaccams(
  X: SparseTensor,
  options: BaccamsOptions,
  job: Job = unattended,
  report?: FitReport,
): Promise<StencilModel> {
  const from = performance.now();
  const settings = settingsOf(X, options, job);
  const { stencils: count, burnIn, samples, start, seed } = settings;
  const random = createRandom(seed);
  const elements = X.dims[0] * X.dims[1];
  const norm = squaredNorm(X);
  // A perfect fit has no noise left to divide by, and a constant matrix no variance for its templates.
  const least = Math.max((1e-9 * norm) / elements, 2 ** -800);
  const variance = varianceOf(X);
  const prior =
    options.priorVariance ?? (variance > least ? variance : Math.max(norm / elements, least));
  const clusters: [number, number] = [
    Math.min(settings.clusters, X.dims[0], mostClusters),
    Math.min(settings.clusters, X.dims[1], mostClusters),
  ];
  const { stencils, noise, best } = kernels().arena.scope(() => {
    const data = residentLines(twoWay(X, job));
    job.throwIfCancelled();
    const stencils: Stencil[] = [];
    let error = norm;
    for (let s = 0; s < count; s++) {
      const { stencil, explained } = firstLabels(data, clusters, stencils, start, random, job);
      stencils.push(residentStencil(widened(stencil, clusters)));
      error -= explained;
      job.report((startShare * (s + 1)) / count, `stencil ${s + 1} of ${count}`);
    }
    let noise = Math.max(error / elements, least);
    let best: { readonly stencils: readonly Stencil[]; readonly error: number } | undefined;
    const sweeps = burnIn + samples;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      for (let s = 0; s < count; s++) {
        const others = stencils.filter((_, t) => t !== s);
        const variances = { noise, prior };
        const drawn = resampled(data, stencils[s], others, variances, settings, random, job);
        overwrite(stencils[s], drawn.stencil);
        error += drawn.change;
        const done = (sweep + (s + 1) / count) / sweeps;
        job.report(startShare + (1 - startShare) * done, `sweep ${sweep + 1} of ${sweeps}`);
      }
      noise = Math.max(drawVariance(error, elements, random), least);
      report?.({ step: sweep + 1, squaredError: error });
      if (sweep >= burnIn && (!best || error < best.error)) {
        best = { stencils: stencils.map(copyOf), error };
      }
    }
    return { stencils: stencils.map(copyOf), noise, best };
  });
  const { alpha, beta } = settings;
  return stencilModel('baccams', X, best?.stencils ?? stencils, from, job, {
    ...clusterDetails(X.dims, options.clusters),
    alpha,
    beta,
    priorVariance: prior,
    noiseVariance: noise,
    burnIn,
    samples,
    start,
    seed,
  });
}

type Settings = Required<Omit<BaccamsOptions, 'priorVariance'>>;

function settingsOf(X: SparseTensor, options: BaccamsOptions, job: Job): Settings {
  const { stencils, clusters, alpha = 1, beta = 1, burnIn = 30, samples = 5 } = options;
  const { start = 'k-means++', seed = 0, priorVariance = 1 } = options;
  requireStencils('bACCAMS', X, stencils, clusters, job);
  const remedy = 'Choose fewer clusters.';
  const sums = Math.max(...X.dims) * Math.min(clusters, ...X.dims);
  requireRoom(sums, 'The sums of the residual', remedy, job);
  if (!(alpha > 0 && beta > 0 && priorVariance > 0)) {
    throw new UsageError(
      'bACCAMS needs concentrations alpha and beta and a prior variance above 0.',
    );
  }
  if (!(burnIn >= 0 && samples >= 1)) {
    throw new UsageError('bACCAMS needs at least one sample after the burn-in.');
  }
  return { stencils, clusters, alpha, beta, burnIn, samples, start, seed };
}

/**
 * Labels of rows, then of columns, drawn anew, the templates that follow from them, and the change of
 * the squared error.
 */
function resampled(
  data: TwoWay,
  stencil: Stencil,
  others: readonly Stencil[],
  variances: Variances,
  { alpha, beta }: Settings,
  random: Random,
  job: Job,
): { readonly stencil: Stencil; readonly change: number } {
  const [k, l] = stencil.clusters;
  const [rowLabels, columnLabels] = [stencil.labels[0].slice(), stencil.labels[1].slice()];
  let before = 0;
  withResidual(data, 0, columnLabels, l, others, job, (residual, groupSizes) => {
    before = gainFrom(stencil, sumsByLabel(residual, rowLabels, k, l, job));
    const sampler = new ClusterSampler(rowLabels, k, groupSizes, residual, alpha, variances);
    sampler.sweep(random, job);
  });
  let blocks = stencil.templates;
  withResidual(data, 1, rowLabels, k, others, job, (residual, groupSizes) => {
    const sampler = new ClusterSampler(columnLabels, l, groupSizes, residual, beta, variances);
    sampler.sweep(random, job);
    const turned = createMatrix(l, k, sumsByLabel(residual, columnLabels, l, k, job));
    blocks = transpose(turned).data;
  });
  const relabelled: Stencil = { ...stencil, labels: [rowLabels, columnLabels] };
  const drawn = withPosteriorMeans(relabelled, blocks, variances);
  return { stencil: drawn, change: before - gainFrom(drawn, blocks) };
}

/** Sums of the residual of `others` along all lines of a side, lines x groups, while `use` runs. */
function withResidual(
  data: TwoWay,
  side: 0 | 1,
  grouping: Uint16Array,
  groups: number,
  others: readonly Stencil[],
  job: Job,
  use: (residual: Float64Array, groupSizes: Float64Array) => void,
): void {
  const { arena } = kernels();
  arena.scope(() => {
    const sums = new GroupSums(data, side, grouping, groups, others, job);
    const lines = data.X.dims[side];
    const residual = arena.doubles(lines * groups);
    sums.read(0, lines, residual);
    use(residual, sums.groupSizes);
  });
}

/** Sums of rows (in the kernels' memory) by their labels, clusters x groups. */
function sumsByLabel(
  rows: Float64Array,
  labels: Uint16Array,
  clusters: number,
  groups: number,
  job: Job,
): Float64Array {
  const blocks = new Float64Array(clusters * groups);
  addByLabel(blocks, rows, labels, groups, job);
  return blocks;
}

/** A stencil where kernels reach it, until the arena's scope ends. */
function residentStencil({ clusters, labels, templates }: Stencil): Stencil {
  const { arena } = kernels();
  return {
    clusters,
    labels: [resident(arena, labels[0]), resident(arena, labels[1])],
    templates: resident(arena, templates),
  };
}

function overwrite(target: Stencil, { labels, templates }: Stencil): void {
  target.labels[0].set(labels[0]);
  target.labels[1].set(labels[1]);
  target.templates.set(templates);
}

function copyOf({ clusters, labels, templates }: Stencil): Stencil {
  return {
    clusters,
    labels: [labels[0].slice(), labels[1].slice()],
    templates: templates.slice(),
  };
}

/** T[a, b] = (sum / sigma^2) / (1 / sigma_T^2 + n / sigma^2). */
function withPosteriorMeans(
  stencil: Stencil,
  blocks: Float64Array,
  { noise, prior }: Variances,
): Stencil {
  const [rows, columns] = [sizesOf(stencil, 0), sizesOf(stencil, 1)];
  const templates = blocks.map((sum, at) => {
    const elements = rows[Math.floor(at / columns.length)] * columns[at % columns.length];
    return sum / noise / (1 / prior + elements / noise);
  });
  return { ...stencil, templates };
}

/** The same labels with room for more clusters, as yet empty. */
function widened(stencil: Stencil, clusters: readonly [number, number]): Stencil {
  const [k, l] = stencil.clusters;
  const templates = new Float64Array(clusters[0] * clusters[1]);
  for (let a = 0; a < k; a++) {
    templates.set(stencil.templates.subarray(a * l, (a + 1) * l), a * clusters[1]);
  }
  return { clusters, labels: stencil.labels, templates };
}

/** Of all elements, zeros included. */
function varianceOf(X: SparseTensor): number {
  const elements = X.dims[0] * X.dims[1];
  const mean = X.values.reduce((sum, value) => sum + value, 0) / elements;
  return squaredNorm(X) / elements - mean * mean;
}

/** From the inverse-gamma posterior of sigma^2 under the improper prior 1 / sigma^2. */
function drawVariance(error: number, elements: number, random: Random): number {
  return error / 2 / drawGamma(Math.max(1, elements / 2), random);
}
