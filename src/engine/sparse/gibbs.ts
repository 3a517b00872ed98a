import type { Job } from '../job';
import { addProduct } from '../linalg/blockedProduct';
import { dot } from '../linalg/vectors';
import type { Random } from '../random';

/** Variances of the model of bACCAMS. */
export interface Variances {
  /** sigma^2, of an entry around the sum of the stencils. */
  readonly noise: number;
  /** sigma_T^2, of a template around 0. */
  readonly prior: number;
}

/** The residual over a block of a stencil: its sum, and how many elements it has. */
export interface Block {
  readonly sum: number;
  readonly count: number;
}

/**
 * log p(row | block), the block's template integrated out, up to terms that are equal for all blocks:
 * 0.5 log(l0 / l1) + [(a0 + e)^2 / l1 - a0^2 / l0] / (2 sigma^4), with l0 = 1/sigma_T^2 + n/sigma^2 and
 * l1 = l0 + (elements of the row)/sigma^2.
 */
export function logMarginal(block: Block, row: Block, { noise, prior }: Variances): number {
  const l0 = 1 / prior + block.count / noise;
  const l1 = l0 + row.count / noise;
  const sum = block.sum + row.sum;
  return 0.5 * Math.log(l0 / l1) + (sum ** 2 / l1 - block.sum ** 2 / l0) / (2 * noise * noise);
}

/** log p(row | block) in full, for a row of which also the sum of squares is known. */
export function logPredictive(
  block: Block,
  row: Block & { readonly squares: number },
  variances: Variances,
): number {
  const { noise } = variances;
  const constant = -(row.count / 2) * Math.log(2 * Math.PI * noise) - row.squares / (2 * noise);
  return logMarginal(block, row, variances) + constant;
}

/** Factors multiplied before a logarithm is taken: none is below 2^-100, as variances are bounded. */
const factorsPerLog = 8;
/** A cluster so much less likely than the best is never drawn. */
const negligible = -40;

/** Lines whose scores are computed by one product, with the clusters as they are before the first. */
const linesAtOnce = 64;

/**
 * One collapsed Gibbs sweep over the labels of one side of a stencil, line after line, each drawn
 * given all others. Scores are products of the sums of lines with the terms of clusters: those of a
 * block of lines come from one matrix product, and clusters that moves within the block have changed
 * are scored anew.
 */
export class ClusterSampler {
  private readonly groups: number;
  private readonly sizes: Float64Array;
  /** a0: sums of the residual over the blocks, clusters x groups. */
  private readonly sums: Float64Array;
  /** What a cluster's score has times e_b (first the groups), and times e_b^2 (then again). */
  private readonly terms: Float64Array;
  /** What it has beside them, its share by the restaurant process among it. */
  private readonly constants: Float64Array;
  private readonly scores: Float64Array;
  /** e_b and e_b^2 of a block of lines. */
  private readonly powers: Float64Array;
  /** Products of the block with the terms: lines x (clusters + 2). */
  private readonly products: Float64Array;
  /** The block in which a cluster changed last. */
  private readonly changed: Int32Array;

  /**
   * @param clusters at most; one slot more serves a cluster without the line in question, and one
   * the empty cluster
   * @param groupSizes n_b
   * @param residual e_ib, lines x groups
   */
  constructor(
    private readonly labels: Uint16Array,
    private readonly clusters: number,
    private readonly groupSizes: Float64Array,
    private readonly residual: Float64Array,
    private readonly concentration: number,
    private readonly variances: Variances,
  ) {
    const groups = groupSizes.length;
    const slots = clusters + 2;
    this.groups = groups;
    this.sizes = new Float64Array(slots);
    this.sums = new Float64Array(slots * groups);
    this.terms = new Float64Array(slots * 2 * groups);
    this.constants = new Float64Array(slots);
    this.scores = new Float64Array(clusters);
    this.powers = new Float64Array(linesAtOnce * 2 * groups);
    this.products = new Float64Array(linesAtOnce * slots);
    this.changed = new Int32Array(slots).fill(-1);
    for (let i = 0; i < labels.length; i++) {
      this.add(labels[i], i, 1);
    }
    for (let a = 0; a < slots; a++) {
      this.prepare(a);
    }
  }

  /** Draws every label anew, in order. */
  sweep(random: Random, job: Job): void {
    const { labels } = this;
    for (let first = 0; first < labels.length; first += linesAtOnce) {
      const end = Math.min(labels.length, first + linesAtOnce);
      this.multiplyBlock(first, end - first, job);
      for (let i = first; i < end; i++) {
        const label = this.draw(i, i - first, first, random);
        if (label !== labels[i]) {
          this.move(labels[i], i, -1, first);
          this.move(label, i, 1, first);
          labels[i] = label;
        }
      }
    }
  }

  private multiplyBlock(first: number, count: number, job: Job): void {
    const { groups, powers, residual, terms, products } = this;
    const width = 2 * groups;
    for (let t = 0; t < count; t++) {
      for (let b = 0; b < groups; b++) {
        const e = residual[(first + t) * groups + b];
        powers[t * width + b] = e;
        powers[t * width + groups + b] = e * e;
      }
    }
    addProduct(
      { m: count, n: this.clusters + 2, k: width },
      { data: powers, rowStride: width, columnStride: 1 },
      { data: terms, rowStride: 1, columnStride: width },
      products,
      { into: 'replace', job },
    );
  }

  /** @param t number of line i within its block, which begins at line `block` */
  private draw(i: number, t: number, block: number, random: Random): number {
    const { clusters, sizes, scores, labels, changed, products, constants } = this;
    const own = labels[i];
    const without = clusters;
    const empty = clusters + 1;
    this.copyWithout(own, i, without);
    let best = -Infinity;
    let isEmptyOffered = false;
    for (let a = 0; a < clusters; a++) {
      const slot = a === own ? without : a;
      if (sizes[slot] > 0) {
        const isFresh = slot === without || changed[slot] === block;
        const product = isFresh ? this.product(slot, t) : products[t * (clusters + 2) + slot];
        scores[a] = constants[slot] + product;
      } else {
        // Empty clusters are all alike; the first stands for them.
        const product = products[t * (clusters + 2) + empty];
        scores[a] = isEmptyOffered ? -Infinity : constants[empty] + product;
        isEmptyOffered = true;
      }
      best = Math.max(best, scores[a]);
    }
    let total = 0;
    for (let a = 0; a < clusters; a++) {
      const relative = scores[a] - best;
      scores[a] = relative > negligible ? Math.exp(relative) : 0;
      total += scores[a];
    }
    let left = random.next() * total;
    let label = own;
    for (let a = 0; a < clusters; a++) {
      if (scores[a] > 0) {
        label = a;
        left -= scores[a];
        if (left < 0) {
          break;
        }
      }
    }
    return label;
  }

  /** The part of a cluster's score that depends on line t of the block. */
  private product(slot: number, t: number): number {
    const width = 2 * this.groups;
    return dot(this.powers, t * width, this.terms, slot * width, width);
  }

  private move(a: number, i: number, sign: 1 | -1, block: number): void {
    this.add(a, i, sign);
    this.prepare(a);
    this.changed[a] = block;
  }

  private add(a: number, i: number, sign: 1 | -1): void {
    const { groups, sums } = this;
    this.sizes[a] += sign;
    for (let b = 0; b < groups; b++) {
      // An emptied cluster has sums of exactly 0.
      const sum = sums[a * groups + b] + sign * this.residual[i * groups + b];
      sums[a * groups + b] = this.sizes[a] > 0 ? sum : 0;
    }
  }

  private copyWithout(a: number, i: number, slot: number): void {
    const { groups } = this;
    this.sizes[slot] = this.sizes[a];
    this.sums.copyWithin(slot * groups, a * groups, (a + 1) * groups);
    this.add(slot, i, -1);
    if (this.sizes[slot] > 0) {
      this.prepare(slot);
    }
  }

  private prepare(a: number): void {
    const { groups, groupSizes, sums, terms } = this;
    const { noise, prior } = this.variances;
    const scale = 1 / (2 * noise * noise);
    let logs = 0;
    let ratio = 1;
    let difference = 0;
    for (let b = 0; b < groups; b++) {
      const l0 = 1 / prior + (this.sizes[a] * groupSizes[b]) / noise;
      const l1 = l0 + groupSizes[b] / noise;
      const a0 = sums[a * groups + b];
      const mean = a0 / l1;
      terms[2 * a * groups + b] = 2 * mean * scale;
      terms[(2 * a + 1) * groups + b] = scale / l1;
      difference += a0 * (mean - a0 / l0);
      ratio *= l0 / l1;
      if (b % factorsPerLog === factorsPerLog - 1) {
        logs += Math.log(ratio);
        ratio = 1;
      }
    }
    logs += Math.log(ratio);
    const share = this.sizes[a] > 0 ? this.sizes[a] : this.concentration;
    this.constants[a] = Math.log(share) + 0.5 * logs + difference * scale;
  }
}

/** A draw from the gamma distribution with shape >= 1 and scale 1 (Marsaglia and Tsang 2000). */
export function drawGamma(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
      return d * v;
    }
  }
}
