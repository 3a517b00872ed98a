import type {
  BenchmarkData,
  BenchmarkEnvironment,
  BenchmarkHistoryEntry,
  BenchmarkReport,
} from '../../protocol/benchmarks';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isCell: Check = (value) => value === null || isText(value) || isNumber(value);
const isOneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
/** Every name of `T` has its check, so that a new field is not forgotten here. */
const shapedLike =
  <T>(checks: Readonly<Record<keyof T, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries<Check>(checks).every(([name, check]) =>
      check((value as Readonly<Record<string, unknown>>)[name]),
    );

type Table = BenchmarkReport['tables'][number];
type Plot = BenchmarkReport['plots'][number];

const isAxis = shapedLike<Plot['x']>({
  title: isText,
  unit: optional(isText),
  scale: isOneOf('linear', 'log'),
});

const isStored = shapedLike<BenchmarkReport>({
  id: isText,
  title: isText,
  description: isText,
  parts: listOf(isText),
  seed: isNumber,
  data: optional(
    shapedLike<BenchmarkData>({
      file: optional(isText),
      dims: listOf(isNumber),
      nonzeros: isNumber,
    }),
  ),
  minutes: optional(isNumber),
  startedAt: (value) => isText(value) && !Number.isNaN(Date.parse(value as string)),
  elapsedMs: isNumber,
  environment: shapedLike<BenchmarkEnvironment>({
    toolVersion: isText,
    system: isText,
    cpu: isText,
    cores: isNumber,
    memoryBytes: isNumber,
    runtime: isText,
    backend: isText,
    threads: isNumber,
    kernels: isText,
  }),
  tables: listOf(
    shapedLike<Table>({
      id: isText,
      title: isText,
      caption: optional(isText),
      columns: listOf(
        shapedLike<Table['columns'][number]>({
          id: isText,
          title: isText,
          unit: optional(isText),
          kind: isOneOf('text', 'number'),
          digits: optional(isNumber),
          published: optional(isOneOf(true, false)),
        }),
      ),
      rows: listOf(listOf(isCell)),
    }),
  ),
  plots: listOf(
    shapedLike<Plot>({
      id: isText,
      title: isText,
      x: isAxis,
      y: isAxis,
      series: listOf(
        shapedLike<Plot['series'][number]>({
          title: isText,
          published: optional(isOneOf(true, false)),
          // JSON writes null for what is not finite; the page leaves such points out.
          points: listOf(listOf((value) => value === null || isNumber(value))),
        }),
      ),
    }),
  ),
  notes: listOf(isText),
});

/** The report in the text of a file, or undefined where it holds none that can be shown. */
export function parseReport(text: string): BenchmarkReport | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isStored(value) ? (value as BenchmarkReport) : undefined;
  } catch {
    return undefined;
  }
}

export function formatReport(report: BenchmarkReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

export function historyEntry(key: string, report: BenchmarkReport): BenchmarkHistoryEntry {
  const { elapsedMs, environment, id, startedAt, title } = report;
  const { backend, toolVersion } = environment;
  return { key, id, title, startedAt, elapsedMs, toolVersion, backend };
}
