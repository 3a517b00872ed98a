import type { FailureData } from '../../failures';
import type {
  Progress,
  SparseAttempt,
  SparseCompareProgress,
  SparseEpoch,
  SparseModelView,
  SparseOffer,
  SparseOutcome,
  SparsePoint,
  SparseReport,
} from '../../protocol/sparse';
import { attemptKey } from './attempts';
import { addEpochs } from './epochs';

export interface SparseIdentity {
  readonly uri: string;
  /** As the page shows it. */
  readonly file: string;
  readonly tensor?: string;
}

/** What outlives the panel of an outcome: a point, and the curve of its training. */
export interface KeptOutcome {
  readonly attempt: SparseAttempt;
  readonly point: SparsePoint;
  readonly epochs: readonly SparseEpoch[];
}

/** Of what was stopped or failed before the window was closed, or was about the file before a change. */
const missing: FailureData = {
  kind: 'cancelled',
  message: 'There is no result of it for the file as it is now. Run it again.',
  details: {},
};

/** What is known of a file that is being compressed; the page shows the model of it. */
export class SparseStore {
  private offer: SparseOffer | undefined;
  private progress: Progress | undefined;
  private failure: FailureData | undefined;
  private readonly outcomes = new Map<string, SparseOutcome>();
  private writing: Progress | undefined;
  private written: SparseReport | undefined;

  constructor(private readonly identity: SparseIdentity) {}

  get model(): SparseModelView {
    const { failure, identity, offer, progress, writing, written } = this;
    return {
      ...identity,
      ...(offer && { offer }),
      ...(progress && { progress }),
      ...(failure && { failure }),
      outcomes: [...this.outcomes.values()],
      ...(writing && { writing }),
      ...(written && { written }),
    };
  }

  /** Undefined until the file is read. */
  get currentOffer(): SparseOffer | undefined {
    return this.offer;
  }

  /** Forgets everything about the file and expects to learn it. */
  beginReading(): void {
    this.offer = undefined;
    this.failure = undefined;
    this.written = undefined;
    this.outcomes.clear();
    this.progress = { fraction: 0 };
  }

  /**
   * The file has been read.
   * @param kept what was found about it earlier
   * @param wanted attempts that a page of an earlier window had, with or without a result
   */
  setOffer(
    offer: SparseOffer,
    kept: readonly KeptOutcome[] = [],
    wanted: readonly SparseAttempt[] = [],
  ): void {
    this.offer = offer;
    this.progress = undefined;
    for (const { attempt, epochs, point } of kept) {
      const state = point.paused ? 'paused' : 'done';
      this.outcomes.set(attemptKey(attempt, offer), { attempt, state, point, epochs });
    }
    for (const attempt of wanted) {
      const key = attemptKey(attempt, offer);
      if (
        !this.outcomes.has(key) &&
        offer.methods.some(({ method }) => method === attempt.method)
      ) {
        this.outcomes.set(key, { attempt, state: 'failed', failure: missing, epochs: [] });
      }
    }
  }

  failReading(failure: FailureData): void {
    this.progress = undefined;
    this.failure = failure;
  }

  setProgress(progress: Progress | undefined): void {
    this.progress = progress;
  }

  outcome(key: string): SparseOutcome | undefined {
    return this.outcomes.get(key);
  }

  /** Puts an attempt into the queue; what is known of a training that is continued stays. */
  wait(key: string, attempt: SparseAttempt): void {
    const { epochs = [], point, spy } = this.outcomes.get(key) ?? {};
    this.outcomes.set(key, {
      attempt,
      state: 'waiting',
      epochs,
      ...(point && { point }),
      ...(spy && { spy }),
    });
  }

  run(key: string): void {
    this.change(key, () => ({ state: 'running' }));
  }

  /** @returns whether the part changes what the outcome shows. */
  add(key: string, { epochs = [], point, spy }: SparseCompareProgress): boolean {
    if (epochs.length === 0 && !point && !spy) {
      return false;
    }
    this.change(key, (outcome) => ({
      epochs: addEpochs(outcome.epochs, epochs),
      ...(point && { point }),
      ...(spy && { spy }),
    }));
    return true;
  }

  finish(key: string, point: SparsePoint): void {
    this.change(key, () => ({ point, state: point.paused ? 'paused' : 'done' }));
  }

  /** A stopped training can be continued; anything else that was stopped has given nothing. */
  stop(key: string, failure: FailureData): void {
    const { epochs = [], point } = this.outcomes.get(key) ?? {};
    if (epochs.length > 0 || point) {
      this.change(key, () => ({ state: 'paused', ...(point && { point: upTo(epochs, point) }) }));
    } else {
      this.fail(key, failure);
    }
  }

  fail(key: string, failure: FailureData): void {
    this.change(key, () => ({ state: 'failed', failure }));
  }

  remove(key: string): void {
    this.outcomes.delete(key);
  }

  /** What is worth keeping for the next time. */
  get kept(): KeptOutcome[] {
    return [...this.outcomes.values()].flatMap(({ attempt, epochs, point }) =>
      point ? [{ attempt, point, epochs }] : [],
    );
  }

  setWriting(progress: Progress | undefined): void {
    this.writing = progress;
  }

  setWritten(report: SparseReport): void {
    this.written = report;
  }

  /** An outcome that was removed meanwhile stays away. */
  private change(key: string, to: (outcome: SparseOutcome) => Partial<SparseOutcome>): void {
    const outcome = this.outcomes.get(key);
    if (outcome) {
      this.outcomes.set(key, { ...outcome, ...to(outcome) });
    }
  }
}

/** The last point of a training, whose figures may be some epochs older than where it stands now. */
function upTo(epochs: readonly SparseEpoch[], point: SparsePoint): SparsePoint {
  const { paused } = point;
  const epoch = epochs.at(-1)?.epoch ?? 0;
  return paused && epoch > paused.epoch ? { ...point, paused: { ...paused, epoch } } : point;
}
