import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { columnHeading, formatCell } from '../../benchmarks/export/cells';
import { reportCsv } from '../../benchmarks/export/csv';
import { reportFacts } from '../../benchmarks/export/facts';
import { reportMarkdown } from '../../benchmarks/export/markdown';
import { UsageError } from '../../failures';
import type {
  BenchmarkInfo,
  BenchmarkProgress,
  BenchmarkReport,
  BenchmarkTable,
} from '../../protocol/benchmarks';
import { print, withProgress, type CliContext } from '../context';
import { jsonOption, parseMinutes, parseSeed } from '../options';
import { renderTable } from '../table';

interface Options {
  readonly part?: string[];
  readonly data?: string;
  readonly minutes?: number;
  readonly seed: number;
  readonly markdown?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
}

export function addBench(program: Command, context: CliContext): void {
  program
    .command('bench')
    .description('list the benchmarks, or run one')
    .argument('[name]', 'the benchmark to run')
    .option('--part <ids...>', 'only these parts of it (default: all)')
    .option(
      '--data <file>',
      'run on this sparse matrix or tensor (.mtx, .tns, .npz, text of coordinates; also .gz) in place of synthetic data; for the benchmarks that take one, see the list',
    )
    .addOption(
      new Option(
        '--minutes <number>',
        'minutes that all trainings of the benchmark share, above 0, at most 1440; for the benchmarks that train, see the list',
      ).argParser(parseMinutes),
    )
    .addOption(
      new Option('--seed <number>', 'seed of the random matrices and starts')
        .default(0)
        .argParser(parseSeed),
    )
    .addOption(new Option('--markdown', 'print the report as Markdown').conflicts(['csv', 'json']))
    .addOption(new Option('--csv', 'print the tables as CSV').conflicts(['markdown', 'json']))
    .addOption(jsonOption())
    .action(async (name: string | undefined, options: Options, command: Command) => {
      if (name === undefined) {
        refuseWithoutName(command);
        const benchmarks = await context.engine.benchmarks({}, { signal: context.signal });
        print(context, options.json, { benchmarks }, () => describeBenchmarks(benchmarks));
        return;
      }
      const { part: parts, data, minutes, seed, markdown, csv, json } = options;
      const report = await withProgress<BenchmarkReport, BenchmarkProgress>(
        context,
        `Running ${name}`,
        (callOptions) =>
          context.engine.benchmark(
            {
              id: name,
              ...(parts && { parts }),
              ...(data !== undefined && { data: resolve(data) }),
              ...(minutes !== undefined && { minutes }),
              seed,
            },
            callOptions,
          ),
      );
      if (markdown || csv) {
        context.stdout(markdown ? reportMarkdown(report) : reportCsv(report));
      } else {
        print(context, json, report, () => describeReport(report, context.stdoutColumns));
      }
    });
}

/** Options that say how to run a benchmark mean nothing to the list. */
function refuseWithoutName(command: Command): void {
  const given = ['part', 'data', 'minutes', 'seed', 'markdown', 'csv'].find(
    (option) => command.getOptionValueSource(option) === 'cli',
  );
  if (given !== undefined) {
    throw new UsageError(
      `--${given} is for running a benchmark: give its name first, as in "tensorpress bench throughput"; "tensorpress bench" lists them.`,
    );
  }
}

function describeBenchmarks(benchmarks: readonly BenchmarkInfo[]): string[] {
  return benchmarks.flatMap(({ id, title, description, duration, parts, data, minutes }, i) => [
    ...(i === 0 ? [] : ['']),
    `${id}: ${title}`,
    `  ${description}`,
    `  Takes: ${duration}.`,
    `  Parts: ${parts.map((part) => `${part.id} (${part.title})`).join(', ')}.`,
    ...(data
      ? [`  Data: ${data.synthetic}; --data takes a ${lowered(data.title)}. ${data.description}`]
      : []),
    ...(minutes ? [`  Minutes: ${minutes.default}, or as --minutes says.`] : []),
  ]);
}

function lowered(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}

function describeReport(report: BenchmarkReport, width?: number): string[] {
  return [
    report.title,
    '',
    ...report.tables.flatMap((table) => [...describeTable(table, width), '']),
    ...report.notes,
    ...(report.notes.length === 0 ? [] : ['']),
    ...reportFacts(report).map(([label, value]) => `${label}: ${value}`),
  ];
}

function describeTable(
  { title, caption, columns, rows }: BenchmarkTable,
  width?: number,
): string[] {
  return [
    title,
    ...renderTable(
      columns.map((column) => ({
        title: columnHeading(column),
        align: column.kind === 'number' ? ('right' as const) : ('left' as const),
      })),
      rows.map((row) => columns.map((column, i) => formatCell(column, row[i]))),
      width,
    ),
    ...(caption === undefined ? [] : [caption]),
  ];
}
