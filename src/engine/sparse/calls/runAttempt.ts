import { UsageError } from '../../../failures';
import type { SparseAttempt, SparseEpoch } from '../../../protocol/sparse';
import type { Job } from '../../job';
import {
  attemptKey,
  entryOf,
  readAttempt,
  trainingKey,
  unmeasurable,
  type FittedModel,
  type ReadAttempt,
  type StandingModel,
  type TrainingStates,
} from '../methods';
import { trainingId } from './checkpoint';
import type { LoadedSparse } from './loadSparse';
import type { MadeModel } from './modelCache';
import { TrainingKeeper } from './trainings';

export interface RunOptions {
  readonly seed: number;
  /** Folder of the trainings' states. */
  readonly checkpoints?: string;
  /** Takes a training as far as it has come. */
  readonly asItStands?: boolean;
}

/** Hears of every epoch of a training; `standing` makes a model of it, at little cost. */
export type EpochWatch = (epoch: SparseEpoch, standing: () => StandingModel) => void;

/**
 * The model of an attempt: the one that was made before, a training gone on with, or a new one. A
 * training that is cancelled keeps where it stands.
 * @throws UsageError for settings that are not possible, a method or tensor that it is not for, and
 * `asItStands` where there is no training; what the fits throw; CancelledError.
 */
export async function runAttempt(
  loaded: LoadedSparse,
  attempt: SparseAttempt,
  options: RunOptions,
  job: Job,
  watch?: EpochWatch,
): Promise<MadeModel> {
  const read = readAttempt(attempt);
  const key = attemptKey(attempt, options.seed);
  const known = loaded.models.get(key);
  if (known && !known.paused) {
    return known;
  }
  const entry = entryOf(attempt.method);
  const { X } = loaded;
  const reason = unmeasurable(X);
  if (reason !== undefined) {
    throw new UsageError(reason);
  }
  const made = entry.isTrained
    ? await trained(loaded, attempt, read, options, job, watch, known)
    : await fitted(loaded, attempt, read, options, job);
  loaded.models.keep(key, made, job.memoryLimit);
  return made;
}

/** Whether {@link runAttempt} will find the model made. */
export function isMade(loaded: LoadedSparse, attempt: SparseAttempt, seed: number): boolean {
  const known = loaded.models.get(attemptKey(attempt, seed));
  return known !== undefined && !known.paused;
}

async function fitted(
  { X }: LoadedSparse,
  attempt: SparseAttempt,
  read: ReadAttempt,
  { seed }: RunOptions,
  job: Job,
): Promise<MadeModel> {
  const found = await read.fit(X, seed, job);
  const { elapsedMs } = found.model;
  return { ...found, attempt, label: read.label, notes: [], elapsedMs };
}

async function trained(
  { X, fingerprint }: LoadedSparse,
  attempt: SparseAttempt,
  read: ReadAttempt,
  { seed, checkpoints, asItStands = false }: RunOptions,
  job: Job,
  watch?: EpochWatch,
  known?: MadeModel,
): Promise<MadeModel> {
  const id = trainingId(fingerprint(), trainingKey(attempt, seed));
  const keeper = new TrainingKeeper(id, checkpoints);
  const { standing, defect } = await keeper.find();
  const begun = standing && epochsOf(standing.states);
  // The training may have gone on since, asked for other limits or stopped once more.
  if (asItStands && known && (begun === undefined || begun === known.paused?.epoch)) {
    return known;
  }
  if (asItStands && !standing) {
    const where = checkpoints === undefined ? 'in memory' : `in memory or in "${checkpoints}"`;
    const { title } = entryOf(attempt.method);
    throw new UsageError(
      `There is no training of ${title} with ${read.course} and the seed ${seed} of this tensor ${where}. ` +
        (defect === undefined ? '' : `${defect} `) +
        'Start one with these settings, or name those and the seed of the one that is to be taken as it stands.',
    );
  }
  const before = standing?.elapsedMs ?? 0;
  const started = performance.now();
  let elapsedMs = before;
  let found: FittedModel | undefined;
  let notKept: string | undefined;
  try {
    found = await read.fit(X, seed, job, {
      from: standing?.states,
      asItStands,
      epoch({ states, ...epoch }) {
        elapsedMs = before + performance.now() - started;
        const now = states();
        keeper.keep({ states: now, elapsedMs });
        watch?.({ ...epoch, elapsedMs }, () => read.standing!(X, now));
      },
    });
  } finally {
    notKept = await keeper.settle(found !== undefined && !pausedOf(X, read, found));
  }
  const paused = pausedOf(X, read, found);
  return {
    ...found,
    attempt,
    label: read.label,
    ...(paused && { paused }),
    notes: [
      defect && `${defect} It began anew.`,
      ...(standing ? continuationNotes(read, standing.states, found.states ?? []) : []),
      notKept,
    ].filter((one) => one !== undefined),
    elapsedMs,
  };
}

/** What became of a training that had begun before. */
function continuationNotes(
  { epochs = Infinity }: ReadAttempt,
  from: TrainingStates,
  to: TrainingStates,
): string[] {
  const most = Math.max(...epochsOfEach(from));
  const begun = epochsOf(from);
  return [
    ...(most > epochs
      ? [
          `The training had gone ${most} epochs before, more than the ${epochs} asked for; it is taken as it stands.`,
        ]
      : []),
    ...(epochsOf(to) > begun ? [`The training went on from epoch ${begun}.`] : []),
  ];
}

function epochsOfEach(states: TrainingStates): number[] {
  return states.map((state) => state?.progress.epoch ?? 0);
}

function epochsOf(states: TrainingStates): number {
  return epochsOfEach(states).reduce((sum, epochs) => sum + epochs, 0);
}

function pausedOf(
  X: LoadedSparse['X'],
  read: ReadAttempt,
  { states = [] }: FittedModel,
): StandingModel['paused'] | undefined {
  return read.pausedAt?.(X, states);
}
