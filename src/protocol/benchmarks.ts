import type { Progress } from './progress';
import type { FailureData } from '../failures';

export type { Progress, FailureData };

export const benchmarksViewType = 'tensorpress.benchmarks';

/** A part of a benchmark that can be run alone, such as one method. */
export interface BenchmarkPart {
  readonly id: string;
  readonly title: string;
}

/** What a benchmark runs on: synthetic data, or a file in its place. */
export interface BenchmarkDataInfo {
  /** What it generates where no file is given, e.g. `Synthetic matrix, 1,005 × 25,919`. */
  readonly synthetic: string;
  /** What a file holds, e.g. `Sparse matrix`. */
  readonly title: string;
  /** Sentences: what the published figures were measured on, and where that is to be had. */
  readonly description: string;
  /** Without the dot; `gz` stands for any of them compressed. */
  readonly extensions: readonly string[];
}

/** For how long a benchmark trains. */
export interface BenchmarkMinutes {
  readonly default: number;
  /** What pickers offer, ascending. */
  readonly choices: readonly number[];
}

/** One entry of the registry, as pickers show it. */
export interface BenchmarkInfo {
  /** What the command line calls it, e.g. `decompositions`. */
  readonly id: string;
  readonly title: string;
  /** One sentence: what is measured. */
  readonly description: string;
  /** How long it takes, in words, e.g. `about 5 minutes on two cores`. */
  readonly duration: string;
  readonly parts: readonly BenchmarkPart[];
  /** Undefined for a benchmark that takes no file. */
  readonly data?: BenchmarkDataInfo;
  /** Undefined for a benchmark that takes as long as it takes. */
  readonly minutes?: BenchmarkMinutes;
}

/** How a benchmark is run. */
export interface BenchmarkOptions {
  /** Ids of the parts to run; all when left out. */
  readonly parts?: readonly string[];
  /** Absolute path of a local file to run on; synthetic data when left out. */
  readonly data?: string;
  /** Minutes that all its trainings take together; the benchmark's own when left out. */
  readonly minutes?: number;
}

export interface BenchmarkRequest extends BenchmarkOptions {
  readonly id: string;
  readonly seed: number;
}

/** The data that a benchmark ran on. */
export interface BenchmarkData {
  /** Name of the file; undefined for synthetic data. */
  readonly file?: string;
  readonly dims: readonly number[];
  readonly nonzeros: number;
}

/** A cell: a number is formatted by its column; null is a dash. */
export type BenchmarkCell = string | number | null;

export interface BenchmarkColumn {
  readonly id: string;
  readonly title: string;
  /** Shown beside the title; values are in this unit. */
  readonly unit?: string;
  readonly kind: 'text' | 'number';
  /** Significant digits of a number; 4 when left out. Integers are never cut. */
  readonly digits?: number;
  /** Whether these are figures of a publication, not of this machine. */
  readonly published?: boolean;
}

export interface BenchmarkTable {
  readonly id: string;
  readonly title: string;
  /** Where published columns come from, and what a reader must know. */
  readonly caption?: string;
  readonly columns: readonly BenchmarkColumn[];
  readonly rows: readonly (readonly BenchmarkCell[])[];
}

export interface BenchmarkAxis {
  readonly title: string;
  readonly unit?: string;
  readonly scale: 'linear' | 'log';
}

export interface BenchmarkSeries {
  readonly title: string;
  readonly published?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface BenchmarkPlot {
  readonly id: string;
  readonly title: string;
  readonly x: BenchmarkAxis;
  readonly y: BenchmarkAxis;
  readonly series: readonly BenchmarkSeries[];
}

/** On what a benchmark ran: what a reader needs to compare figures. */
export interface BenchmarkEnvironment {
  readonly toolVersion: string;
  /** e.g. `Linux 6.1 x64`. */
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** e.g. `Node 20.20.2`. */
  readonly runtime: string;
  readonly backend: string;
  /** Threads that share a product, this one included. */
  readonly threads: number;
  /** `relaxed` where fused multiply-adds are had, else `simd`. */
  readonly kernels: string;
}

export interface BenchmarkReport {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly parts: readonly string[];
  readonly seed: number;
  /** Of benchmarks that take a file. */
  readonly data?: BenchmarkData;
  /** That the trainings were given, of benchmarks that train. */
  readonly minutes?: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly environment: BenchmarkEnvironment;
  readonly tables: readonly BenchmarkTable[];
  readonly plots: readonly BenchmarkPlot[];
  /** Sentences: what the figures mean, what was left out. */
  readonly notes: readonly string[];
}

export interface BenchmarkProgress extends Progress {
  /** Rows finished since the last part, by the id of their table. */
  readonly rows?: { readonly table: string; readonly rows: BenchmarkTable['rows'] };
  /** Sent once at the start: the tables without their rows. */
  readonly tables?: readonly BenchmarkTable[];
}

/** A report of the history, without its tables. */
export interface BenchmarkHistoryEntry {
  /** Of the stored report. */
  readonly key: string;
  readonly id: string;
  readonly title: string;
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly toolVersion: string;
  readonly backend: string;
}

/** What the benchmarks page may ask of the host. */
export interface BenchmarksHost {
  /** First call of the page. The answer is all the host knows. */
  ready(params: { state: BenchmarksState | undefined }): BenchmarksModel;
  run(params: { id: string } & BenchmarkOptions): void;
  /** Asks for a file to run on; undefined if dismissed. */
  chooseData(params: { id: string }): string | undefined;
  cancel(params: Record<string, never>): void;
  /** Shows an earlier report. */
  show(params: { key: string }): void;
  /** An earlier report, to compare with the one that is shown. */
  read(params: { key: string }): BenchmarkReport;
  /** Removes an earlier report. */
  forget(params: { key: string }): void;
  /** Asks for a name and writes the report that is shown; resolves to the path, if any. */
  exportAs(params: { format: 'markdown' | 'csv' | 'json' }): string | undefined;
  /** Puts the report on the clipboard as Markdown. */
  copy(params: Record<string, never>): void;
}

export interface BenchmarksModel {
  readonly benchmarks: readonly BenchmarkInfo[];
  readonly selected: string | undefined;
  /** The run under way, or one that ended early: `cancelled` or `failure` then says how. */
  readonly running?: BenchmarkOptions & {
    readonly id: string;
    readonly progress: Progress;
    /** With the rows that have arrived. */
    readonly tables: readonly BenchmarkTable[];
  };
  /** The report that is shown. */
  readonly report?: BenchmarkReport;
  /** Its key in the history. */
  readonly shown?: string;
  /** Newest first. */
  readonly history: readonly BenchmarkHistoryEntry[];
  readonly failure?: FailureData;
  readonly cancelled: boolean;
}

/** What the host tells the benchmarks page. */
export interface BenchmarksPageEvents {
  model: BenchmarksModel;
  progress: BenchmarkProgress;
}

/** Kept by the page over a reload, and by the host's serializer. */
export interface BenchmarksState {
  readonly selected?: string;
  readonly shown?: string;
}
