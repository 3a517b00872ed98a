import type { SparseEpoch } from '../../../protocol/sparse';
import type { Job } from '../../job';

export interface StreamedPart {
  readonly fraction: number;
  readonly message?: string;
  readonly epochs?: readonly SparseEpoch[];
}

/** Between two parts, so that there are at most ten a second. */
const intervalMs = 100;

/** Gathers progress and epochs, and sends them on no oftener than ten times a second. */
export class PartStream {
  private epochs: SparseEpoch[] = [];
  private latest: { fraction: number; message?: string } = { fraction: 0 };
  private sent = -Infinity;
  private hasNews = false;

  constructor(private readonly send: (part: StreamedPart) => void) {}

  /** How far it is, as told last. */
  get progress(): { readonly fraction: number; readonly message?: string } {
    return this.latest;
  }

  /** `job`, whose progress goes into this stream. */
  following(job: Job): Job {
    return {
      ...job,
      throwIfCancelled: () => job.throwIfCancelled(),
      report: (fraction, message) => this.report(fraction, message),
    };
  }

  report(fraction: number, message?: string): void {
    this.latest = { fraction, ...(message !== undefined && { message }) };
    this.hasNews = true;
    this.sendInTime();
  }

  epoch(epoch: SparseEpoch): void {
    this.epochs.push(epoch);
    this.hasNews = true;
    this.sendInTime();
  }

  /** Sends what is left, at once. */
  flush(): void {
    if (!this.hasNews) {
      return;
    }
    const { epochs } = this;
    this.epochs = [];
    this.hasNews = false;
    this.sent = performance.now();
    this.send({ ...this.latest, ...(epochs.length > 0 && { epochs }) });
  }

  private sendInTime(): void {
    if (performance.now() - this.sent >= intervalMs) {
      this.flush();
    }
  }
}
