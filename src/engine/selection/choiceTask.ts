import { UsageError } from '../../failures';
import type { Method } from '../decompositions/decomposition';
import type { Job } from '../job';
import type { Levels } from './levels';
import { TensorChoices, type Subject, type TensorOutcome } from './tensorChoices';

/** One tensor's turn for some methods: all that is needed to compute its choices anywhere. */
export interface ChoiceTask {
  readonly subject: Subject;
  readonly methods: readonly Method[];
  readonly levels: Levels;
  readonly seed: number;
}

/** What one method came to on one tensor. */
export interface MethodOutcome extends TensorOutcome {
  readonly method: Method;
}

/** Others who compute choices side by side, each a task at a time. */
export interface ChoiceTeam {
  readonly size: number;
  /**
   * Calls `use` with a place for `count` values that the others can read, as soon as there is one:
   * there are few more of them than there are others, so that memory stays bounded.
   */
  withValues<T>(count: number, use: (values: Float64Array) => Promise<T>): Promise<T>;
  /** Computes a task on a member that is free; `tell` hears of each method when it is done. */
  run(task: ChoiceTask, job: Job, tell: (outcome: MethodOutcome) => void): Promise<void>;
}

/** Computes a task method by method; `begin` gives each its job. */
export async function runChoiceTask(
  { subject, methods, levels, seed }: ChoiceTask,
  begin: (method: Method) => Job,
  tell: (outcome: MethodOutcome) => void,
): Promise<void> {
  const ofTensor = new TensorChoices(subject, seed);
  for (const method of methods) {
    await breathe();
    const job = begin(method);
    try {
      tell({ method, ...(await ofTensor.of(method, levels, job)) });
    } catch (error) {
      // An explicit rank may fit some tensors and not others; those it does not fit say so.
      if (!(error instanceof UsageError) || !('rank' in levels)) {
        throw error;
      }
      tell({ method, choices: [], misfit: error.message });
    }
  }
}

/** Lets a caller on the same thread have its turn, to cancel or to show progress. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
