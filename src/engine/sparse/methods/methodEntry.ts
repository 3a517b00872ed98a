import { Failure } from '../../../failures';
import type { SparseAttempt, SparseEpoch, SparseOptionInfo } from '../../../protocol/sparse';
import type { Job } from '../../job';
import type { NeuKronState } from '../neukron';
import type { SparseMethod, SparseModel } from '../sparseModel';
import { squaredNorm, type SparseTensor } from '../sparseTensor';
import {
  infosOf,
  readOptions,
  unusualSettings,
  valuesKey,
  type OptionTable,
  type ValuesOf,
} from './optionTable';

/** For each mode of a tensor the position of each of its indices, all different; undefined for their own. */
export type Orders = readonly (Uint32Array | undefined)[];

/** Where a training stands: a state for each of its networks, undefined for one not begun. */
export type TrainingStates = readonly (NeuKronState | undefined)[];

/** An epoch of a training, and where it stands after it. */
export interface TrainingEpoch extends Omit<SparseEpoch, 'elapsedMs'> {
  states(): TrainingStates;
}

/** How a training is to go on, and who is told. Other methods take no notice. */
export interface Training {
  /** States to go on from. */
  readonly from?: TrainingStates;
  /** Takes the states as they are, without further epochs. */
  readonly asItStands?: boolean;
  epoch?(epoch: TrainingEpoch): void;
}

/** What a method made of a tensor. */
export interface FittedModel {
  readonly model: SparseModel;
  /** Of methods that reorder or cluster: similar rows side by side. */
  readonly orders?: Orders;
  /** Of a training: where it stands. */
  readonly states?: TrainingStates;
}

/** What can be said of a training between two epochs, at little cost. */
export interface StandingModel extends FittedModel {
  readonly paused: { readonly epoch: number; readonly epochs: number };
}

/** An attempt whose settings have been read. */
export interface ReadAttempt {
  /** All settings with their values, names sorted, as text. */
  readonly key: string;
  /** The same of what decides about the course of a training; its limits do not. */
  readonly trainingKey: string;
  /** Of what decides about the course: main settings and unusual ones, e.g. `hidden=30, gamma=1`. */
  readonly course: string;
  /** e.g. `rank 50`. */
  readonly label: string;
  /** Of one thread, roughly. */
  seconds(X: SparseTensor): number;
  /** @throws what the fit throws. */
  fit(X: SparseTensor, seed: number, job: Job, training?: Training): Promise<FittedModel>;
  /** Of a trained method: how many epochs each of its networks takes at most. */
  readonly epochs?: number;
  /** Of a trained method. */
  standing?(X: SparseTensor, states: TrainingStates): StandingModel;
  /** Of a trained method: how far it is, undefined when it is over. */
  pausedAt?(X: SparseTensor, states: TrainingStates): StandingModel['paused'] | undefined;
}

/** One method: what it can be asked for, and how it is run. */
export interface MethodEntry {
  readonly method: SparseMethod;
  readonly title: string;
  readonly description: string;
  readonly options: readonly SparseOptionInfo[];
  readonly isTrained: boolean;
  /** Why it cannot be used for a tensor. @param memoryLimit bytes, as {@link Job} has it. */
  unavailable(X: SparseTensor, memoryLimit?: number): string | undefined;
  /** Settings to begin with, from small to large. */
  suggested(X: SparseTensor): readonly SparseAttempt['options'][];
  /** @throws UsageError for settings the method does not have or allow. */
  read(options: SparseAttempt['options']): ReadAttempt;
}

/** What a method's file states; {@link methodEntry} adds what all have alike. */
export interface MethodDefinition<T extends OptionTable> {
  readonly method: SparseMethod;
  readonly title: string;
  readonly description: string;
  readonly table: T;
  /** Settings that say how far a training goes, not what it does: with others it is the same one. */
  readonly limits?: readonly (keyof T & string)[];
  /** Limits of which nothing is left in the end, so that labels leave them out. */
  readonly passing?: readonly (keyof T & string)[];
  /** Refuses a tensor as the fit does. @throws Failure saying why. */
  check(X: SparseTensor, job: Pick<Job, 'memoryLimit'>): void;
  suggested(X: SparseTensor): readonly Partial<ValuesOf<T>>[];
  /** The main settings, e.g. `rank 50`. */
  label(values: ValuesOf<T>): string;
  seconds(X: SparseTensor, values: ValuesOf<T>): number;
  fit(
    X: SparseTensor,
    values: ValuesOf<T>,
    seed: number,
    job: Job,
    training: Training,
  ): Promise<FittedModel>;
  readonly training?: {
    epochs(values: ValuesOf<T>): number;
    standing(X: SparseTensor, values: ValuesOf<T>, states: TrainingStates): StandingModel;
    pausedAt(
      X: SparseTensor,
      values: ValuesOf<T>,
      states: TrainingStates,
    ): StandingModel['paused'] | undefined;
  };
}

export function methodEntry<T extends OptionTable>(definition: MethodDefinition<T>): MethodEntry {
  const { method, title, description, table, limits = [], passing = [], training } = definition;
  return {
    method,
    title,
    description,
    options: infosOf(table),
    isTrained: training !== undefined,
    unavailable: (X, memoryLimit) =>
      unmeasurable(X) ?? reasonOf(() => definition.check(X, { memoryLimit })),
    suggested: (X) => definition.suggested(X) as readonly SparseAttempt['options'][],
    read(options) {
      const values = readOptions(title, table, options);
      const unlimited = Object.entries(values).filter(([name]) => !limits.includes(name));
      const decisive = unlimited.filter(
        ([name, value]) =>
          table[name].info.isMain || value !== table[name].read(table[name].info.default),
      );
      return {
        key: valuesKey(values),
        trainingKey: valuesKey(Object.fromEntries(unlimited)),
        course: decisive.map(([name, value]) => `${name}=${String(value)}`).join(', '),
        label: [definition.label(values), ...unusualSettings(table, values, passing)].join(', '),
        seconds: (X) => definition.seconds(X, values),
        fit: (X, seed, job, how = {}) => definition.fit(X, values, seed, job, how),
        ...(training && {
          epochs: training.epochs(values),
          standing: (X, states) => training.standing(X, values, states),
          pausedAt: (X, states) => training.pausedAt(X, values, states),
        }),
      };
    },
  };
}

/** Why no method can be used for a tensor, a sentence. */
export function unmeasurable(X: SparseTensor): string | undefined {
  if (X.values.length === 0) {
    return 'The tensor has no nonzeros, so that there is nothing to store.';
  }
  const norm = squaredNorm(X);
  if (norm === Infinity) {
    return 'The squares of the values add up to more than a number can hold; scale them down.';
  }
  return norm === 0
    ? 'The squares of the values are too small for a number to hold; scale them up.'
    : undefined;
}

function reasonOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure) {
      return thrown.message;
    }
    throw thrown;
  }
}
