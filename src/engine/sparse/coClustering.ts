import type { Job } from '../job';
import { addProduct } from '../linalg/blockedProduct';
import type { Random } from '../random';
import { below, drawWeighted, randomPermutation } from './sampling';
import {
  GroupSums,
  mostClusters,
  sizesOf,
  templateOf,
  type Side,
  type Stencil,
  type TwoWay,
} from './stencils';

/** Lines whose sums are held at a time. */
const linesAtOnce = 1024;
/** Lines among which the first centres are looked for. */
const candidatesAtMost = 8192;

/** A stencil and how much of the residual's squared norm it explains: sum of n_ab T_ab^2. */
export interface Explained {
  readonly stencil: Stencil;
  readonly explained: number;
}

/**
 * Gives every line of one side the label under which its residual is smallest,
 * argmin_a sum_b (n_b T[a,b]^2 - 2 T[a,b] e_ib), the lowest of equals; then makes every template the
 * mean of its block (0 for an empty one). Neither step can increase the error.
 */
export function reassign(
  data: TwoWay,
  stencil: Stencil,
  side: Side,
  others: readonly Stencil[],
  job: Job,
): Explained {
  const sums = sumsFor(data, stencil, side, others, job);
  const { groups, groupSizes } = sums;
  const clusters = stencil.clusters[side];
  // T seen from this side, transposed: groups x clusters.
  const T = new Float64Array(groups * clusters);
  const norms = new Float64Array(clusters);
  for (let a = 0; a < clusters; a++) {
    for (let b = 0; b < groups; b++) {
      const value = templateOf(stencil, side, a, b);
      T[b * clusters + a] = value;
      norms[a] += groupSizes[b] * value * value;
    }
  }
  const labels = new Uint16Array(stencil.labels[side].length);
  const blocks = new Float64Array(clusters * groups);
  const scores = new Float64Array(linesAtOnce * clusters);
  const E = new Float64Array(linesAtOnce * groups);
  for (let first = 0; first < labels.length; first += linesAtOnce) {
    job.throwIfCancelled();
    const count = Math.min(linesAtOnce, labels.length - first);
    sums.read(first, count, E);
    addProduct(
      { m: count, n: clusters, k: groups },
      { data: E, rowStride: groups, columnStride: 1 },
      { data: T, rowStride: clusters, columnStride: 1 },
      scores,
      { into: 'replace', job },
    );
    for (let t = 0; t < count; t++) {
      const label = smallest(norms, scores, t * clusters);
      labels[first + t] = label;
      for (let b = 0; b < groups; b++) {
        blocks[label * groups + b] += E[t * groups + b];
      }
    }
  }
  return withMeans(stencil, side, labels, blocks, groupSizes);
}

/** The a with the smallest norms[a] - 2 scores[from + a]. */
function smallest(norms: Float64Array, scores: Float64Array, from: number): number {
  let best = 0;
  let least = Infinity;
  for (let a = 0; a < norms.length; a++) {
    const cost = norms[a] - 2 * scores[from + a];
    if (cost < least) {
      least = cost;
      best = a;
    }
  }
  return best;
}

/** Templates as block means, from the sums of the residual over the blocks (own x other). */
function withMeans(
  stencil: Stencil,
  side: Side,
  labels: Uint16Array,
  blocks: Float64Array,
  groupSizes: Float64Array,
): Explained {
  const lists: [Uint16Array, Uint16Array] = [...stencil.labels];
  lists[side] = labels;
  const relabelled = { ...stencil, labels: lists };
  const sizes = sizesOf(relabelled, side);
  const [own, other] = [sizes.length, groupSizes.length];
  const templates = new Float64Array(own * other);
  let explained = 0;
  for (let a = 0; a < own; a++) {
    for (let b = 0; b < other; b++) {
      const elements = sizes[a] * groupSizes[b];
      if (elements > 0) {
        const mean = blocks[a * other + b] / elements;
        templates[side === 0 ? a * other + b : b * own + a] = mean;
        explained += elements * mean * mean;
      }
    }
  }
  return { stencil: { ...relabelled, templates }, explained };
}

/** Sums of the residual of `others` over the blocks of a stencil: row clusters x column clusters. */
export function blockSums(
  data: TwoWay,
  stencil: Stencil,
  others: readonly Stencil[],
  job: Job,
): Float64Array {
  const sums = sumsFor(data, stencil, 0, others, job);
  const { groups } = sums;
  const labels = stencil.labels[0];
  const blocks = new Float64Array(stencil.clusters[0] * groups);
  const E = new Float64Array(linesAtOnce * groups);
  for (let first = 0; first < labels.length; first += linesAtOnce) {
    job.throwIfCancelled();
    const count = Math.min(linesAtOnce, labels.length - first);
    sums.read(first, count, E);
    for (let t = 0; t < count; t++) {
      for (let b = 0; b < groups; b++) {
        blocks[labels[first + t] * groups + b] += E[t * groups + b];
      }
    }
  }
  return blocks;
}

/** The templates of a labelling: the means of the residual over its blocks. */
export function blockMeans(
  data: TwoWay,
  stencil: Stencil,
  others: readonly Stencil[],
  job: Job,
): Explained {
  const blocks = blockSums(data, stencil, others, job);
  return withMeans(stencil, 0, stencil.labels[0], blocks, sizesOf(stencil, 1));
}

/**
 * Labels to start from: columns at random, then centres among the rows by k-means++ on their mean
 * residual per group, every row to its nearest, and columns likewise. Fewer clusters where fewer
 * lines differ.
 */
export function firstLabels(
  data: TwoWay,
  clusters: readonly [number, number],
  others: readonly Stencil[],
  start: 'k-means++' | 'random',
  random: Random,
  job: Job,
): Explained {
  const [rows, columns] = data.X.dims;
  const [k, l] = [
    Math.min(clusters[0], rows, mostClusters),
    Math.min(clusters[1], columns, mostClusters),
  ];
  let stencil: Stencil = {
    clusters: [k, l],
    labels: [evenLabels(rows, k, random), evenLabels(columns, l, random)],
    templates: new Float64Array(k * l),
  };
  if (start === 'k-means++') {
    for (const side of [0, 1] as const) {
      stencil = withCentres(data, stencil, side, others, random, job);
      ({ stencil } = reassign(data, stencil, side, others, job));
    }
  }
  return blockMeans(data, stencil, others, job);
}

/** Random labels of which every one occurs. */
function evenLabels(count: number, clusters: number, random: Random): Uint16Array {
  const order = randomPermutation(count, random);
  const labels = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    labels[order[i]] = i % clusters;
  }
  return labels;
}

/** Templates that are the mean residuals of lines chosen by k-means++. */
function withCentres(
  data: TwoWay,
  stencil: Stencil,
  side: Side,
  others: readonly Stencil[],
  random: Random,
  job: Job,
): Stencil {
  const sums = sumsFor(data, stencil, side, others, job);
  const { groups, groupSizes } = sums;
  const lines = data.X.dims[side];
  const isAll = lines <= candidatesAtMost;
  const candidates = isAll
    ? Uint32Array.from({ length: lines }, (_, i) => i)
    : randomPermutation(lines, random).slice(0, candidatesAtMost);
  // Rows are e_ib / sqrt(n_b): their squared distances are those of the block means over the matrix.
  const profiles = new Float64Array(candidates.length * groups);
  const line = new Float64Array(groups);
  candidates.forEach((i, t) => {
    sums.read(i, 1, line);
    for (let b = 0; b < groups; b++) {
      profiles[t * groups + b] = groupSizes[b] > 0 ? line[b] / Math.sqrt(groupSizes[b]) : 0;
    }
  });
  const chosen = plusPlus(profiles, groups, stencil.clusters[side], random, job);
  const clusters: [number, number] = [...stencil.clusters];
  clusters[side] = chosen.length;
  const templates = new Float64Array(clusters[0] * clusters[1]);
  chosen.forEach((t, a) => {
    for (let b = 0; b < groups; b++) {
      const mean = groupSizes[b] > 0 ? profiles[t * groups + b] / Math.sqrt(groupSizes[b]) : 0;
      templates[side === 0 ? a * groups + b : b * clusters[1] + a] = mean;
    }
  });
  return { ...stencil, clusters, templates };
}

/** Centres drawn with probability proportional to the squared distance from those before. */
function plusPlus(
  profiles: Float64Array,
  width: number,
  count: number,
  random: Random,
  job: Job,
): number[] {
  const lines = profiles.length / width;
  const distances = new Float64Array(lines).fill(Infinity);
  const chosen = [below(lines, random)];
  for (;;) {
    job.throwIfCancelled();
    const centre = chosen[chosen.length - 1] * width;
    for (let t = 0; t < lines; t++) {
      let sum = 0;
      for (let b = 0; b < width; b++) {
        sum += (profiles[t * width + b] - profiles[centre + b]) ** 2;
      }
      distances[t] = Math.min(distances[t], sum);
    }
    const next = chosen.length < count ? drawWeighted(distances, 1, random) : [];
    if (next.length === 0) {
      return chosen;
    }
    chosen.push(next[0]);
  }
}

function sumsFor(
  data: TwoWay,
  stencil: Stencil,
  side: Side,
  others: readonly Stencil[],
  job: Job,
): GroupSums {
  const opposite: Side = side === 0 ? 1 : 0;
  const grouping = stencil.labels[opposite];
  return new GroupSums(data, side, grouping, stencil.clusters[opposite], others, job);
}
