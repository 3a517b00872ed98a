import { UsageError } from '../../../failures';
import { unattended, type Job } from '../../job';
import { squaredNorm, type SparseTensor } from '../sparseTensor';
import { adamState, adamStep, copyAdam, type AdamState } from './adam';
import { Evaluator } from './evaluator';
import { networkOf } from './network';
import type { NeuKronSettings } from './options';
import { initialOrders } from './orders';
import { acceptSwaps, proposeSwaps, swapGains, swapped } from './orderUpdate';
import { initialParameters, parameterLayout, type ParameterLayout } from './parameters';
import { positionCode, type PositionCode } from './positionCode';
import { generatedProduct, learnedScaleGradient, lossAt, scaleOf } from './scale';
import { randomFor } from './seeds';
import { requireTrainingMemory } from './trainingMemory';

/** What an epoch did. Times are milliseconds. */
export interface EpochReport {
  /** Epochs done, this one included. */
  readonly epoch: number;
  /** ||X - X~||^2 over the padded grid after the epoch's step, and the least so far. */
  readonly loss: number;
  readonly bestLoss: number;
  /** Distinct token prefixes under the epoch's orders: the shorter, the better the orders. */
  readonly prefixes: number;
  readonly proposed: number;
  readonly accepted: number;
  /** By how much the accepted swaps lowered the loss, at the scales of their updates. */
  readonly gained: number;
  /** Steps tried, more than 1 where the loss had risen too far. */
  readonly tries: number;
  readonly times: EpochTimes;
}

export interface EpochTimes {
  readonly orders: number;
  readonly gradient: number;
  readonly step: number;
  /** Of all of them, sorting. */
  readonly sort: number;
}

/** A network and orders. */
export interface Snapshot {
  readonly parameters: Float32Array;
  /** Position of each index, for each coded mode. */
  readonly positions: readonly Uint32Array[];
  /** s of x~ = s y. */
  readonly scale: number;
  readonly loss: number;
}

/** Where a run stands between two epochs; with the tensor and the settings it is all there is. */
export interface Progress {
  epoch: number;
  parameters: Float32Array;
  adam: AdamState;
  positions: Uint32Array[];
  best: Snapshot;
  /** Epochs in a row in which the best loss hardly fell. */
  idle: number;
}

/** A step that raises the loss beyond this factor is taken back and made shorter. */
const largestRise = 1.1;
const shortening = 0.1;
const mostShortenings = 10;
/** Purpose of the random numbers that make batches, beside the epochs, which count from 0. */
const batchPurpose = 0xffffffe0;
/** Q of the learned scale stays above. */
const leastScale = 1e-12;

/**
 * Training of NeuKron, epoch by epoch: orders, then steps of Adam by the gradients of batches. Between
 * epochs `progress` can be copied and a run continued from it, bit by bit as if it had never stopped.
 */
export class Trainer {
  readonly code: PositionCode;
  readonly layout: ParameterLayout;
  readonly squaredNorm: number;
  readonly progress: Progress;
  private readonly evaluator: Evaluator;
  private readonly gamma: number;
  /** y of the entries under the current parameters and orders. */
  private y: Float32Array;
  private g = 0;

  /**
   * @throws UsageError for values that are not positive, or orders that are none; OutOfMemoryError for
   * what the job may not hold; CancelledError.
   */
  constructor(
    readonly X: SparseTensor,
    readonly settings: NeuKronSettings,
    job: Job = unattended,
    progress?: Progress,
  ) {
    const negative = X.values.findIndex((value) => !(value > 0));
    if (negative >= 0) {
      throw new UsageError(
        `Entry ${negative + 1} is ${X.values[negative]}; NeuKron generates positive values only. Choose two models or stored signs for data of both signs.`,
        { value: X.values[negative] },
      );
    }
    this.code = positionCode(X.dims);
    const { hidden, cell, seed, order } = settings;
    this.layout = parameterLayout({ cell, hidden, modes: this.code.bits.length });
    requireTrainingMemory(this.code, this.layout, X.values.length, job);
    this.squaredNorm = squaredNorm(X);
    if (!Number.isFinite(this.squaredNorm)) {
      throw new UsageError(
        'The squares of the values add up to more than a number can hold; scale them down.',
      );
    }
    this.evaluator = new Evaluator(this.code, X);
    this.gamma =
      settings.gammaPerSquare && X.values.length > 0
        ? (settings.gamma * X.values.length) / this.squaredNorm
        : settings.gamma;
    this.y = new Float32Array(X.values.length);
    this.progress =
      progress ??
      this.begin(
        initialParameters(this.layout, this.code, this.squaredNorm, seed),
        initialOrders(X, this.code, order, seed, job),
      );
    const loss = this.evaluate(job);
    if (!progress) {
      this.progress.best = this.snapshot(loss);
    }
  }

  /** Whether the epochs are used up or the best loss has stood still for long enough. */
  get isDone(): boolean {
    const { epoch, idle } = this.progress;
    return epoch >= this.settings.epochs || idle >= this.settings.patience || this.y.length === 0;
  }

  /** ||X - X~||^2 over the padded grid as things stand. */
  get loss(): number {
    return lossAt(this.scale, this.g, this.squaredNorm);
  }

  /** s of x~ = s y as things stand. */
  get scale(): number {
    const { parameters } = this.progress;
    const Q = parameters[this.layout.scale.offset];
    return scaleOf(this.settings.scale, this.g, Q, this.code.levels.length);
  }

  /** One epoch. After a CancelledError the trainer is of no use; a copy of `progress` is. */
  epoch(job: Job = unattended): EpochReport {
    const { progress, settings, code, evaluator } = this;
    evaluator.times.sort = 0;
    const started = performance.now();
    const swaps = { proposed: 0, accepted: 0, gained: 0 };
    const updates = progress.epoch < settings.orderWarmup ? 0 : settings.orderUpdates;
    for (let update = 0; update < updates; update++) {
      for (let mode = 0; mode < code.axes.length; mode++) {
        const done = this.updateOrder(mode, update, job);
        swaps.proposed += done.proposed;
        swaps.accepted += done.accepted;
        swaps.gained += done.gained;
      }
    }
    const ordered = performance.now();
    const { loss, tries, times } = this.step(job);
    this.remember(loss);
    progress.epoch++;
    return {
      epoch: progress.epoch,
      loss,
      bestLoss: progress.best.loss,
      prefixes: evaluator.prefixes,
      ...swaps,
      tries,
      times: {
        orders: ordered - started,
        gradient: times.gradient,
        step: performance.now() - ordered - times.gradient,
        sort: evaluator.times.sort,
      },
    };
  }

  /** One update of one mode's order: proposes swaps, evaluates all at once, applies the accepted. */
  updateOrder(
    mode: number,
    update: number,
    job: Job = unattended,
  ): { proposed: number; accepted: number; gained: number } {
    const { progress, settings, code, X } = this;
    const axis = code.axes[mode];
    const random = randomFor(settings.seed, progress.epoch, update, axis);
    const positions = progress.positions[mode];
    const swaps = proposeSwaps(X, axis, positions, settings.pairing, random);
    const proposed = swapped(positions, swaps);
    const after = new Float32Array(this.y.length);
    const tried = progress.positions.map((order, m) => (m === mode ? proposed : order));
    this.evaluator.evaluate(networkOf(this.layout, progress.parameters), tried, after, job);
    const gains = swapGains(X, axis, swaps, positions.length, this.y, after, this.scale);
    const accepted = acceptSwaps(gains, this.gamma, random);

    const next = positions.slice();
    const moved = new Uint8Array(positions.length);
    let count = 0;
    let gained = 0;
    for (let i = 0; i < gains.length; i++) {
      if (accepted[i] === 1) {
        const [first, second] = [swaps.first[i], swaps.second[i]];
        next[first] = proposed[first];
        next[second] = proposed[second];
        moved[first] = 1;
        moved[second] = 1;
        count++;
        gained += gains[i];
      }
    }
    progress.positions[mode] = next;
    const own = X.indices[axis];
    for (let e = 0; e < own.length; e++) {
      if (moved[own[e]] === 1) {
        this.y[e] = after[e];
      }
    }
    this.g = generatedProduct(X.values, this.y);
    return { proposed: gains.length, accepted: count, gained };
  }

  /** dL/dparameters; with the closed-form scale, at that scale. */
  lossGradient(job: Job = unattended): Float64Array {
    const { progress, layout, code } = this;
    const gradient = this.evaluator.gradient(
      layout,
      progress.parameters,
      progress.positions,
      this.y,
      job,
    );
    this.g = generatedProduct(this.X.values, this.y);
    const factor = -2 * this.scale;
    for (let i = 0; i < gradient.length; i++) {
      gradient[i] *= factor;
    }
    if (this.settings.scale === 'learned') {
      const Q = progress.parameters[layout.scale.offset];
      gradient[layout.scale.offset] = learnedScaleGradient(Q, this.g, code.levels.length);
    }
    return gradient;
  }

  /** The epoch's steps of Adam; shorter ones from the same place as long as the loss rises too far. */
  private step(job: Job): {
    loss: number;
    tries: number;
    times: { gradient: number };
  } {
    const { progress, settings } = this;
    const before = {
      loss: this.loss,
      parameters: progress.parameters.slice(),
      adam: copyAdam(progress.adam),
    };
    const times = { gradient: 0 };
    let rate = settings.learningRate / (1 + settings.decay * progress.epoch);
    // Without batches all tries begin by the same gradient.
    let first: Float64Array | undefined;
    for (let tries = 1; ; tries++) {
      const started = performance.now();
      for (let sweep = 0; sweep < settings.sweeps; sweep++) {
        if (settings.batches === 1) {
          const gradient = sweep > 0 ? this.lossGradient(job) : (first ??= this.lossGradient(job));
          this.move(gradient, rate);
        } else {
          this.moveInBatches(sweep, rate, job);
        }
      }
      times.gradient += performance.now() - started;
      const loss = this.evaluate(job);
      const rose = !(loss <= largestRise * before.loss);
      if (!rose || (progress.epoch === 0 && Number.isFinite(loss))) {
        return { loss, tries, times };
      }
      progress.parameters = before.parameters.slice();
      progress.adam = copyAdam(before.adam);
      if (tries > mostShortenings) {
        return { loss: this.evaluate(job), tries, times };
      }
      rate *= shortening;
    }
  }

  private move(gradient: Float64Array, rate: number): void {
    const { parameters, adam } = this.progress;
    adamStep(adam, parameters, gradient, rate);
    const Q = this.layout.scale.offset;
    parameters[Q] = Math.max(leastScale, parameters[Q]);
  }

  /**
   * A step for each batch, by its gradient, which is that of the loss on average. A closed-form scale
   * is that of the epoch's start: Adam does not notice a factor that all gradients share.
   */
  private moveInBatches(sweep: number, rate: number, job: Job): void {
    const { progress, settings, layout, code, scale } = this;
    const random = randomFor(settings.seed, batchPurpose, progress.epoch, sweep);
    const { parameters, positions } = progress;
    const { batches } = settings;
    this.evaluator.gradientInBatches(
      layout,
      parameters,
      positions,
      { batches, random },
      job,
      (gradient, g) => {
        const factor = -2 * scale;
        for (let i = 0; i < gradient.length; i++) {
          gradient[i] *= factor;
        }
        if (settings.scale === 'learned') {
          const Q = parameters[layout.scale.offset];
          gradient[layout.scale.offset] = learnedScaleGradient(Q, g, code.levels.length);
        }
        this.move(gradient, rate);
      },
    );
  }

  private evaluate(job: Job): number {
    const { progress, evaluator, layout } = this;
    const network = networkOf(layout, progress.parameters);
    evaluator.evaluate(network, progress.positions, this.y, job);
    this.g = generatedProduct(this.X.values, this.y);
    return this.loss;
  }

  private begin(parameters: Float32Array, positions: Uint32Array[]): Progress {
    return {
      epoch: 0,
      parameters,
      positions,
      adam: adamState(parameters.length),
      best: { parameters, positions, scale: 0, loss: Infinity },
      idle: 0,
    };
  }

  private remember(loss: number): void {
    const { progress, settings } = this;
    const improvement = (progress.best.loss - loss) / progress.best.loss;
    progress.idle = improvement > settings.tolerance ? 0 : progress.idle + 1;
    if (loss < progress.best.loss) {
      progress.best = this.snapshot(loss);
    }
  }

  private snapshot(loss: number): Snapshot {
    const { parameters, positions } = this.progress;
    return {
      parameters: parameters.slice(),
      // Orders are replaced, never changed.
      positions: [...positions],
      scale: this.scale,
      loss,
    };
  }
}
