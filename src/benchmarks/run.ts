import { isAbsolute } from 'node:path';
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
 * @throws UsageError for an unknown benchmark or part, and for data or minutes that it does not take;
 * CancelledError; what reading the data throws.
 */
export async function runBenchmark(
  { id, parts, data: path, minutes: wanted, seed }: BenchmarkRequest,
  job: Job,
  emit: (part: BenchmarkProgress) => void,
  registry: readonly Benchmark[] = benchmarks,
): Promise<BenchmarkReport> {
  const benchmark = findBenchmark(id, registry);
  const selected = selectParts(benchmark.info, parts);
  requireData(benchmark.info, path);
  const minutes = minutesFor(benchmark.info, wanted);
  job.throwIfCancelled();
  const startedAt = new Date();
  const start = performance.now();
  const environment = benchmarkEnvironment(await startBackend());
  const context = createContext(
    {
      job,
      seed,
      parts: selected,
      ...(path !== undefined && { data: path }),
      ...(minutes !== undefined && { minutes }),
    },
    emit,
  );
  const { tables, plots, notes, data } = await benchmark.run(context);
  job.report(1);
  const { title, description } = benchmark.info;
  return {
    id,
    title,
    description,
    parts: selected,
    seed,
    ...(data && { data }),
    ...(minutes !== undefined && { minutes }),
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

function requireData({ id, data }: BenchmarkInfo, path: string | undefined): void {
  if (path === undefined) {
    return;
  }
  if (!data) {
    throw new UsageError(`Benchmark "${id}" takes no file; leave "${path}" out.`, { value: path });
  }
  if (!isAbsolute(path)) {
    throw new UsageError(
      `Benchmark "${id}" needs the whole path of its file, not "${path}"; begin it at the root.`,
      { value: path },
    );
  }
}

/** A day: more than that is a slip. */
const mostMinutes = 1440;

function minutesFor(
  { id, minutes }: BenchmarkInfo,
  wanted: number | undefined,
): number | undefined {
  if (wanted === undefined) {
    return minutes?.default;
  }
  if (!minutes) {
    throw new UsageError(
      `Benchmark "${id}" has no training whose minutes can be chosen; leave the ${wanted} out.`,
      { value: wanted },
    );
  }
  if (!(wanted > 0 && wanted <= mostMinutes)) {
    throw new UsageError(
      `The minutes of benchmark "${id}" are a number above 0 and at most ${mostMinutes}, not ${wanted}.`,
      { value: wanted, limit: mostMinutes },
    );
  }
  return wanted;
}

/** A context whose rows travel with the progress made so far. */
function createContext(
  request: Pick<BenchmarkContext, 'job' | 'seed' | 'parts' | 'data' | 'minutes'>,
  emit: (part: BenchmarkProgress) => void,
): BenchmarkContext {
  const { job } = request;
  let progress: Progress = { fraction: 0 };
  let declared: readonly TableDefinition[] = [];
  return {
    ...request,
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
