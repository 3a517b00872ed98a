import { nothing } from 'lit';
import type { ReactiveControllerHost, TemplateResult } from 'lit';
import type {
  PatternOutput,
  PatternReport,
  PatternSelection,
  PatternsHost,
  Progress,
} from '../../src/protocol/patterns';
import type { Client } from '../../src/protocol/rpc';
import type { ActionFailures } from '../components/actionFailures';
import { isCancelled } from '../host';
import { reportPanel } from './applyPanel';
import type { Applying } from './applyPanel';

export interface WriteRequest {
  readonly selection: PatternSelection;
  readonly as: PatternOutput;
  /** Terms of a Kronecker form; undefined for as many as take the bytes of BSR. */
  readonly rank: number | undefined;
}

/** Writes a choice to a file: how far that is, and the report of what was written last. */
export class PatternWriter {
  /** What is under way, of this page or of one before it. */
  applying: Applying | undefined;
  private report: PatternReport | undefined;
  /** Whether a call of this page has yet to be answered. */
  private isAsking = false;
  /** The output whose report was dismissed. */
  private dismissed: string | undefined;

  /** @param say tells eyes and screen readers what has happened. */
  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly client: Client<PatternsHost>,
    private readonly failures: ActionFailures,
    private readonly say: (words: string) => void,
  ) {}

  /** Takes over what the host knows, unless an answer of its own is about to say more. */
  adopt(written: PatternReport | undefined): void {
    if (!this.isAsking) {
      this.set(undefined, written?.output === this.dismissed ? undefined : written);
    }
  }

  progress(progress: Progress): void {
    this.set(progress, this.report);
  }

  /** @param onRetry writes what is chosen by then, after a failure. */
  async write({ as, rank, selection }: WriteRequest, onRetry: () => void): Promise<void> {
    if (this.applying) {
      return;
    }
    this.isAsking = true;
    this.set('naming', undefined);
    this.failures.clear();
    this.say('');
    try {
      const report = await this.client.apply({
        selection,
        as,
        ...(rank === undefined ? {} : { rank }),
      });
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
        this.failures.show('The file could not be written', thrown, onRetry);
      }
    } finally {
      this.isAsking = false;
    }
  }

  cancel(): void {
    this.failures.watch(this.client.cancelApply({}));
  }

  renderReport(): TemplateResult | typeof nothing {
    const { client, failures, report } = this;
    return report
      ? reportPanel(report, {
          onOpen: () => failures.watch(client.open({ path: report.output })),
          onReveal: () => failures.watch(client.reveal({ path: report.output })),
          onDismiss: () => {
            this.dismissed = report.output;
            this.set(this.applying, undefined);
          },
        })
      : nothing;
  }

  private set(applying: Applying | undefined, report: PatternReport | undefined): void {
    this.applying = applying;
    this.report = report;
    this.host.requestUpdate();
  }
}
