import { CancelledError, describeFailure, isCancelled } from '../../failures';
import type { FailureData } from '../../failures';
import type { CallOptions } from '../../protocol/rpc';
import type {
  Progress,
  SparseAttempt,
  SparseCompareProgress,
  SparseComparison,
} from '../../protocol/sparse';
import { attemptKey, isTrained, methodTitle } from './attempts';
import type { SparseStore } from './sparseStore';
import type { SparseTurns } from './sparseTurns';

export interface SparseRunner {
  readonly store: SparseStore;
  readonly turns: SparseTurns;
  /** One attempt, by the engine. */
  compare(
    attempt: SparseAttempt,
    options: Required<CallOptions<SparseCompareProgress>>,
  ): Promise<SparseComparison>;
  /** Around a run, from its first attempt to its last: shows how far it is and may stop it. */
  notify(
    run: (signal: AbortSignal, report: (progress: Progress) => void) => Promise<void>,
  ): Promise<void>;
  /** An outcome has changed, or the progress of the run. */
  onChange(key?: string): void;
  /** An attempt has come to its end, whichever it was. */
  onEnd(key: string, failure: FailureData | undefined): void;
}

/** Runs the attempts of one panel, one after the other. */
export class SparseRuns {
  private readonly queue: string[] = [];
  private running: { readonly key: string; readonly stop: AbortController } | undefined;
  private draining: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  private ended = 0;

  constructor(private readonly runner: SparseRunner) {}

  /** Puts attempts behind those under way, but for those that are there already. */
  add(attempts: readonly SparseAttempt[]): void {
    const { store } = this.runner;
    const offer = store.currentOffer;
    if (!offer) {
      return;
    }
    for (const attempt of attempts) {
      const key = attemptKey(attempt, offer);
      const state = store.outcome(key)?.state;
      if (state === undefined || state === 'paused' || state === 'failed') {
        store.wait(key, attempt);
        this.queue.push(key);
      }
    }
    this.start();
  }

  private start(): void {
    if (this.queue.length > 0 && !this.draining) {
      const stop = new AbortController();
      const done = this.drain(stop).finally(() => {
        this.draining = undefined;
        // Attempts may have come since the last one ended.
        this.start();
      });
      this.draining = { stop, done };
    }
  }

  get isBusy(): boolean {
    return this.draining !== undefined;
  }

  /** Stops the attempt under way and lets those go that wait behind it. */
  cancel(): void {
    this.draining?.stop.abort();
    // Also those that were asked for while it was being stopped already.
    this.letGo();
  }

  /** As {@link cancel}; resolves when nothing is under way any more. */
  async end(): Promise<void> {
    // Again for what is asked for meanwhile.
    while (this.draining) {
      this.cancel();
      await this.draining.done;
    }
  }

  /** Takes an attempt off, wherever it is. */
  remove(key: string): void {
    const at = this.queue.indexOf(key);
    if (at >= 0) {
      this.queue.splice(at, 1);
    }
    this.runner.store.remove(key);
    if (this.running?.key === key) {
      this.running.stop.abort();
    }
  }

  private async drain({ signal }: AbortController): Promise<void> {
    const { notify, onChange, store } = this.runner;
    this.ended = 0;
    store.setProgress({ fraction: 0 });
    // What ends a run is in its outcomes.
    await notify(async (stopped, report) => {
      const either = AbortSignal.any([signal, stopped]);
      either.addEventListener('abort', () => this.letGo(), { once: true });
      for (let key = this.queue.shift(); key !== undefined; key = this.queue.shift()) {
        await this.runOne(key, either, report);
        this.ended++;
        if (either.aborted) {
          // What is in the queue now was asked for afterwards.
          break;
        }
      }
    }).catch(() => {});
    store.setProgress(undefined);
    onChange();
  }

  /** Those that wait have given nothing; those that went on from a pause are where they were. */
  private letGo(): void {
    for (const key of this.queue.splice(0)) {
      this.runner.store.stop(key, describeFailure(new CancelledError()));
      this.runner.onChange(key);
    }
  }

  private async runOne(
    key: string,
    signal: AbortSignal,
    report: (progress: Progress) => void,
  ): Promise<void> {
    const { compare, onChange, onEnd, store, turns } = this.runner;
    const { attempt } = store.outcome(key) ?? {};
    const offer = store.currentOffer;
    if (!attempt || !offer) {
      return;
    }
    const title = methodTitle(attempt.method, offer);
    const show = ({ fraction, message }: Progress) => {
      const all = this.ended + 1 + this.queue.length;
      const progress = {
        fraction: (this.ended + fraction) / all,
        message: message === undefined ? title : `${title}: ${message}`,
      };
      store.setProgress(progress);
      report(progress);
    };
    const stop = new AbortController();
    this.running = { key, stop };
    if (turns.isTaken) {
      show({ fraction: 0, message: 'waiting for the method under way' });
      onChange();
    }
    const run = async (until: AbortSignal) => {
      store.run(key);
      show({ fraction: 0 });
      onChange(key);
      const { outcomes } = await compare(attempt, {
        signal: until,
        onProgress: (part) => {
          show(part);
          onChange(store.add(key, part) ? key : undefined);
        },
      });
      const [outcome] = outcomes;
      if (until.aborted && outcome?.point?.paused) {
        // Stopped, with a result all the same; where it only makes room, it is still under way.
        store.add(key, { attempt: 0, fraction: 1, point: outcome.point });
        throw new CancelledError();
      }
      if (outcome?.point) {
        store.finish(key, outcome.point);
      }
      return outcome?.failure;
    };
    let failure: FailureData | undefined;
    try {
      failure = await turns.long({
        givesWay: () => isTrained(attempt.method, offer),
        signal: AbortSignal.any([signal, stop.signal]),
        run,
      });
      if (failure) {
        store.fail(key, failure);
      }
    } catch (thrown) {
      failure = describeFailure(thrown);
      if (isCancelled(thrown)) {
        store.stop(key, failure);
      } else {
        store.fail(key, failure);
      }
    } finally {
      this.running = undefined;
      onChange(key);
      onEnd(key, failure);
    }
  }
}
