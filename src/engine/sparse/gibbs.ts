import type { Job } from '../job';
import { kernels } from '../kernels';
import type { Arena } from '../kernels/arena';
import { resident } from '../kernels/stencils';
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

/** Multiply-adds between looks at the stop sign: some 20 ms. */
const workPerLook = 2 ** 26;
/** Clusters whose scores are computed together. */
const panel = 4;
const stateBytes = 120;
/** Noise in units of the prior variance: its inverse and its logarithm stay finite. */
const ratioBound = 2 ** 900;

/**
 * One collapsed Gibbs sweep over the labels of one side of a stencil, line after line, each drawn
 * given all others; see kernels/assembly/gibbs.ts.
 */
export class ClusterSampler {
  /**
   * @param labels changed by a sweep
   * @param clusters at most
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
  ) {}

  /** Draws every label anew, in order. @throws CancelledError, with some of them drawn. */
  sweep(random: Random, job: Job): void {
    const { arena, exports } = kernels();
    const { labels } = this;
    const groups = this.groupSizes.length;
    job.throwIfCancelled();
    arena.scope(() => {
      const state = this.state(arena);
      const drawn = resident(arena, labels);
      const residual = resident(arena, this.residual);
      const [labelsAt, residualAt] = [drawn.byteOffset, residual.byteOffset];
      exports.gibbsStart(state, labelsAt, residualAt, labels.length);
      const perLook = Math.max(1, Math.floor(workPerLook / (groups * this.clusters)));
      const uniforms = arena.doubles(Math.min(perLook, labels.length));
      for (let first = 0; first < labels.length; first += perLook) {
        job.throwIfCancelled();
        const count = Math.min(perLook, labels.length - first);
        for (let i = 0; i < count; i++) {
          uniforms[i] = random.next();
        }
        exports.gibbsLines(
          state,
          labelsAt + 2 * first,
          residualAt + 8 * first * groups,
          uniforms.byteOffset,
          count,
        );
      }
      if (drawn !== labels) {
        labels.set(drawn);
      }
    });
  }

  /** The address of the kernel's state, with room for all it names. */
  private state(arena: Arena): number {
    const { clusters, groupSizes } = this;
    const groups = groupSizes.length;
    const padded = Math.ceil(clusters / panel) * panel;
    const { noise, prior } = this.variances;
    const ratio = Math.min(ratioBound, Math.max(1 / ratioBound, noise / prior));
    const { moments, centre, halfWidth, places } = momentsFor(groupSizes, ratio);
    const steps = groups + (moments > 0 ? moments : groups);
    const factors = groupSizes.map((size) => (size > 0 ? 0.5 / (noise * size) : 0));
    const emptyTerms = groupSizes.map((size) => 0.5 / (noise * (ratio + size)));
    const room = (count: number): number => arena.doubles(count).byteOffset;
    const held = (data: Float64Array): number => resident(arena, data).byteOffset;
    const state = arena.doubles(stateBytes / 8);
    new Uint32Array(state.buffer, state.byteOffset, 20).set([
      ...[groups, clusters, padded, moments, held(groupSizes), room(clusters)],
      ...[room(clusters * groups), room(3 * clusters * groups), room(4 * clusters)],
      ...[room(padded), room(padded), room(padded * steps), held(emptyTerms)],
      // The scores' place serves the squares of a line before that.
      ...[room(4 * steps), room(4 * padded), room(Math.max(padded, groups)), room(padded / 2)],
      ...[held(Float64Array.of(...factors, ...places)), clusters],
    ]);
    const logs = groupSizes.reduce((sum, size) => sum + Math.log(ratio / (ratio + size)), 0);
    const emptyConstant = Math.log(this.concentration) + 0.5 * logs;
    state.set([1 / noise, ratio, emptyConstant, centre, halfWidth], 10);
    return state.byteOffset;
  }
}

/** What is left out of the series of moments, relative to its sum. */
const seriesTolerance = 2 ** -36;
const mostMoments = 18;
/** The kernel makes moments in sixes. */
const momentsAtOnce = 6;

/**
 * The series by which clusters share the squares of a line (see the kernel): d_b = ratio / n_b lies
 * within `halfWidth` of `centre`, at `places` in units of it. No moments where they would not be
 * fewer than the groups.
 */
export function momentsFor(
  groupSizes: Float64Array,
  ratio: number,
): {
  readonly moments: number;
  readonly centre: number;
  readonly halfWidth: number;
  readonly places: Float64Array;
} {
  const occupied = groupSizes.filter((size) => size > 0);
  const least = ratio / occupied.reduce((most, size) => Math.max(most, size), 0);
  const most = ratio / occupied.reduce((fewest, size) => Math.min(fewest, size), Infinity);
  const [centre, halfWidth] = [(least + most) / 2, (most - least) / 2];
  // Clusters have a line at least, and two with the line that is scored.
  const quotient = halfWidth / (2 + centre);
  let moments = 1;
  for (let rest = quotient; rest > seriesTolerance * (1 - quotient); rest *= quotient) {
    moments++;
    if (moments > Math.min(mostMoments, groupSizes.length / 2)) {
      return { moments: 0, centre, halfWidth, places: groupSizes };
    }
  }
  const places = groupSizes.map((size) =>
    size > 0 && halfWidth > 0 ? (ratio / size - centre) / halfWidth : 0,
  );
  moments = Math.ceil(moments / momentsAtOnce) * momentsAtOnce;
  return { moments, centre, halfWidth, places };
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
