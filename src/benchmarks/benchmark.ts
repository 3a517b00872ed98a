import type { Job } from '../engine/job';
import type {
  BenchmarkCell,
  BenchmarkData,
  BenchmarkInfo,
  BenchmarkPlot,
  BenchmarkTable,
} from '../protocol/benchmarks';

/** A table before it has rows. */
export type TableDefinition = Omit<BenchmarkTable, 'rows'>;

/** What a benchmark is given for one run. */
export interface BenchmarkContext {
  readonly job: Job;
  /** Of everything random. */
  readonly seed: number;
  /** Ids of the parts to run, in the order of the registry; at least one. */
  readonly parts: readonly string[];
  /** Absolute path of the file to run on; never for a benchmark that takes none. */
  readonly data?: string;
  /** For all trainings together; never for a benchmark that has no such choice. */
  readonly minutes?: number;
  /** Announces the tables, once and before the first row. */
  declare(tables: readonly TableDefinition[]): void;
  /** Sends a row on its way as soon as it is known: one cell per column of a declared table. */
  addRow(table: string, row: readonly BenchmarkCell[]): void;
}

export interface BenchmarkResult {
  /** The tables that were declared, with all their rows in the order to be read in. */
  readonly tables: readonly BenchmarkTable[];
  readonly plots: readonly BenchmarkPlot[];
  /** Sentences: what the figures mean, what was left out. */
  readonly notes: readonly string[];
  /** Of a benchmark that takes a file. */
  readonly data?: BenchmarkData;
}

/** An entry of the registry. */
export interface Benchmark {
  readonly info: BenchmarkInfo;
  run(context: BenchmarkContext): Promise<BenchmarkResult>;
}

/** Tables that stream their rows and keep them. */
export interface TableRecorder {
  add(table: string, row: readonly BenchmarkCell[]): void;
  /** The tables with the rows so far, in the order they came. */
  tables(): readonly BenchmarkTable[];
}

/** Declares `definitions` to `context` and collects their rows while streaming them. */
export function recordTables(
  context: BenchmarkContext,
  definitions: readonly TableDefinition[],
): TableRecorder {
  context.declare(definitions);
  const rows = new Map(definitions.map(({ id }) => [id, [] as (readonly BenchmarkCell[])[]]));
  return {
    add(table, row) {
      context.addRow(table, row);
      rows.get(table)?.push(row);
    },
    tables: () =>
      definitions.map((definition) => ({ ...definition, rows: rows.get(definition.id) ?? [] })),
  };
}
