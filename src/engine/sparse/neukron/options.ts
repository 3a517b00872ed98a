import { UsageError } from '../../../failures';
import type { OrderStart } from './orders';
import type { Pairing } from './orderUpdate';
import type { Cell } from './parameters';

/** `closed-form`: s = <X, Y>, the best for the network, after every step; `learned`: a parameter. */
export type ScaleRule = 'closed-form' | 'learned';

/** What happens to negative values, which a network of positive outputs cannot generate. */
export type SignedInput = 'reject' | 'two-models' | 'signs';

export interface NeuKronOptions {
  /** Hidden units h; 30. */
  readonly hidden?: number;
  /** 'lstm'. */
  readonly cell?: Cell;
  /** Of Adam, in the first epoch; 0.02. */
  readonly learningRate?: number;
  /** The rate of epoch e, counted from 0, is learningRate / (1 + decay e); 0.01. */
  readonly decay?: number;
  /** At most so many; 1500. */
  readonly epochs?: number;
  /**
   * Steps of a sweep, each by the gradient of a random share of the nonzeros; 32. With 1, one step by
   * the gradient of all.
   */
  readonly batches?: number;
  /** Sweeps over the nonzeros between two updates of the orders, with other batches each; 1. */
  readonly sweeps?: number;
  /** Updates of every mode's order per epoch; 2. */
  readonly orderUpdates?: number;
  /**
   * Epochs before the first order update: an untrained network cannot tell a good order from a bad
   * one, and its updates undo a good start; 60.
   */
  readonly orderWarmup?: number;
  /** Swaps that raise the loss by x are accepted with probability exp(-gamma x); 300. */
  readonly gamma?: number;
  /** Divides gamma by the mean squared value, for data far from unit scale; false. */
  readonly gammaPerSquare?: boolean;
  /** 'hash'. */
  readonly pairing?: Pairing;
  /** 'bisection'. */
  readonly order?: OrderStart;
  /** 'closed-form'. */
  readonly scale?: ScaleRule;
  /** Stops after so many epochs in which the best loss fell by `tolerance` or less; 100. */
  readonly patience?: number;
  /** Relative; 1e-5. */
  readonly tolerance?: number;
  readonly seed?: number;
}

/** Every option with its value. */
export type NeuKronSettings = Required<NeuKronOptions>;

/** The training as its authors published it, but for the scale; see docs/decisions.md for ours. */
export const publishedTraining: NeuKronOptions = {
  learningRate: 0.01,
  decay: 0,
  batches: 1,
  orderWarmup: 0,
  gamma: 10,
  order: 'min-hash',
};

/** @throws UsageError for a value outside its range. */
export function settingsOf(options: NeuKronOptions): NeuKronSettings {
  const settings: NeuKronSettings = {
    hidden: options.hidden ?? 30,
    cell: options.cell ?? 'lstm',
    learningRate: options.learningRate ?? 0.02,
    decay: options.decay ?? 0.01,
    epochs: options.epochs ?? 1500,
    batches: options.batches ?? 32,
    sweeps: options.sweeps ?? 1,
    orderUpdates: options.orderUpdates ?? 2,
    orderWarmup: options.orderWarmup ?? 60,
    gamma: options.gamma ?? 300,
    gammaPerSquare: options.gammaPerSquare ?? false,
    pairing: options.pairing ?? 'hash',
    order: options.order ?? 'bisection',
    scale: options.scale ?? 'closed-form',
    patience: options.patience ?? 100,
    tolerance: options.tolerance ?? 1e-5,
    seed: options.seed ?? 0,
  };
  requireWhole('epochs', settings.epochs, 0);
  requireWhole('batches', settings.batches, 1);
  requireWhole('sweeps', settings.sweeps, 1);
  requireWhole('orderUpdates', settings.orderUpdates, 0);
  requireWhole('orderWarmup', settings.orderWarmup, 0);
  requireWhole('patience', settings.patience, 1);
  requireOneOf('cell', settings.cell, ['lstm', 'gru']);
  requireOneOf('pairing', settings.pairing, ['hash', 'random']);
  requireOneOf('scale', settings.scale, ['closed-form', 'learned']);
  if (typeof settings.order !== 'object') {
    requireOneOf('order', settings.order, ['min-hash', 'bisection', 'random', 'as-is']);
  }
  if (!(settings.learningRate > 0 && settings.learningRate < Infinity)) {
    refuse('learningRate', settings.learningRate, 'a number above 0');
  }
  if (!(settings.decay >= 0 && settings.decay < Infinity)) {
    refuse('decay', settings.decay, 'a number from 0');
  }
  if (!(settings.gamma > 0)) {
    refuse('gamma', settings.gamma, 'a number above 0, or Infinity');
  }
  if (!(settings.tolerance >= 0)) {
    refuse('tolerance', settings.tolerance, 'a number from 0');
  }
  if (!Number.isFinite(settings.seed)) {
    refuse('seed', settings.seed, 'a number');
  }
  return settings;
}

function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    refuse(name, value, `a whole number from ${least}`);
  }
}

function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    refuse(name, value, `one of ${allowed.join(', ')}`);
  }
}

function refuse(name: string, value: string | number, wanted: string): never {
  throw new UsageError(`NeuKron's ${name} is ${value}; it must be ${wanted}.`, { value });
}
