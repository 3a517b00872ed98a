import { startBackend } from '../engine/backends/backend';
import type { Job } from '../engine/job';
import { Failure, UsageError } from '../failures';
import type {
  BenchmarkInfo,
  BenchmarkProgress,
  BenchmarkReport,
  BenchmarkRequest,
  Progress,
} from '../protocol/benchmarks';
import type { Benchmark, BenchmarkContext, TableDefinition } from './benchmark';
import { benchmarkEnvironment } from './environment';
import { benchmarks, findBenchmark } from './index';

/**
 * Runs one benchmark of `registry`. `emit` gets the tables once, without rows, and every row when it
 * is known; `job.report` gets the progress between.
 * @throws UsageError for an unknown benchmark or part, CancelledError.
 */
export async function runBenchmark(
  { id, parts, seed }: BenchmarkRequest,
  job: Job,
  emit: (part: BenchmarkProgress) => void,
  registry: readonly Benchmark[] = benchmarks,
): Promise<BenchmarkReport> {
  const benchmark = findBenchmark(id, registry);
  const selected = selectParts(benchmark.info, parts);
  job.throwIfCancelled();
  const startedAt = new Date();
  const start = performance.now();
  const environment = benchmarkEnvironment(await startBackend());
  const context = createContext({ job, seed, parts: selected }, emit);
  const { tables, plots, notes } = await benchmark.run(context);
  job.report(1);
  const { title, description } = benchmark.info;
  return {
    id,
    title,
    description,
    parts: selected,
    seed,
    startedAt: startedAt.toISOString(),
    elapsedMs: performance.now() - start,
    environment,
    tables,
    plots,
    notes,
  };
}

/** The parts asked for, each once and in the benchmark's order; all when none are named. */
function selectParts(
  info: BenchmarkInfo,
  wanted: readonly string[] | undefined,
): readonly string[] {
  const known = info.parts.map(({ id }) => id);
  if (wanted === undefined) {
    return known;
  }
  const unknown = wanted.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new UsageError(
      `Benchmark "${info.id}" has no part "${unknown}"; choose from ${known.join(', ')}.`,
      { value: unknown },
    );
  }
  if (wanted.length === 0) {
    throw new UsageError(
      `Name at least one part of benchmark "${info.id}" (${known.join(', ')}), or leave the parts out to run all.`,
    );
  }
  return known.filter((id) => wanted.includes(id));
}

/** A context whose rows travel with the progress made so far. */
function createContext(
  request: Pick<BenchmarkContext, 'job' | 'seed' | 'parts'>,
  emit: (part: BenchmarkProgress) => void,
): BenchmarkContext {
  const { job, seed, parts } = request;
  let progress: Progress = { fraction: 0 };
  let declared: readonly TableDefinition[] = [];
  return {
    seed,
    parts,
    job: {
      ...job,
      throwIfCancelled: () => job.throwIfCancelled(),
      report(fraction, message) {
        progress = { fraction, ...(message !== undefined && { message }) };
        job.report(fraction, message);
      },
    },
    declare(tables) {
      declared = tables;
      emit({ ...progress, tables: tables.map((table) => ({ ...table, rows: [] })) });
    },
    addRow(table, row) {
      const columns = declared.find(({ id }) => id === table)?.columns.length;
      if (columns !== row.length) {
        throw new Failure(
          'internal',
          `A row of ${row.length} cells does not fit table "${table}" (${columns ?? 'no'} columns).`,
        );
      }
      emit({ ...progress, rows: { table, rows: [row] } });
    },
  };
}
