import { window } from 'vscode';
import type { Uri } from 'vscode';
import { FileError, UsageError } from '../../failures';
import type { Services } from '../../host/services';
import { defaultSparseOutput } from '../../host/sparseFiles';
import { fileName } from '../../host/weightFiles';
import { writeSparse } from '../../host/writeSparse';
import type { ParamsOf } from '../../protocol/rpc';
import type {
  Progress,
  SparseAttempt,
  SparseHost,
  SparseOffer,
  SparseReport,
} from '../../protocol/sparse';
import { statSource } from '../choices/computeChoices';
import { attemptKey, isTrained } from './attempts';
import { prepareCheckpoints } from './checkpoints';
import type { SparseStore } from './sparseStore';
import type { SparseTurns } from './sparseTurns';

export interface SparseWriterOptions {
  readonly services: Services;
  readonly turns: SparseTurns;
  readonly store: SparseStore;
  readonly source: Uri;
  readonly tensor: string | undefined;
  readonly checkpoints: string;
  readonly onProgress: (progress: Progress) => void;
  /** Nothing is being written any more. */
  readonly onEnd: () => void;
}

/** What was read, so that it is what is written. */
export interface SparseReading {
  readonly offer: SparseOffer;
  readonly seed: number;
  /** Tells the state of the file from later ones. */
  readonly stamp: string | undefined;
}

/** Writes what one panel's methods made, a file at a time. */
export class SparseWriter {
  private writing: AbortController | undefined;

  constructor(private readonly options: SparseWriterOptions) {}

  cancel(): void {
    this.writing?.abort();
  }

  /**
   * Asks for a name and writes the file; undefined when dismissed.
   * @throws UsageError while another one is being written; FileError when the source has changed;
   * what the engine throws.
   */
  async write(
    { attempt, type, withOrders }: ParamsOf<SparseHost, 'compress'>,
    { offer, seed, stamp }: SparseReading,
  ): Promise<SparseReport | undefined> {
    const { checkpoints, onEnd, services, source, store, tensor, turns } = this.options;
    this.assertIdle();
    const output = await this.askForOutput(attempt, offer);
    if (!output) {
      return undefined;
    }
    // Another call may have got its name first.
    this.assertIdle();
    const stop = new AbortController();
    this.writing = stop;
    const show = (progress: Progress) => {
      store.setWriting(progress);
      this.options.onProgress(progress);
    };
    show({ fraction: 0, ...(turns.isTaken && { message: 'Waiting for the method under way' }) });
    try {
      await this.assertUnchanged(stamp);
      await prepareCheckpoints(checkpoints);
      const report = await turns.short(() =>
        writeSparse(services, {
          source,
          ...(tensor !== undefined && { tensor }),
          attempt,
          seed,
          withOrders,
          type,
          ...(this.isUnfinished(attempt, offer) && { asItStands: true }),
          checkpoints,
          output,
          signal: stop.signal,
          onProgress: show,
        }),
      );
      store.setWritten(report);
      return report;
    } finally {
      this.writing = undefined;
      store.setWriting(undefined);
      onEnd();
    }
  }

  private askForOutput(
    { method }: SparseAttempt,
    { methods }: SparseOffer,
  ): Thenable<Uri | undefined> {
    const { source, tensor } = this.options;
    const { title = method, writes: extension = 'safetensors' } =
      methods.find((one) => one.method === method) ?? {};
    return window.showSaveDialog({
      title: `Write ${title}`,
      saveLabel: 'Write',
      defaultUri: defaultSparseOutput(source, { method, extension, tensor }),
      filters: extension === 'neukron' ? { NeuKron: [extension] } : { Safetensors: [extension] },
    });
  }

  /** A training that is not at its end is written as far as it has come. */
  private isUnfinished(attempt: SparseAttempt, offer: SparseOffer): boolean {
    const outcome = this.options.store.outcome(attemptKey(attempt, offer));
    return (
      isTrained(attempt.method, offer) &&
      outcome !== undefined &&
      outcome.state !== 'done' &&
      outcome.epochs.length > 0
    );
  }

  private assertIdle(): void {
    const file = fileName(this.options.source);
    if (this.writing) {
      throw new UsageError(`${file} is being written already.`, { file });
    }
  }

  private async assertUnchanged(stamp: string | undefined): Promise<void> {
    const { source } = this.options;
    if ((await statSource(source)).stamp !== stamp) {
      const file = fileName(source);
      throw new FileError(`${file} has changed since its methods were run. Run them again first.`, {
        file,
      });
    }
  }
}
