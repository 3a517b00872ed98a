import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runBenchmark } from '../../../src/benchmarks/run';
import type { CliContext } from '../../../src/cli/context';
import { runCli } from '../../../src/cli/program';
import { jobFromSignal } from '../../../src/engine/job';
import { CancelledError } from '../../../src/failures';
import type { BenchmarkInfo, BenchmarkReport } from '../../../src/protocol/benchmarks';
import { fakeBenchmark } from '../../support/fakeBenchmark';
import { inProcessEngine } from '../../support/pressing';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line with the real list, and a benchmark that takes no time to run. */
async function cli(args: readonly string[], more: Partial<CliContext> = {}): Promise<Outcome> {
  let out = '';
  let err = '';
  const { signal } = new AbortController();
  const code = await runCli(args, {
    engine: {
      ...inProcessEngine(),
      benchmark: (request, options = {}) =>
        runBenchmark(
          request,
          jobFromSignal(options.signal ?? signal, (fraction, message) =>
            options.onProgress?.({ fraction, ...(message !== undefined && { message }) }),
          ),
          options.onProgress ?? (() => {}),
          [fakeBenchmark],
        ),
    },
    useBackend: () => {},
    signal,
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    stdoutColumns: undefined,
    stderrColumns: undefined,
    useThreads: () => {},
    ...more,
  });
  return { code, out, err };
}

describe('bench without a name', () => {
  it('lists the benchmarks with their parts', async () => {
    const { code, out, err } = await cli(['bench']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('decompositions: Tensor decompositions of convolutions\n');
    expect(out).toContain('  Parts: tucker (Tucker), tt (Tensor Train), cp (CP).\n');
    expect(out).toContain('throughput: Speed of matrix operations\n');
  });

  it('lists them as JSON', async () => {
    const { out } = await cli(['bench', '--json']);
    const { benchmarks } = JSON.parse(out) as { benchmarks: BenchmarkInfo[] };
    expect(benchmarks.map(({ id }) => id)).toEqual([
      'decompositions',
      'throughput',
      'block-sparse',
      'neukron-email',
      'neukron-hidden',
      'neukron-inference',
      'neukron-scaling',
      'neukron-tensor',
      'sparse-trade-off',
    ]);
  });

  it.each([
    ['--part', 'tucker'],
    ['--data', 'x.mtx'],
    ['--minutes', '1'],
    ['--seed', '1'],
    ['--markdown'],
    ['--csv'],
  ])('refuses %s, which is for running one', async (...option) => {
    const { code, out, err } = await cli(['bench', ...option]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`${option[0]} is for running a benchmark: give its name first`);
  });
});

describe('bench with a name', () => {
  it('prints tables with numbers on the right, notes and the machine', async () => {
    const { code, out, err } = await cli(['bench', 'fake', '--seed', '2']);
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines.slice(0, 8)).toEqual([
      'A benchmark | of tests',
      '',
      'Figures',
      'Part         Time (ms)  Time (ms), published',
      '───────────  ─────────  ────────────────────',
      'first, "0"      0.6667                12,345',
      'second, "1"     0.6667                     –',
      'Published figures are made up.',
    ]);
    expect(lines).toContain('A note.');
    expect(lines).toContain('Seed: 2');
    expect(out).toMatch(/\nBackend: (wasm|tensorflow) /);
  });

  it('prints the report as JSON, of the parts that were asked for', async () => {
    const { code, out } = await cli(['bench', 'fake', '--part', 'second', '--seed', '6', '--json']);
    expect(code).toBe(0);
    const report = JSON.parse(out) as BenchmarkReport;
    expect(report).toMatchObject({ id: 'fake', parts: ['second'], seed: 6 });
    expect(report.tables[0].rows).toEqual([['second, "0"', 2, 12_345]]);
    expect(report.plots).toHaveLength(1);
  });

  it('prints Markdown and CSV', async () => {
    const markdown = await cli(['bench', 'fake', '--markdown']);
    expect(markdown.out).toMatch(/^# A benchmark \\\| of tests\n/);
    expect(markdown.out).toContain('| --- | ---: | ---: |');
    const csv = await cli(['bench', 'fake', '--csv']);
    expect(csv.out).toContain('Part,Time (ms),"Time (ms), published"\r\n');
    expect(csv.out).toContain('"first, ""0""",0,12345\r\n');
  });

  it.each([
    [['nope'], 'There is no benchmark "nope"; choose from fake.'],
    [['fake', '--part', 'third'], 'no part "third"; choose from first, second.'],
    [['fake', '--seed', '-1'], 'Give a whole number from 0'],
    [['fake', '--minutes', 'long'], 'Give a number of minutes'],
    [['fake', '--data', 'x.mtx'], 'Benchmark "fake" takes no file'],
    [['fake', '--minutes', '3'], 'Benchmark "fake" has no training whose minutes can be chosen'],
    [['fake', '--csv', '--json'], "option '--csv' cannot be used with option '--json'"],
  ])('%s is wrong usage', async (args, message) => {
    const { code, out, err } = await cli(['bench', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('hands on the file, with its whole path, and the minutes', async () => {
    const requests: unknown[] = [];
    const engine = inProcessEngine();
    await cli(['bench', 'fake', '--data', 'in/x.mtx', '--minutes', '0.5'], {
      engine: {
        ...engine,
        benchmark: (request) => {
          requests.push(request);
          return Promise.reject(new CancelledError());
        },
      },
    });
    expect(requests).toEqual([{ id: 'fake', data: resolve('in/x.mtx'), minutes: 0.5, seed: 0 }]);
  });

  it('lists what a benchmark can run on, and for how long', async () => {
    const engine = inProcessEngine();
    const data = {
      synthetic: 'Synthetic matrix',
      title: 'Sparse matrix',
      description: 'It was published with another one.',
      extensions: ['mtx', 'gz'],
    };
    const minutes = { default: 10, choices: [1, 10] };
    const { out } = await cli(['bench'], {
      engine: {
        ...engine,
        benchmarks: () => Promise.resolve([{ ...fakeBenchmark.info, data, minutes }]),
      },
    });
    expect(out.split('\n').slice(4)).toEqual([
      '  Data: Synthetic matrix; --data takes a sparse matrix. It was published with another one.',
      '  Minutes: 10, or as --minutes says.',
      '',
    ]);
  });

  it('shows progress on a terminal only', async () => {
    const { err, out } = await cli(['bench', 'fake'], { stderrColumns: 80 });
    expect(err).toContain('Running fake [##########..........]  50 %  first');
    expect(err.endsWith('\r\u001b[2K')).toBe(true);
    expect(out).not.toContain('[####');
  });

  it('ends with 130 at Ctrl-C', async () => {
    const stop = new AbortController();
    stop.abort();
    const { code, out, err } = await cli(['bench', 'fake'], { signal: stop.signal });
    expect([code, out]).toEqual([130, '']);
    expect(err).toBe('tensorpress: Cancelled.\n');
  });
});
