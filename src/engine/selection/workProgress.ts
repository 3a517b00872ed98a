import type { ChoicesProgress } from '../../protocol/engine';
import type { Job } from '../job';

/** A piece of work in progress. */
export interface Turn extends Job {
  /** It is done; `part` goes to the caller with the progress made. */
  end(part?: Omit<ChoicesProgress, 'fraction' | 'message'>): void;
}

/**
 * Turns finished work into a fraction, several pieces at a time; the first phase, the measuring,
 * takes the first hundredth.
 */
export class WorkProgress {
  private total = 1;
  private done = 0;
  private message = '';
  private phases = 0;
  private readonly shares = new Set<{ work: number; fraction: number }>();

  constructor(
    private readonly job: Job,
    private readonly emit: (part: ChoicesProgress) => void,
  ) {}

  /** A new phase of `work`. */
  expect(work: readonly number[]): void {
    this.total = Math.max(
      1,
      work.reduce((sum, one) => sum + one, 0),
    );
    this.done = 0;
    this.shares.clear();
    this.phases++;
  }

  begin(message: string, work: number): Turn {
    this.job.throwIfCancelled();
    this.message = message;
    const share = { work, fraction: 0 };
    this.shares.add(share);
    this.job.report(this.fraction(), message);
    return {
      ...this.job,
      throwIfCancelled: () => this.job.throwIfCancelled(),
      report: (fraction) => {
        share.fraction = fraction;
        this.job.report(this.fraction(), message);
      },
      end: (part) => {
        this.shares.delete(share);
        this.done += work;
        if (part) {
          this.tell(part);
        }
      },
    };
  }

  tell(part: Omit<ChoicesProgress, 'fraction' | 'message'>): void {
    this.emit({ fraction: this.fraction(), message: this.message, ...part });
  }

  private fraction(): number {
    let done = this.done;
    for (const { work, fraction } of this.shares) {
      done += work * fraction;
    }
    const share = Math.min(1, done / this.total);
    return this.phases <= 1 ? 0.01 * share : 0.01 + 0.99 * share;
  }
}
