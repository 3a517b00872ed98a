import { UsageError } from '../../failures';
import { part, unattended, type Job } from '../job';
import { createMatrix, firstColumns, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { asTuple } from '../ranks/rankForm';
import { tensorTrainShape } from '../ranks/tensorTrainRank';
import type { DenseTensor } from '../tensor/tensor';
import { asMatrix, permute } from '../tensor/unfold';
import type { Attributes, Decomposition, Factor, Factorisation, Rank } from './decomposition';
import {
  countParameters,
  factorOfShape,
  finiteSquaredNorm,
  requireTensor,
  type StoredDecomposition,
} from './storedFactors';
import {
  splitFew,
  splitFully,
  splitKind,
  splitWhole,
  type Split,
  type SplitKind,
} from './tensorTrainStep';
import { smallestTrain } from './tensorTrainSearch';

export interface TensorTrainOptions {
  /**
   * Gives modes of size one cores of their own, as the reference study does. By default they are
   * squeezed out first: a 1 x 1 convolution is then a plain low-rank product, not one squeezed
   * through the small middle ranks.
   */
  readonly keepUnitModes?: boolean;
}

export interface TensorTrainFactorisation extends Factorisation {
  /**
   * The smallest ranks that the truncation rule of TT-SVD allows for ||X - X~|| <= epsilon ||X||:
   * every step may discard epsilon^2 ||X||^2 / (steps).
   */
  within(epsilon: number, job?: Job): Promise<Decomposition>;
}

/** A step of TT-SVD that is remembered. */
interface Step extends Split {
  /** The steps and ranks before, on which this one depends, and its kind. */
  readonly key: string;
  /** The squared error of keeping `rank`. */
  loss(rank: number): number;
  /** The losses of all ranks, where they are known. */
  readonly discarded?: Float64Array;
}

/** The ranks between the cores that are computed (squeezed), and the squared error of all steps. */
interface Truncation {
  readonly ranks: readonly number[];
  readonly steps: readonly Step[];
  readonly squaredError: number;
}

/**
 * Tensor Train by TT-SVD (Oseledets, 2011): X[i_0..i_{d-1}] ~ G_0[1,i_0,:] G_1[:,i_1,:] ..., with
 * the output channels (mode 0) moved last, so (C, H, W, T) for a convolution (T, C, H, W). Cores
 * are named `core0` .. `core{d-1}` in that order, (r_k, I_k, r_{k+1}); squeezed modes have none.
 *
 * Nothing is computed before a rank is asked for: a step that keeps all there is needs no
 * factorisation, one that keeps little of a large unfolding only its leading vectors. Steps are
 * kept until what they depend on changes, so levels asked for in order share what they can. The
 * squared error is the sum of what the steps discard.
 * @throws UsageError for an order below 3, UnsupportedError for values that are not finite.
 */
export async function factoriseTensorTrain(
  tensor: DenseTensor,
  options: TensorTrainOptions = {},
  job: Job = unattended,
): Promise<TensorTrainFactorisation> {
  const shape = [...tensor.shape];
  requireTensor('tt', shape);
  job.throwIfCancelled();
  const { keepUnitModes = false } = options;
  const X = permute(tensor, trainAxes(shape.length), job);
  const squaredNorm = finiteSquaredNorm(X.data);
  const positions = corePositions(X.shape, keepUnitModes);
  const sizes = positions.map((position) => X.shape[position]);
  const stepCount = sizes.length - 1;
  const cache = new Map<string, Step>();

  /**
   * The step after `ranks`, the last of which was cut from `previous`; for one rank `wanted`, or for
   * all. The last step of each kind and place is kept.
   */
  async function stepAfter(
    ranks: readonly number[],
    previous: Step | undefined,
    wanted: number | undefined,
    stepJob: Job,
  ): Promise<Step> {
    const left = ranks.at(-1) ?? 1;
    const data = previous ? firstRows(previous.Z, left) : X.data;
    const rows = left * sizes[ranks.length];
    const A = createMatrix(rows, data.length / rows, data);
    const kind = wanted === undefined ? 'full' : splitKind(A.rows, A.columns, wanted);
    const place = `${ranks.length}:${kind}`;
    const key = `${previous?.key ?? ''}/${left}:${kind}${kind === 'few' ? wanted : ''}`;
    const known = cache.get(place);
    if (known?.key === key) {
      return known;
    }
    const step = { key, ...(await split(A, kind, wanted ?? 0, stepJob)) };
    cache.set(place, step);
    return step;
  }

  /** Takes `wanted` at every step; where that is left to `choose`, all ranks are computed. */
  async function truncate(
    wanted: readonly number[] | undefined,
    choose: (discarded: Float64Array, index: number) => number,
    stepsJob: Job,
  ): Promise<Truncation> {
    const ranks: number[] = [];
    const steps: Step[] = [];
    let squaredError = 0;
    for (let index = 0; index < stepCount; index++) {
      stepsJob.throwIfCancelled();
      const range = part(stepsJob, index / stepCount, (index + 1) / stepCount);
      const step = await stepAfter(ranks, steps.at(-1), wanted?.[index], range);
      const asked = wanted?.[index] ?? choose(step.discarded ?? new Float64Array(), index);
      const rank = Math.max(1, Math.min(asked, step.U.columns));
      ranks.push(rank);
      steps.push(step);
      squaredError += step.loss(rank);
      range.report(1, `step ${index + 1} of ${stepCount}`);
    }
    return { ranks, steps, squaredError };
  }

  function decompositionOf({ ranks, steps }: Truncation): Decomposition {
    const bonds = [1, ...ranks, 1];
    const factors = sizes.map((size, index): Factor => {
      const last = index === stepCount;
      const data = !last
        ? firstColumns(steps[index].U, bonds[index + 1]).data
        : stepCount === 0
          ? X.data
          : firstRows(steps[index - 1].Z, bonds[index]);
      return {
        name: `core${positions[index]}`,
        shape: [bonds[index], size, bonds[index + 1]],
        data: data.slice(),
      };
    });
    const rank = realisedRank(shape.length, positions, ranks);
    const attributes: Attributes = { keepUnitModes };
    return restoreTensorTrain({ shape, rank, attributes, factors });
  }

  async function truncateTo(rank: Rank, stepsJob: Job): Promise<Truncation> {
    const requested = bondsBetween(positions, asTuple('tt', shape, rank));
    return truncate(requested, () => 1, stepsJob);
  }

  job.report(1);
  return {
    method: 'tt',
    shape,
    async at(rank, stepsJob = unattended) {
      return decompositionOf(await truncateTo(rank, stepsJob));
    },
    async errorAt(rank, stepsJob = unattended) {
      return Math.sqrt((await truncateTo(rank, stepsJob)).squaredError);
    },
    async selectForError(absoluteError, stepsJob = unattended) {
      const found = await smallestTrain(
        sizes,
        absoluteError ** 2,
        (choose, searchJob) => truncate(undefined, choose, searchJob),
        stepsJob,
      );
      return found && { rank: realisedRank(shape.length, positions, found) };
    },
    async within(epsilon, stepsJob = unattended) {
      if (!(epsilon >= 0)) {
        throw new UsageError(`${epsilon} is no relative error; give a number of at least 0.`);
      }
      const allowed = (epsilon ** 2 * squaredNorm) / Math.max(1, stepCount);
      const smallest = (discarded: Float64Array): number =>
        discarded.findIndex((energy) => energy <= allowed);
      return decompositionOf(await truncate(undefined, smallest, stepsJob));
    },
  };
}

/**
 * Rebuilds a Tensor Train from its cores; modes without a core have size one.
 * @throws FormatError when a core is missing or does not fit its neighbours.
 */
export function restoreTensorTrain(stored: StoredDecomposition): Decomposition {
  const { shape, attributes, factors } = stored;
  const order = shape.length;
  const rank = asTuple('tt', shape, stored.rank);
  const axes = trainAxes(order);
  const sizes = tensorTrainShape(shape);
  const positions = corePositions(sizes, attributes['keepUnitModes'] === true);
  const cores = positions.map((position) => {
    const coreShape = [rank[position], sizes[position], rank[position + 1]];
    return { shape: coreShape, data: factorOfShape(factors, `core${position}`, coreShape) };
  });
  return {
    method: 'tt',
    shape,
    rank,
    parameterCount: countParameters(factors),
    factors,
    attributes,
    async reconstruct(job) {
      let product = asMatrix(cores[0], sizes[positions[0]], cores[0].shape[2]);
      for (const core of cores.slice(1)) {
        const [left, size, right] = core.shape;
        const { rows, data } = await multiply(product, asMatrix(core, left, size * right), { job });
        product = createMatrix(rows * size, right, data);
      }
      const back = axes.map((_, axis) => axes.indexOf(axis));
      return permute({ shape: sizes, data: product.data }, back, job);
    },
  };
}

async function split(
  A: Matrix,
  kind: SplitKind,
  rank: number,
  job: Job,
): Promise<Omit<Step, 'key'>> {
  if (kind === 'whole') {
    return { ...splitWhole(A, job), loss: () => 0 };
  }
  const few = kind === 'few' ? await splitFew(A, rank, job) : undefined;
  if (few) {
    return { U: few.U, Z: few.Z, loss: () => few.loss };
  }
  const { U, Z, discarded } = await splitFully(A, job);
  return { U, Z, discarded, loss: (kept) => discarded[kept] };
}

/** The mode behind each position of the train: 1, 2, .., d-1, 0. */
function trainAxes(order: number): number[] {
  return Array.from({ length: order }, (_, position) => (position + 1) % order);
}

/** Positions that have a core: all, or those longer than one (at least the first). */
function corePositions(sizes: readonly number[], keepUnitModes: boolean): number[] {
  const positions = [...sizes.keys()];
  const long = positions.filter((position) => sizes[position] > 1);
  return keepUnitModes ? positions : long.length > 0 ? long : [0];
}

/** The rank between two neighbouring cores: the smallest asked for anywhere between them. */
function bondsBetween(positions: readonly number[], rank: readonly number[]): number[] {
  return positions
    .slice(1)
    .map((position, index) => Math.min(...rank.slice(positions[index] + 1, position + 1)));
}

/** All d + 1 ranks: a squeezed mode passes on the rank of the bond it lies on. */
function realisedRank(
  order: number,
  positions: readonly number[],
  bonds: readonly number[],
): number[] {
  return Array.from({ length: order + 1 }, (_, boundary) => {
    const coresBefore = positions.filter((position) => position < boundary).length;
    return coresBefore === 0 ? 1 : (bonds[coresBefore - 1] ?? 1);
  });
}

function firstRows(a: Matrix, count: number): Float64Array {
  return a.data.subarray(0, count * a.columns);
}
