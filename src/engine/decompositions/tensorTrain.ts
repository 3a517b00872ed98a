import { UsageError } from '../../failures';
import { part, unattended, type Job } from '../job';
import { createMatrix, firstColumns, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { dot } from '../linalg/vectors';
import { asTuple } from '../ranks/rankForm';
import { tensorTrainShape } from '../ranks/tensorTrainRank';
import type { DenseTensor } from '../tensor/tensor';
import { asMatrix, permute } from '../tensor/unfold';
import type { Attributes, Decomposition, Factor, Factorisation, Rank } from './decomposition';
import { splitLeft } from './leftBasis';
import {
  countParameters,
  factorOfShape,
  finiteSquaredNorm,
  requireTensor,
  type StoredDecomposition,
} from './storedFactors';
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

/** One step of TT-SVD: the unfolding's left basis, and its rows in that basis. */
interface Step {
  /** Ranks of the steps before, on which this one's input depends. */
  readonly after: readonly number[];
  readonly U: Matrix;
  readonly Z: Matrix;
  /** `discarded[r]`: the squared error of keeping r; the last entry, of keeping all, is 0. */
  readonly discarded: Float64Array;
}

/** The ranks between the cores that are computed (squeezed), and the squared error of each step. */
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
 * The first unfolding is factorised once for all ranks. Later steps depend on the ranks before
 * them and are kept until those change, so levels asked for in order share what they can. The
 * squared error is the sum of what the steps discard, and exact.
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
  const cache: (Step | undefined)[] = [];

  /** Step number `ranks.length`, after steps that kept `ranks`, the last of which is `previous`. */
  async function stepAfter(
    ranks: readonly number[],
    previous: Step | undefined,
    stepJob: Job,
  ): Promise<Step> {
    const index = ranks.length;
    const known = cache[index];
    if (known && known.after.every((rank, step) => rank === ranks[step])) {
      return known;
    }
    const left = ranks.at(-1) ?? 1;
    const data = previous ? firstRows(previous.Z, left) : X.data;
    const rows = left * sizes[index];
    const { U, Z } = await splitLeft(createMatrix(rows, data.length / rows, data), stepJob);
    const step = { after: [...ranks], U, Z, discarded: tailEnergies(Z) };
    cache[index] = step;
    return step;
  }

  /** `choose` picks the rank of a step; it is clipped to what the step has. */
  async function truncate(
    choose: (step: Step, index: number) => number,
    stepsJob: Job,
  ): Promise<Truncation> {
    const ranks: number[] = [];
    const steps: Step[] = [];
    let squaredError = 0;
    for (let index = 0; index < stepCount; index++) {
      stepsJob.throwIfCancelled();
      const range = part(stepsJob, index / stepCount, (index + 1) / stepCount);
      const step = await stepAfter(ranks, steps.at(-1), range);
      const rank = Math.max(1, Math.min(choose(step, index), step.U.columns));
      ranks.push(rank);
      steps.push(step);
      squaredError += step.discarded[rank];
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
    return truncate((_, index) => requested[index], stepsJob);
  }

  if (stepCount > 0) {
    await stepAfter([], undefined, job);
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
        (choose, job) => truncate((step, index) => choose(step.discarded, index), job),
        stepsJob,
      );
      return found && { rank: realisedRank(shape.length, positions, found) };
    },
    async within(epsilon, stepsJob = unattended) {
      if (!(epsilon >= 0)) {
        throw new UsageError(`${epsilon} is no relative error; give a number of at least 0.`);
      }
      const allowed = (epsilon ** 2 * squaredNorm) / Math.max(1, stepCount);
      const smallest = ({ discarded }: Step): number =>
        discarded.findIndex((energy) => energy <= allowed);
      return decompositionOf(await truncate(smallest, stepsJob));
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

/** Entry r: the sum of the squared lengths of all rows from r on. */
function tailEnergies(Z: Matrix): Float64Array {
  const tail = new Float64Array(Z.rows + 1);
  for (let row = Z.rows - 1; row >= 0; row--) {
    const from = row * Z.columns;
    tail[row] = tail[row + 1] + dot(Z.data, from, Z.data, from, Z.columns);
  }
  return tail;
}
