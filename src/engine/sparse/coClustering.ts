import type { Job } from '../job';
import { kernels, operationKinds } from '../kernels';
import type { Arena } from '../kernels/arena';
import { nearestPanel } from '../kernels/stencils';
import type { Random } from '../random';
import { below, drawWeighted, randomPermutation } from './sampling';
import {
  addByLabel,
  GroupSums,
  mostClusters,
  sizesOf,
  templateOf,
  type Side,
  type Stencil,
  type TwoWay,
} from './stencils';

/** Lines that a thread labels at a time. */
const linesPerItem = 64;
/** Differences squared between looks at the stop sign. */
const distancesPerLook = 2 ** 24;
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
  const { arena } = kernels();
  return arena.scope(() => {
    const sums = sumsFor(data, stencil, side, others, job);
    const { groups, groupSizes } = sums;
    const clusters = stencil.clusters[side];
    const nearest = nearestLabels(arena, stencil, side, groupSizes);
    const labels = arena.words(Math.ceil(stencil.labels[side].length / 2));
    const found = new Uint16Array(labels.buffer, labels.byteOffset, stencil.labels[side].length);
    const blocks = new Float64Array(clusters * groups);
    sums.forEachPiece((E, first, count) => {
      const part = found.subarray(first, first + count);
      nearest(E, part);
      addByLabel(blocks, E, part, groups, job);
    });
    return withMeans(stencil, side, found.slice(), blocks, groupSizes);
  });
}

/** Writes the label a with the smallest sum of n_b T[a,b]^2 - 2 T[a,b] e_b of every line. */
function nearestLabels(
  arena: Arena,
  stencil: Stencil,
  side: Side,
  groupSizes: Float64Array,
): (E: Float64Array, labels: Uint16Array) => void {
  const { team } = kernels();
  const clusters = stencil.clusters[side];
  const groups = groupSizes.length;
  const padded = Math.ceil(clusters / nearestPanel) * nearestPanel;
  const norms = arena.doubles(padded).fill(Infinity);
  // -2 T, in panels of clusters.
  const terms = arena.zeros(padded * groups);
  for (let a = 0; a < clusters; a++) {
    const from = (a - (a % nearestPanel)) * groups + (a % nearestPanel);
    norms[a] = 0;
    for (let b = 0; b < groups; b++) {
      const value = templateOf(stencil, side, a, b);
      terms[from + b * nearestPanel] = -2 * value;
      norms[a] += groupSizes[b] * value * value;
    }
  }
  const workBytes = 8 * 4 * (groups + padded);
  const work = arena.reserve(workBytes * team.size);
  return (E, labels) => {
    team.run(
      operationKinds.nearestLabels,
      [
        ...[E.byteOffset, labels.length, groups, padded, norms.byteOffset, terms.byteOffset],
        ...[linesPerItem, labels.byteOffset, work, workBytes],
      ],
      Math.ceil(labels.length / linesPerItem),
    );
  };
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
  return kernels().arena.scope(() =>
    sumsFor(data, stencil, 0, others, job).blocks(stencil.labels[0], stencil.clusters[0]),
  );
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
  const { arena } = kernels();
  return arena.scope(() => {
    const sums = sumsFor(data, stencil, side, others, job);
    const { groups, groupSizes } = sums;
    const lines = data.X.dims[side];
    // Rows are e_ib / sqrt(n_b): their squared distances are those of the block means over the matrix.
    const count = Math.min(lines, candidatesAtMost);
    const profiles = arena.doubles(count * groups);
    if (count === lines) {
      sums.read(0, lines, profiles);
    } else {
      sums.readLines(randomPermutation(lines, random).subarray(0, count), profiles);
    }
    const scales = groupSizes.map((size) => (size > 0 ? 1 / Math.sqrt(size) : 0));
    for (let t = 0; t < count; t++) {
      for (let b = 0; b < groups; b++) {
        profiles[t * groups + b] *= scales[b];
      }
    }
    const chosen = plusPlus(profiles, groups, stencil.clusters[side], random, job);
    const clusters: [number, number] = [...stencil.clusters];
    clusters[side] = chosen.length;
    const templates = new Float64Array(clusters[0] * clusters[1]);
    chosen.forEach((t, a) => {
      for (let b = 0; b < groups; b++) {
        const mean = profiles[t * groups + b] * scales[b];
        templates[side === 0 ? a * groups + b : b * clusters[1] + a] = mean;
      }
    });
    return { ...stencil, clusters, templates };
  });
}

/**
 * Centres drawn with probability proportional to the squared distance from those before.
 * @param profiles rows of `width` numbers in the kernels' memory
 */
function plusPlus(
  profiles: Float64Array,
  width: number,
  count: number,
  random: Random,
  job: Job,
): number[] {
  const { arena, exports } = kernels();
  const lines = profiles.length / width;
  const distances = arena.doubles(lines).fill(Infinity);
  const chosen = [below(lines, random)];
  const atOnce = Math.max(1, Math.floor(distancesPerLook / width));
  for (;;) {
    const centre = profiles.byteOffset + chosen[chosen.length - 1] * width * 8;
    for (let first = 0; first < lines; first += atOnce) {
      job.throwIfCancelled();
      exports.nearerDistances(
        profiles.byteOffset + first * width * 8,
        Math.min(atOnce, lines - first),
        width,
        centre,
        distances.byteOffset + first * 8,
      );
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
