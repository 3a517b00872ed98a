import { UsageError } from '../../failures';
import { unattended, type Job } from '../job';
import { createMatrix, transpose } from '../linalg/matrix';
import { createRandom, type Random } from '../random';
import { firstLabels } from './coClustering';
import { requireRoom, type FitReport } from './fitting';
import { ClusterSampler, drawGamma, type Variances } from './gibbs';
import { addScaledRow } from './sparseProducts';
import { squaredNorm, type SparseTensor } from './sparseTensor';
import { gainFrom, requireStencils, stencilModel, type StencilModel } from './stencilModel';
import { GroupSums, mostClusters, sizesOf, twoWay, type Stencil, type TwoWay } from './stencils';

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
  const data = twoWay(X);
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

  const stencils: Stencil[] = [];
  let error = norm;
  for (let s = 0; s < count; s++) {
    const { stencil, explained } = firstLabels(data, clusters, stencils, start, random, job);
    stencils.push(widened(stencil, clusters));
    error -= explained;
    job.report((0.1 * s) / count, `stencil ${s + 1} of ${count}`);
  }
  let noise = Math.max(error / elements, least);
  let best: { readonly stencils: readonly Stencil[]; readonly error: number } | undefined;
  for (let sweep = 0; sweep < burnIn + samples; sweep++) {
    for (let s = 0; s < count; s++) {
      const others = stencils.filter((_, t) => t !== s);
      const variances = { noise, prior };
      const drawn = resampled(data, stencils[s], others, variances, settings, random, job);
      stencils[s] = drawn.stencil;
      error += drawn.change;
    }
    noise = Math.max(drawVariance(error, elements, random), least);
    report?.({ step: sweep + 1, squaredError: error });
    job.report(0.1 + (0.9 * (sweep + 1)) / (burnIn + samples), `sweep ${sweep + 1}`);
    if (sweep >= burnIn && (!best || error < best.error)) {
      best = { stencils: [...stencils], error };
    }
  }
  const { alpha, beta } = settings;
  return stencilModel('baccams', X, best?.stencils ?? stencils, from, job, {
    clusters: Math.max(...clusters),
    ...(options.clusters > Math.min(...clusters) && { wantedClusters: options.clusters }),
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
  const labels: [Uint16Array, Uint16Array] = [stencil.labels[0].slice(), stencil.labels[1].slice()];
  const alongRows = residualSums(data, 0, labels[1], l, others, job);
  const before = gainFrom(stencil, blocksOf(alongRows.residual, labels[0], k, l));
  const rowSampler = new ClusterSampler(
    labels[0],
    k,
    alongRows.groupSizes,
    alongRows.residual,
    alpha,
    variances,
  );
  rowSampler.sweep(random, job);
  const alongColumns = residualSums(data, 1, labels[0], k, others, job);
  const columnSampler = new ClusterSampler(
    labels[1],
    l,
    alongColumns.groupSizes,
    alongColumns.residual,
    beta,
    variances,
  );
  columnSampler.sweep(random, job);
  const turned = createMatrix(l, k, blocksOf(alongColumns.residual, labels[1], l, k));
  const blocks = transpose(turned).data;
  const drawn = withPosteriorMeans({ ...stencil, labels }, blocks, variances);
  return { stencil: drawn, change: before - gainFrom(drawn, blocks) };
}

/** Sums of the residual of `others` along all lines of a side, lines x groups. */
function residualSums(
  data: TwoWay,
  side: 0 | 1,
  grouping: Uint16Array,
  groups: number,
  others: readonly Stencil[],
  job: Job,
): { readonly residual: Float64Array; readonly groupSizes: Float64Array } {
  const sums = new GroupSums(data, side, grouping, groups, others, job);
  const lines = data.X.dims[side];
  const residual = new Float64Array(lines * groups);
  sums.read(0, lines, residual);
  return { residual, groupSizes: sums.groupSizes };
}

/** Sums over the blocks, own clusters x groups, from those along the lines. */
function blocksOf(
  residual: Float64Array,
  labels: Uint16Array,
  clusters: number,
  groups: number,
): Float64Array {
  const blocks = new Float64Array(clusters * groups);
  for (let i = 0; i < labels.length; i++) {
    addScaledRow(blocks, labels[i] * groups, residual, i * groups, 1, groups);
  }
  return blocks;
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
