import type { Job } from '../../engine/job';
import { fitNeuKron, type FitNeuKronOptions, type NeuKronModel } from '../../engine/sparse/neukron';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import { mean, standardError } from '../fit';

/** One epoch, as plots and tables show it. */
export interface TrainedEpoch {
  readonly epoch: number;
  /** Of training alone, all epochs up to this one. */
  readonly seconds: number;
  /** ||X - X~||^2 over the padded grid. */
  readonly loss: number;
  readonly bestLoss: number;
  readonly prefixes: number;
}

export interface TrainingRun {
  readonly model: NeuKronModel;
  readonly epochs: readonly TrainedEpoch[];
  readonly time: EpochTime;
}

/** Seconds of an epoch, on average, and of what it consists of. */
export interface EpochTime {
  readonly mean: number;
  /** Undefined for a single epoch. */
  readonly standardError: number | undefined;
  /** Of optimising the orders, and of gradient and step. */
  readonly orders: number;
  readonly network: number;
}

/** Shares time among trainings: what one leaves over goes to those after it. */
export class TimeShare {
  private left: number;

  constructor(
    minutes: number,
    private trainings: number,
  ) {
    this.left = minutes * 60_000;
  }

  /** Runs the next training with its share in milliseconds. */
  async next<T>(train: (ms: number) => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await train(this.left / this.trainings);
    } finally {
      this.left = Math.max(0, this.left - (performance.now() - started));
      this.trainings = Math.max(1, this.trainings - 1);
    }
  }
}

/** Milliseconds in which a first epoch begins in any case. */
const shortest = 100;

/**
 * Trains NeuKron on `X` for `ms` milliseconds, at least an epoch and at most as many as the settings
 * say; `listen` hears of every epoch.
 */
export async function trainFor(
  X: SparseTensor,
  options: FitNeuKronOptions,
  ms: number,
  job: Job,
  listen: (epoch: TrainedEpoch) => void = () => {},
): Promise<TrainingRun> {
  const quiet: Job = { ...job, throwIfCancelled: () => job.throwIfCancelled(), report() {} };
  const epochs: TrainedEpoch[] = [];
  const times: { whole: number; orders: number; network: number }[] = [];
  const started = performance.now();
  let seconds = 0;
  const model = await fitNeuKron(
    X,
    { ...options, timeLimit: Math.max(shortest, ms) },
    quiet,
    (report) => {
      const { orders, gradient, step } = report.times;
      const whole = (orders + gradient + step) / 1000;
      seconds += whole;
      times.push({ whole, orders: orders / 1000, network: (gradient + step) / 1000 });
      const { epoch, loss, bestLoss, prefixes } = report;
      const trained: TrainedEpoch = { epoch, seconds, loss, bestLoss, prefixes };
      epochs.push(trained);
      const share = (performance.now() - started) / ms;
      job.report(Math.min(1, share), `epoch ${epoch}`);
      listen(trained);
    },
  );
  const whole = times.map((time) => time.whole);
  return {
    model,
    epochs,
    time: {
      mean: mean(whole),
      standardError: standardError(whole),
      orders: mean(times.map(({ orders }) => orders)),
      network: mean(times.map(({ network }) => network)),
    },
  };
}

/** Epochs that are worth a row of a table: 1, 2, 5, 10, 20, 50 and so on. */
export function isMilestone(epoch: number): boolean {
  const first = epoch / 10 ** Math.floor(Math.log10(epoch));
  return first === 1 || first === 2 || first === 5;
}

/** At most so many of `points`, evenly chosen, the first and the last among them. */
export function thinned<T>(points: readonly T[], most = 200): readonly T[] {
  return points.length <= most
    ? points
    : Array.from(
        { length: most },
        (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))],
      );
}

/** A job whose messages begin with `name`. */
export function named(job: Job, name: string): Job {
  return {
    ...job,
    throwIfCancelled: () => job.throwIfCancelled(),
    report: (fraction, message) =>
      job.report(fraction, message === undefined ? name : `${name}, ${message}`),
  };
}
