import type { SparseAttempt, SparsePoint } from '../../../protocol/sparse';
import type { StandingModel } from '../methods';
import type { SparseModel } from '../sparseModel';
import type { SparseTensor } from '../sparseTensor';
import { decodedSample, entryMicroseconds, type Place } from './entrySample';
import type { MadeModel } from './modelCache';
import { modelNotes, plainDetails } from './pointNotes';

/** Milliseconds that the entries of a training under way are timed for. */
const underWayMs = 10;

/** Places that a point shows, and those that are timed. */
export interface PointPlaces {
  readonly shown: readonly Place[];
  readonly timed: readonly Place[];
}

/** The point of a model that is made. */
export function pointOf(X: SparseTensor, made: MadeModel, places: PointPlaces): SparsePoint {
  const { attempt, label, model, paused, notes, elapsedMs } = made;
  const stopped = paused
    ? [`The training stopped after ${paused.epoch} of at most ${paused.epochs} epochs.`]
    : [];
  return {
    ...figuresOf(attempt, label, model, places.shown),
    elapsedMs,
    entryMicroseconds: entryMicroseconds(model, places.timed),
    ...(paused && { paused }),
    notes: [...modelNotes(X, model), ...stopped, ...notes],
  };
}

/** The point of a training under way: all that remains of it when it is stopped. */
export function standingPoint(
  attempt: SparseAttempt,
  label: string,
  { model, paused }: StandingModel,
  places: PointPlaces,
  elapsedMs: number,
): SparsePoint {
  return {
    ...figuresOf(attempt, label, model, places.shown),
    elapsedMs,
    entryMicroseconds: entryMicroseconds(model, places.timed, underWayMs),
    paused,
    notes: [`As it stood after ${paused.epoch} of at most ${paused.epochs} epochs.`],
  };
}

function figuresOf(
  attempt: SparseAttempt,
  label: string,
  model: SparseModel,
  shown: readonly Place[],
): Omit<SparsePoint, 'elapsedMs' | 'entryMicroseconds' | 'notes'> {
  const { parameters, bytes, orderBytes, squaredError, relativeError, details } = model;
  return {
    attempt,
    label,
    parameters,
    bytes,
    orderBytes,
    squaredError,
    relativeError,
    details: plainDetails(details),
    sample: decodedSample(model, shown),
  };
}
