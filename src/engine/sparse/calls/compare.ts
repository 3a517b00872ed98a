import { describeFailure, isCancelled, UsageError } from '../../../failures';
import type {
  SparseAttempt,
  SparseCompareProgress,
  SparseCompareRequest,
  SparseComparison,
  SpyPicture,
} from '../../../protocol/sparse';
import { part, unattended, type Job } from '../../job';
import { kernelInfo } from '../../kernels';
import { requireSeed } from '../../selection/choicesRequest';
import { labelOf, readAttempt, type Orders } from '../methods';
import { spyPicture } from '../spy';
import { samplePlaces } from './entrySample';
import { loadSparse, type LoadedSparse } from './loadSparse';
import { PartStream } from './partStream';
import { pointOf, standingPoint, type PointPlaces } from './point';
import { isMade, runAttempt, type EpochWatch } from './runAttempt';

type Outcome = SparseComparison['outcomes'][number];
type Emit = (part: SparseCompareProgress) => void;

/** Share of the progress that reading takes. */
const loadedAt = 0.05;
/** What making a point of a model that is there counts for, in seconds. */
const leastSeconds = 0.1;
/** Between two pictures, and points, of a training; longer where they take long. */
const pictureIntervalMs = 2000;
const pictureShare = 0.05;

const shown = { nonzeros: 5, zeros: 3 };
const timed = { nonzeros: 150, zeros: 150 };

/**
 * Runs methods on the tensor of a file, one after the other. An attempt that fails has its failure
 * for an outcome, and the others go on. A training that is cancelled keeps where it stands, in memory
 * and in a file of `checkpoints`, and goes on from there when it is run again, bit for bit as if it had
 * never stopped; while it runs, points and pictures of it as it stands are sent every two seconds.
 * @param emit progress and epochs, at most ten times a second; points, pictures and failures.
 * @throws as `readSparse`; UsageError for no attempts or a seed that is none; CancelledError.
 */
export async function sparseCompare(
  request: SparseCompareRequest,
  job: Job = unattended,
  emit: Emit = () => {},
): Promise<SparseComparison> {
  const started = performance.now();
  const { path, tensor, attempts, seed } = request;
  requireSeed(seed);
  if (attempts.length === 0) {
    throw new UsageError('At least one method is needed for a comparison.');
  }
  const reading = new PartStream((progress) => emit({ ...progress, attempt: 0 }));
  const loaded = await loadSparse(
    { path, ...(tensor !== undefined && { tensor }) },
    part(reading.following(job), 0, loadedAt),
  );
  reading.flush();
  const { X } = loaded;
  const places: PointPlaces = {
    shown: samplePlaces(X, shown.nonzeros, shown.zeros),
    timed: samplePlaces(X, timed.nonzeros, timed.zeros),
  };
  const weights = attempts.map((attempt) => secondsOf(loaded, attempt, seed));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const outcomes: Outcome[] = [];
  let done = 0;
  for (const [number, attempt] of attempts.entries()) {
    const stream = new PartStream((progress) => emit({ ...progress, attempt: number }));
    const [from, to] = [done, (done += weights[number])].map(
      (seconds) => loadedAt + ((1 - loadedAt) * seconds) / total,
    );
    const own = part(stream.following(job), from, to);
    const tell = (news: Partial<SparseCompareProgress>): void => {
      stream.flush();
      emit({ ...stream.progress, ...news, attempt: number });
    };
    outcomes.push(await outcomeOf(loaded, attempt, request, places, own, stream, tell));
    own.report(1);
    stream.flush();
  }
  return {
    file: path,
    seed,
    threads: kernelInfo().threads,
    elapsedMs: performance.now() - started,
    outcomes,
  };
}

async function outcomeOf(
  loaded: LoadedSparse,
  attempt: SparseAttempt,
  request: SparseCompareRequest,
  places: PointPlaces,
  job: Job,
  stream: PartStream,
  tell: (news: Partial<SparseCompareProgress>) => void,
): Promise<Outcome> {
  const { seed, checkpoints } = request;
  try {
    job.throwIfCancelled();
    const label = labelOf(attempt);
    job.report(0, label);
    const watch = trainingWatch(
      loaded,
      job,
      stream,
      (news) => tell(news),
      (standing, elapsedMs) => standingPoint(attempt, label, standing, places, elapsedMs),
    );
    const options = { seed, ...(checkpoints !== undefined && { checkpoints }) };
    const made = await runAttempt(loaded, attempt, options, job, watch);
    if (made.orders) {
      tell({ spy: pictureOf(loaded, made.orders, job) });
    }
    const point = pointOf(loaded.X, made, places);
    tell({ point });
    return { attempt, point };
  } catch (thrown) {
    if (isCancelled(thrown)) {
      throw thrown;
    }
    const failure = describeFailure(thrown);
    if (failure.kind === 'memory') {
      // The next one may need the room.
      loaded.models.clear();
    }
    tell({ failure });
    return { attempt, failure };
  }
}

/** Sends epochs on, and now and then a picture and a point. */
function trainingWatch(
  loaded: LoadedSparse,
  job: Job,
  stream: PartStream,
  tell: (news: Partial<SparseCompareProgress>) => void,
  point: (
    standing: ReturnType<Parameters<EpochWatch>[1]>,
    elapsedMs: number,
  ) => SparseCompareProgress['point'],
): EpochWatch {
  let next = -Infinity;
  return (epoch, standing) => {
    stream.epoch(epoch);
    const before = performance.now();
    if (before < next) {
      return;
    }
    const now = standing();
    tell({
      point: point(now, epoch.elapsedMs),
      ...(now.orders && { spy: pictureOf(loaded, now.orders, job) }),
    });
    const after = performance.now();
    next = after + Math.max(pictureIntervalMs, (after - before) / pictureShare);
  };
}

function pictureOf({ X, cells }: LoadedSparse, positions: Orders, job: Job): SpyPicture {
  return spyPicture(X, { cells, positions }, job);
}

/** What an attempt counts for in the progress. One that is not possible is soon over. */
function secondsOf(loaded: LoadedSparse, attempt: SparseAttempt, seed: number): number {
  try {
    return isMade(loaded, attempt, seed)
      ? leastSeconds
      : leastSeconds + readAttempt(attempt).seconds(loaded.X);
  } catch {
    return leastSeconds;
  }
}
