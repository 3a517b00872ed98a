import type { FailureData } from '../../failures';
import type {
  BenchmarkHistoryEntry,
  BenchmarkInfo,
  BenchmarkOptions,
  BenchmarkProgress,
  BenchmarkReport,
  BenchmarkTable,
  BenchmarksModel,
  Progress,
} from '../../protocol/benchmarks';

/**
 * What is known of the benchmarks; the page shows {@link BenchmarksStore.model} of it. A run that
 * ends without a report leaves its rows in `running`, and `cancelled` or `failure` says how it
 * ended; both are forgotten when a report is shown or the next run begins.
 */
export class BenchmarksStore {
  private benchmarks: readonly BenchmarkInfo[] = [];
  private selected: string | undefined;
  private run:
    | {
        readonly id: string;
        readonly options: BenchmarkOptions;
        progress: Progress;
        tables: BenchmarkTable[];
      }
    | undefined;
  private report: BenchmarkReport | undefined;
  private shown: string | undefined;
  private history: readonly BenchmarkHistoryEntry[] = [];
  private failure: FailureData | undefined;
  private cancelled = false;

  get model(): BenchmarksModel {
    const { benchmarks, cancelled, failure, history, report, run, selected, shown } = this;
    return {
      benchmarks,
      selected,
      history,
      cancelled,
      ...(run && {
        running: {
          ...run.options,
          id: run.id,
          progress: run.progress,
          tables: [...run.tables],
        },
      }),
      ...(report && { report }),
      ...(shown !== undefined && { shown }),
      ...(failure && { failure }),
    };
  }

  get isRunning(): boolean {
    return this.run !== undefined && !this.cancelled && this.failure === undefined;
  }

  get shownReport(): BenchmarkReport | undefined {
    return this.report;
  }

  setBenchmarks(benchmarks: readonly BenchmarkInfo[]): void {
    this.benchmarks = benchmarks;
    if (!benchmarks.some(({ id }) => id === this.selected)) {
      this.selected = benchmarks[0]?.id;
    }
  }

  setHistory(history: readonly BenchmarkHistoryEntry[]): void {
    this.history = history;
  }

  /** @param id of a benchmark; one that is not known, such as of another version, is ignored. */
  select(id: string): void {
    if (this.benchmarks.some((benchmark) => benchmark.id === id)) {
      this.selected = id;
    }
  }

  titleOf(id: string): string {
    return this.benchmarks.find((benchmark) => benchmark.id === id)?.title ?? id;
  }

  begin(id: string, options: BenchmarkOptions = {}): void {
    this.select(id);
    this.run = { id, options, progress: { fraction: 0 }, tables: [] };
    this.report = undefined;
    this.shown = undefined;
    this.failure = undefined;
    this.cancelled = false;
  }

  /** @returns whether the part brought tables or rows, and not only progress. */
  add({ fraction, message, rows, tables }: BenchmarkProgress): boolean {
    const { run } = this;
    if (!run || !this.isRunning) {
      return false;
    }
    run.progress = { fraction, ...(message !== undefined && { message }) };
    if (tables) {
      run.tables = [...tables];
    }
    if (rows) {
      run.tables = run.tables.map((table) =>
        table.id === rows.table ? { ...table, rows: [...table.rows, ...rows.rows] } : table,
      );
    }
    return tables !== undefined || rows !== undefined;
  }

  /** @param key of the report in the history; undefined when it could not be kept. */
  finish(report: BenchmarkReport, key: string | undefined): void {
    this.endRun();
    this.show(report, key);
  }

  fail(failure: FailureData): void {
    if (failure.kind === 'cancelled') {
      this.cancelled = true;
    } else {
      this.failure = failure;
    }
  }

  /** Shows an earlier report; a run under way goes on beside it. */
  show(report: BenchmarkReport, key: string | undefined): void {
    if (!this.isRunning) {
      this.endRun();
    }
    this.report = report;
    this.shown = key;
  }

  private endRun(): void {
    this.run = undefined;
    this.failure = undefined;
    this.cancelled = false;
  }

  /** The report of `key` is gone from the history, and from view. */
  forget(key: string): void {
    if (this.shown === key) {
      this.report = undefined;
      this.shown = undefined;
    }
  }
}
