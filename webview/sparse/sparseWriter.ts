import type { ReactiveControllerHost } from 'lit';
import type { Progress, SparseAttempt, SparseHost, SparseReport } from '../../src/protocol/sparse';
import type { Client } from '../../src/protocol/rpc';
import type { ActionFailures } from '../components/actionFailures';
import { isCancelled } from '../host';
import type { Writing } from './writeForm';
import type { WriteOptions } from './writeWords';

/** Writes a point to a file: how far that is, and the report of what was written last. */
export class SparseWriter {
  /** What is under way, of this page or of one before it. */
  writing: Writing | undefined;
  report: SparseReport | undefined;
  /** Whether a call of this page has yet to be answered. */
  private isAsking = false;
  /** The output whose report was dismissed. */
  private dismissed: SparseReport | undefined;

  /** @param say tells eyes and screen readers what has happened. */
  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly client: Client<SparseHost>,
    private readonly failures: ActionFailures,
    private readonly say: (words: string) => void,
  ) {}

  /** Takes over what the host knows, unless an answer of its own is about to say more. */
  adopt(writing: Progress | undefined, written: SparseReport | undefined): void {
    if (!this.isAsking) {
      this.set(writing, this.isDismissed(written) ? undefined : written);
    }
  }

  progress(progress: Progress): void {
    this.set(progress, this.report);
  }

  async write(attempt: SparseAttempt, options: WriteOptions): Promise<void> {
    if (this.writing) {
      return;
    }
    this.isAsking = true;
    this.set('naming', undefined);
    this.failures.clear();
    this.say('');
    try {
      const report = await this.client.compress({ attempt, ...options });
      this.set(undefined, report);
      if (report) {
        await this.host.updateComplete;
        this.host.querySelector<HTMLElement>('#result')?.focus();
      }
    } catch (thrown) {
      this.set(undefined, undefined);
      if (isCancelled(thrown)) {
        this.say('Cancelled; nothing was written.');
      } else {
        const retry = () => void this.write(attempt, options);
        this.failures.show('The file could not be written', thrown, retry);
      }
    } finally {
      this.isAsking = false;
    }
  }

  cancel(): void {
    this.failures.watch(this.client.cancelWrite({}));
  }

  dismiss(): void {
    this.dismissed = this.report;
    this.set(this.writing, undefined);
  }

  private isDismissed(report: SparseReport | undefined): boolean {
    return (
      report?.output === this.dismissed?.output && report?.elapsedMs === this.dismissed?.elapsedMs
    );
  }

  private set(writing: Writing | undefined, report: SparseReport | undefined): void {
    this.writing = writing;
    this.report = report;
    this.host.requestUpdate();
  }
}
