import { UsageError } from '../../failures';
import { logFailure, reportFailure } from '../../host/messages';
import { runWithNotification } from '../../host/progress';
import type { Services } from '../../host/services';
import { readSettings } from '../../host/settings';
import type {
  BenchmarkOptions,
  BenchmarkReport,
  BenchmarksModel,
  BenchmarksPageEvents,
} from '../../protocol/benchmarks';
import type { BenchmarkHistory } from './benchmarkHistory';
import { BenchmarksStore } from './benchmarksStore';

/** Rows arrive faster than anyone can look at them. */
const shownEveryMs = 100;

export interface RunRequest extends BenchmarkOptions {
  readonly id: string;
}

/** Told of what changes; there is none while no panel is open. */
export type BenchmarksListener = <K extends keyof BenchmarksPageEvents>(
  event: K,
  payload: BenchmarksPageEvents[K],
) => void;

/**
 * Runs benchmarks, one at a time because they would disturb each other's times, and keeps their
 * reports. A run goes on when the panel is closed.
 */
export class BenchmarkRuns {
  listener: BenchmarksListener | undefined;
  private readonly store = new BenchmarksStore();
  private stop: AbortController | undefined;
  private timer: NodeJS.Timeout | undefined;
  private rowsAreDue = false;

  constructor(
    private readonly services: Services,
    private readonly history: BenchmarkHistory,
  ) {}

  get model(): BenchmarksModel {
    return this.store.model;
  }

  get shownReport(): BenchmarkReport | undefined {
    return this.store.shownReport;
  }

  /** Asks the engine for its benchmarks, and the disk for earlier reports. */
  async load(): Promise<BenchmarksModel> {
    this.store.setBenchmarks(await this.services.engine.benchmarks({}));
    this.store.setHistory(await this.history.list());
    return this.store.model;
  }

  /** Brings back what a page of an earlier window had chosen, and the report that it showed. */
  async restore(selected: string | undefined, shown: string | undefined): Promise<void> {
    const { report, running } = this.store.model;
    if (running || report) {
      return;
    }
    if (selected !== undefined) {
      this.store.select(selected);
    }
    const kept = shown === undefined ? undefined : await this.history.read(shown);
    if (kept) {
      this.store.show(kept, shown);
    }
  }

  /** @throws UsageError while another benchmark is running, saying what to do. */
  assertIdle(): void {
    if (this.stop) {
      const { running } = this.store.model;
      throw new UsageError(
        `“${this.store.titleOf(running?.id ?? '')}” is running. Wait for its report, or cancel it in its panel first.`,
      );
    }
  }

  /**
   * Runs a benchmark under a cancellable notification, and keeps its report.
   * @throws UsageError as {@link assertIdle}; otherwise what ended the run, which the page shows.
   */
  async run({ id, parts, data, minutes }: RunRequest): Promise<BenchmarkReport> {
    this.assertIdle();
    const { engine, log } = this.services;
    const stop = new AbortController();
    this.stop = stop;
    const options: BenchmarkOptions = {
      ...(parts && { parts }),
      ...(data !== undefined && { data }),
      ...(minutes !== undefined && { minutes }),
    };
    this.store.begin(id, options);
    this.emitModel();
    try {
      const { seed } = readSettings();
      if (this.store.model.benchmarks.length === 0) {
        this.store.setBenchmarks(await engine.benchmarks({}));
        this.store.select(id);
      }
      const report = await runWithNotification<BenchmarkReport>({
        title: `Running “${this.store.titleOf(id)}”`,
        signal: stop.signal,
        run: (signal, show) =>
          engine.benchmark(
            { id, ...options, seed },
            {
              signal,
              onProgress: (part) => {
                show(part);
                this.rowsAreDue = this.store.add(part) || this.rowsAreDue;
                this.emitSoon();
              },
            },
          ),
      });
      log.info(`Benchmark ${id}: ${Math.round(report.elapsedMs)} ms`);
      this.store.finish(report, await this.keep(report));
      return report;
    } catch (thrown) {
      this.store.fail(logFailure(log, `Benchmark ${id}`, thrown));
      throw thrown;
    } finally {
      this.stop = undefined;
      this.emitModel();
    }
  }

  cancel(): void {
    this.stop?.abort();
  }

  async show(key: string): Promise<void> {
    this.store.show(await this.read(key), key);
    this.emitModel();
  }

  /** @throws UsageError when the report has been removed. */
  async read(key: string): Promise<BenchmarkReport> {
    const report = await this.history.read(key);
    if (!report) {
      await this.refresh();
      throw new UsageError('This report is no longer there; it may have been removed meanwhile.');
    }
    return report;
  }

  /** @returns the report that is gone, so that it can be brought back. */
  async forget(key: string): Promise<BenchmarkReport | undefined> {
    const report = await this.history.read(key);
    await this.history.remove(key);
    this.store.forget(key);
    await this.refresh();
    return report;
  }

  async bringBack(report: BenchmarkReport): Promise<void> {
    await this.history.add(report);
    await this.refresh();
  }

  private async refresh(): Promise<void> {
    this.store.setHistory(await this.history.list());
    this.emitModel();
  }

  /** A report that cannot be kept, as on a full disk, is shown and can be exported all the same. */
  private async keep(report: BenchmarkReport): Promise<string | undefined> {
    try {
      const key = await this.history.add(report);
      this.store.setHistory(await this.history.list());
      return key;
    } catch (thrown) {
      reportFailure(this.services.log, `Keeping the report of ${report.id}`, thrown);
      return undefined;
    }
  }

  private emitSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const { running } = this.store.model;
      if (this.rowsAreDue) {
        this.emitModel();
      } else if (running) {
        this.listener?.('progress', running.progress);
      }
    }, shownEveryMs);
  }

  private emitModel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.rowsAreDue = false;
    this.listener?.('model', this.store.model);
  }
}
