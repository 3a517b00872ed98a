import { UsageError } from '../../failures';
import { part, unattended, type Job } from '../job';
import { kernels } from '../kernels';
import { resident } from '../kernels/stencils';
import { createRandom, type Random } from '../random';
import { modelOf, requireCount, requireMatrixFor, requireRoom, type FitReport } from './fitting';
import {
  baseFor,
  gradientOf,
  innerWith,
  occupiedSquare,
  powerEntry,
  powerSquare,
  seedDigits,
  type Seed,
  type SeedDigits,
} from './kroneckerPower';
import { minHashOrder } from './orders/minHashOrder';
import { copyPositions, positionsFrom, type Positions } from './orders/positions';
import { updateOrder } from './orders/updateOrder';
import { randomPermutation } from './sampling';
import { orderBytes } from './sizes';
import type { SparseModel } from './sparseModel';
import { squaredNorm, type SparseTensor } from './sparseTensor';
import { residentLines, twoWay, type TwoWay } from './stencils';

export interface KronFitOptions {
  /** K: the matrix is approximated by the K-th Kronecker power of a seed; 2. */
  readonly power?: number;
  /** Sharpness of the acceptance of swaps, in 1 / squared data units; Infinity is greedy. 10. */
  readonly gamma?: number;
  /** Positions to start from; min-hash. */
  readonly order?: 'min-hash' | 'random';
  /** Whether the scale of the seed is set to its optimum after every step; closed-form. */
  readonly scale?: 'closed-form' | 'learned';
  /** Of Adam; `search` tries 1e-1 to 1e-8 for some steps each and takes the best. */
  readonly learningRate?: number | 'search';
  /** Order updates per mode and epoch; 2. */
  readonly updates?: number;
  /** Epochs at most; 500. It ends after 100 of them without a relative gain of 1e-5. */
  readonly epochs?: number;
  readonly seed?: number;
}

export interface KronFitModel extends SparseModel {
  readonly seed: Seed;
  /** Position of every row, and of every column, in the Kronecker power. */
  readonly orders: readonly [Uint32Array, Uint32Array];
}

/** Seed, orders and the loss they have. */
interface State {
  readonly seed: Seed;
  readonly orders: readonly [Positions, Positions];
  readonly loss: number;
}

const searchedRates = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8];
const searchSteps = 20;
/** Share of the progress that the search is given. */
const searchShare = 0.05;
const patience = 100;
const leastGain = 1e-5;

/**
 * KronFit extended to reconstruct a sparse matrix: X ~ Theta (x) ... (x) Theta, K factors of
 * ceil(N^(1/K)) x ceil(M^(1/K)), with rows and columns in orders that are optimised as NeuKron's.
 * Training minimises the loss over the padded grid (`details.paddedSquaredError`); the error reported
 * is that over the matrix itself, never larger.
 * @param report the loss after every epoch
 * @throws UsageError for a tensor of another order and impossible settings, OutOfMemoryError.
 */
export async function fitKronFit(
  X: SparseTensor,
  options: KronFitOptions = {},
  job: Job = unattended,
  report?: FitReport,
): Promise<KronFitModel> {
  const from = performance.now();
  const settings = settingsOf(X, options, job);
  const { power, order, epochs, updates, gamma } = settings;
  const random = createRandom(settings.seed);
  const norm = squaredNorm(X);
  const [rows, columns] = X.dims.map((size) => baseFor(size, power));
  const theta = Float64Array.from({ length: rows * columns }, () => random.next());
  const start: Seed = { rows, columns, power, data: theta };
  const digits = seedDigits(start);
  const { best, rate, epoch, accepted } = kernels().arena.scope(() => {
    const data = residentLines(twoWay(X, job));
    const held = residentTensor(data);
    const orders: [Positions, Positions] = [
      firstOrder(data, 0, rows ** power, order, random, job),
      firstOrder(data, 1, columns ** power, order, random, job),
    ];
    job.throwIfCancelled();
    const target = rescaled(start, norm ** 0.5);
    let state: State = measured(held, { ...target }, digits, orders, norm, settings.scale, job);
    const rate =
      settings.learningRate === 'search'
        ? searchRate(held, state, digits, norm, settings.scale, part(job, 0, searchShare))
        : settings.learningRate;
    const training = part(job, settings.learningRate === 'search' ? searchShare : 0, 1);
    const adam = new Adam(theta.length, rate);
    let best = copied(state);
    let reference = best.loss;
    let since = 0;
    let epoch = 0;
    let accepted = 0;
    while (epoch < epochs && since < patience && norm > 0) {
      epoch++;
      for (let update = 0; update < 2 * updates; update++) {
        job.throwIfCancelled();
        const side = update < updates ? 0 : 1;
        const done = updateOrder(data, state.seed, digits, state.orders, side, gamma, random, job);
        accepted += done.accepted;
      }
      const { gradient } = gradientOf(held, state.seed, digits, orders[0].of, orders[1].of, job);
      const moved = { ...state.seed, data: adam.step(state.seed.data, gradient) };
      state = measured(held, moved, digits, orders, norm, settings.scale, job);
      if (state.loss < best.loss) {
        best = copied(state);
      }
      // Gains too small to count one by one may still add up.
      const hasGained = best.loss < reference - leastGain * reference;
      since = hasGained ? 0 : since + 1;
      reference = hasGained ? best.loss : reference;
      report?.({ step: epoch, squaredError: state.loss });
      training.report(epoch / epochs, `epoch ${epoch}`);
    }
    return { best, rate, epoch, accepted };
  });
  return finished(X, best, digits, norm, from, job, {
    ...describe(settings),
    ...(settings.power < (options.power ?? 2) && { wantedPower: options.power ?? 2 }),
    learningRate: rate,
    epochs: epoch,
    acceptedSwaps: accepted,
  });
}

type Settings = Required<KronFitOptions>;

function settingsOf(X: SparseTensor, options: KronFitOptions, job: Job): Settings {
  requireMatrixFor('KronFit', X);
  const { power = 2, gamma = 10, order = 'min-hash', scale = 'closed-form', seed = 0 } = options;
  const { learningRate = 'search', updates = 2, epochs = 500 } = options;
  requireCount('power K', power);
  if (!(gamma > 0)) {
    throw new UsageError(`gamma must be above 0 (Infinity is greedy), not ${gamma}.`);
  }
  if (learningRate !== 'search' && !(learningRate > 0)) {
    throw new UsageError(`The learning rate must be above 0 or "search", not ${learningRate}.`);
  }
  // Beyond bits, digits of base 2 are all 0.
  const most = Math.max(1, ...X.dims.map((size) => Math.ceil(Math.log2(size))));
  const clipped = Math.min(power, most);
  const padded = X.dims.map((size) => baseFor(size, clipped) ** clipped);
  const numbers = ((padded[0] + padded[1]) * (clipped + 8)) / 2;
  const remedy = 'Choose a smaller power K, or remove empty rows and columns.';
  requireRoom(numbers, 'The orders of the padded grid', remedy, job);
  return { power: clipped, gamma, order, scale, learningRate, updates, epochs, seed };
}

function describe({ power, gamma, order, scale, seed, updates }: Settings): SparseModel['details'] {
  return { power, gamma, order, scale, seed, updates };
}

/** The entries where kernels reach them, those of the lines of both sides. */
function residentTensor({ X, lines }: TwoWay): SparseTensor {
  const rows = resident(kernels().arena, X.indices[0]);
  return { ...X, indices: [rows, lines[0].columns], values: lines[0].values };
}

/** Positions of a mode and its padding: real indices first. */
function firstOrder(
  data: TwoWay,
  side: 0 | 1,
  size: number,
  order: 'min-hash' | 'random',
  random: Random,
  job: Job,
): Positions {
  const others = data.X.dims[side === 0 ? 1 : 0];
  if (order === 'random') {
    return positionsFrom(randomPermutation(size, random));
  }
  const at = Uint32Array.from({ length: size }, (_, position) => position);
  at.set(minHashOrder(data.lines[side], others, random, job));
  return positionsFrom(at);
}

/** The seed times the number that makes the norm of its power `norm`. */
function rescaled(seed: Seed, norm: number): Seed {
  const factor = (norm / Math.sqrt(powerSquare(seed))) ** (1 / seed.power);
  const isDefined = Number.isFinite(factor);
  return { ...seed, data: seed.data.map((value) => (isDefined ? value * factor : 0)) };
}

/** Loss over the padded grid, at the best scale where that has a closed form: s = <X, Y>, ||Y|| = 1. */
function measured(
  X: SparseTensor,
  seed: Seed,
  digits: SeedDigits,
  orders: readonly [Positions, Positions],
  norm: number,
  scale: 'closed-form' | 'learned',
  job: Job,
): State {
  const inner = innerWith(X, seed, digits, orders[0].of, orders[1].of, job);
  const square = powerSquare(seed);
  if (scale === 'learned' || !(inner > 0)) {
    // The best scale of a power that points away from X is 0, from which nothing leads back.
    return { seed, orders, loss: square - 2 * inner + norm };
  }
  const best = inner / Math.sqrt(square);
  return { seed: rescaled(seed, best), orders, loss: norm - best * best };
}

/** The rate with which some steps of Adam, orders unchanged, lower the loss most. */
function searchRate(
  X: SparseTensor,
  state: State,
  digits: SeedDigits,
  norm: number,
  scale: 'closed-form' | 'learned',
  job: Job,
): number {
  let best = { rate: searchedRates[0], loss: Infinity };
  for (const [tried, rate] of searchedRates.entries()) {
    job.report(tried / searchedRates.length, `learning rate ${rate}`);
    const adam = new Adam(state.seed.data.length, rate);
    const { orders } = state;
    let trial = state;
    for (let step = 0; step < searchSteps; step++) {
      const { gradient } = gradientOf(X, trial.seed, digits, orders[0].of, orders[1].of, job);
      const moved = { ...trial.seed, data: adam.step(trial.seed.data, gradient) };
      trial = measured(X, moved, digits, orders, norm, scale, job);
    }
    if (trial.loss < best.loss) {
      best = { rate, loss: trial.loss };
    }
  }
  return best.rate;
}

/** Adam (Kingma and Ba 2015): 0.9, 0.999, 1e-8. */
class Adam {
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private steps = 0;

  constructor(
    count: number,
    private readonly rate: number,
  ) {
    this.first = new Float64Array(count);
    this.second = new Float64Array(count);
  }

  step(values: Float64Array, gradient: Float64Array): Float64Array {
    this.steps++;
    const firstScale = 1 / (1 - 0.9 ** this.steps);
    const secondScale = 1 / (1 - 0.999 ** this.steps);
    return values.map((value, at) => {
      const g = gradient[at];
      this.first[at] += 0.1 * (g - this.first[at]);
      this.second[at] += 0.001 * (g * g - this.second[at]);
      const length = Math.sqrt(this.second[at] * secondScale) + 1e-8;
      return value - (this.rate * this.first[at] * firstScale) / length;
    });
  }
}

function copied({ seed, orders, loss }: State): State {
  return {
    seed: { ...seed, data: seed.data.slice() },
    orders: [copyPositions(orders[0]), copyPositions(orders[1])],
    loss,
  };
}

function finished(
  X: SparseTensor,
  { seed: trained, orders, loss }: State,
  digits: SeedDigits,
  norm: number,
  from: number,
  job: Job,
  details: SparseModel['details'],
): KronFitModel {
  // A power that points away from X is worse than nothing, which a seed of zeros stands for.
  const isWorse = loss > norm;
  const seed = isWorse ? { ...trained, data: new Float64Array(trained.data.length) } : trained;
  const [rowOf, columnOf] = orders.map(({ of }, side) => of.slice(0, X.dims[side]));
  const inner = innerWith(X, seed, digits, rowOf, columnOf, job);
  const used = orders.map(({ at }, side) => Uint8Array.from(at, (i) => (i < X.dims[side] ? 1 : 0)));
  const parameters = seed.data.length;
  const model = modelOf(
    X,
    {
      method: 'kronfit',
      parameters,
      bytes: 8 * parameters,
      orderBytes: orderBytes(X.dims),
      squaredError: occupiedSquare(seed, used[0], used[1], job) - 2 * inner + norm,
      entry: ([i, j]) => powerEntry(seed, digits, rowOf[i], columnOf[j]),
      details: {
        ...details,
        ...(isWorse && { allZero: true }),
        seedRows: seed.rows,
        seedColumns: seed.columns,
        paddedSquaredError: powerSquare(seed) - 2 * inner + norm,
      },
    },
    from,
  );
  return { ...model, seed, orders: [rowOf, columnOf] };
}
