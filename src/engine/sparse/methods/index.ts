import { UsageError } from '../../../failures';
import type { SparseAttempt, SparseMethodOffer } from '../../../protocol/sparse';
import { sparseMethods, type SparseMethod } from '../sparseModel';
import type { SparseTensor } from '../sparseTensor';
import { storedExtension } from '../stored';
import { accams } from './accams';
import { baccams } from './baccams';
import { cmd } from './cmd';
import { cp } from './cp';
import { cur } from './cur';
import { kronFit } from './kronFit';
import type { MethodEntry, ReadAttempt } from './methodEntry';
import { neuKron } from './neuKron';
import { tsvd } from './tsvd';
import { tucker } from './tucker';

export { unmeasurable } from './methodEntry';
export type {
  FittedModel,
  MethodEntry,
  Orders,
  ReadAttempt,
  StandingModel,
  Training,
  TrainingEpoch,
  TrainingStates,
} from './methodEntry';

/** Every method, by its name. */
export const methodEntries: Readonly<Record<SparseMethod, MethodEntry>> = {
  neukron: neuKron,
  kronfit: kronFit,
  tsvd,
  cur,
  cmd,
  accams,
  baccams,
  cp,
  tucker,
};

/** @throws UsageError for a method that does not exist. */
export function entryOf(method: SparseMethod): MethodEntry {
  if (!Object.hasOwn(methodEntries, method)) {
    throw new UsageError(
      `There is no method "${method}"; choose from ${sparseMethods.join(', ')}.`,
      { value: method, limit: sparseMethods.join(', ') },
    );
  }
  return methodEntries[method];
}

/** @throws UsageError naming the method, the setting and what is allowed. */
export function readAttempt({ method, options }: SparseAttempt): ReadAttempt {
  return entryOf(method).read(options);
}

/** The same for the same method, settings (defaults filled in) and seed. @throws as {@link readAttempt}. */
export function attemptKey(attempt: SparseAttempt, seed: number): string {
  return JSON.stringify([attempt.method, readAttempt(attempt).key, seed]);
}

/**
 * As {@link attemptKey}, of what decides about the course of a training: runs that differ in how far
 * they may go are the same training. @throws as {@link readAttempt}.
 */
export function trainingKey(attempt: SparseAttempt, seed: number): string {
  return JSON.stringify([attempt.method, readAttempt(attempt).trainingKey, seed]);
}

/** Its main settings and those that are unusual, e.g. `rank 50`. @throws as {@link readAttempt}. */
export function labelOf(attempt: SparseAttempt): string {
  return readAttempt(attempt).label;
}

/** What each method can do with a tensor. @param memoryLimit bytes that may be held at a time. */
export function offersFor(X: SparseTensor, memoryLimit?: number): SparseMethodOffer[] {
  return sparseMethods.map((method) => {
    const { title, description, options, isTrained, ...entry } = methodEntries[method];
    const unavailable = entry.unavailable(X, memoryLimit);
    return {
      method,
      title,
      description,
      options,
      ...(unavailable !== undefined && { unavailable }),
      suggested:
        unavailable === undefined
          ? entry.suggested(X).map((settings) => ({ method, options: settings }))
          : [],
      writes: storedExtension(method),
      isTrained,
    };
  });
}
