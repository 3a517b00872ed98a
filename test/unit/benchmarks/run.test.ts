import { describe, expect, it } from 'vitest';
import type { Benchmark } from '../../../src/benchmarks/benchmark';
import { benchmarks, findBenchmark } from '../../../src/benchmarks';
import { runBenchmark } from '../../../src/benchmarks/run';
import { jobFromSignal, unattended } from '../../../src/engine/job';
import { CancelledError, Failure, UsageError } from '../../../src/failures';
import type { BenchmarkProgress } from '../../../src/protocol/benchmarks';
import { handlers } from '../../../src/worker/handlers';
import { fakeBenchmark } from '../../support/fakeBenchmark';

const registry = [fakeBenchmark];
const silent = (): void => {};

describe('the registry', () => {
  it('gives every benchmark an id and parts of its own', () => {
    const ids = benchmarks.map(({ info }) => info.id);
    expect(ids).toEqual([
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
    for (const { info } of benchmarks) {
      const parts = info.parts.map(({ id }) => id);
      expect(parts.length).toBeGreaterThan(1);
      expect(new Set(parts).size).toBe(parts.length);
    }
  });

  it('offers minutes in ascending order, the default among them, and files by their extensions', () => {
    const trained = benchmarks.filter(({ info }) => info.minutes).map(({ info }) => info.id);
    expect(trained).toEqual([
      'neukron-email',
      'neukron-hidden',
      'neukron-tensor',
      'sparse-trade-off',
    ]);
    for (const { info } of benchmarks) {
      const { choices = [], default: own } = info.minutes ?? {};
      expect([...choices].sort((a, b) => a - b)).toEqual(choices);
      expect(info.minutes === undefined || choices.includes(own ?? 0)).toBe(true);
      for (const extension of info.data?.extensions ?? []) {
        expect(extension).toMatch(/^[a-z]+$/);
      }
    }
    const onFiles = benchmarks.filter(({ info }) => info.data).map(({ info }) => info.id);
    expect(onFiles).toEqual([
      'neukron-email',
      'neukron-hidden',
      'neukron-scaling',
      'neukron-tensor',
      'sparse-trade-off',
    ]);
  });

  it('names what it knows when it is asked for something else', () => {
    expect(findBenchmark('throughput').info.id).toBe('throughput');
    expect(() => findBenchmark('speed')).toThrow(UsageError);
    expect(() => findBenchmark('speed')).toThrow(
      'There is no benchmark "speed"; choose from decompositions, throughput, block-sparse, neukron-email,',
    );
  });
});

describe('the engine', () => {
  it('lists and runs the benchmarks of the registry', async () => {
    const listed = await handlers.benchmarks({}, { job: unattended, emit: silent });
    expect(listed).toEqual(benchmarks.map(({ info }) => info));
    const run = handlers.benchmark(
      { id: 'throughput', parts: ['cp'], seed: 0 },
      { job: unattended, emit: silent },
    );
    await expect(run).rejects.toThrow(
      'Benchmark "throughput" has no part "cp"; choose from products, backends, gram, eigen, svd.',
    );
  });
});

describe('runBenchmark', () => {
  it('reports tables, plots and notes, and on what they were measured', async () => {
    const report = await runBenchmark({ id: 'fake', seed: 6 }, unattended, silent, registry);
    expect(report).toMatchObject({
      id: 'fake',
      title: fakeBenchmark.info.title,
      parts: ['first', 'second'],
      seed: 6,
      notes: ['A note.'],
    });
    expect(report.tables.map(({ rows }) => rows)).toEqual([
      [
        ['first, "0"', 2, 12_345],
        ['second, "1"', 2, null],
      ],
      [],
    ]);
    expect(report.plots[0].series[0].points).toEqual([[1, 6]]);
    expect(new Date(report.startedAt).toISOString()).toBe(report.startedAt);
    expect(report.elapsedMs).toBeGreaterThan(0);
    const { environment } = report;
    expect(environment.toolVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(environment.system).toContain(process.arch);
    expect(environment.runtime).toContain(process.versions.node);
    expect(environment.backend).toMatch(/^(wasm|tensorflow) \d/);
    expect(environment.cores).toBeGreaterThanOrEqual(1);
    expect(environment.threads).toBeGreaterThanOrEqual(1);
    expect(environment.memoryBytes).toBeGreaterThan(2 ** 28);
    expect(['relaxed', 'simd']).toContain(environment.kernels);
  });

  it('streams the tables first and every row as it comes, with the progress so far', async () => {
    const parts: BenchmarkProgress[] = [];
    const emit = (part: BenchmarkProgress) => parts.push(part);
    const report = await runBenchmark({ id: 'fake', seed: 3 }, unattended, emit, registry);
    expect(parts[0].tables?.map(({ id, rows }) => [id, rows])).toEqual([
      ['figures', []],
      ['empty', []],
    ]);
    expect(parts.slice(1)).toEqual([
      { fraction: 0, rows: { table: 'figures', rows: [['first, "0"', 1, 12_345]] } },
      {
        fraction: 0.5,
        message: 'first',
        rows: { table: 'figures', rows: [['second, "1"', 1, null]] },
      },
    ]);
    expect(parts.flatMap(({ rows }) => rows?.rows ?? [])).toEqual(report.tables[0].rows);
  });

  it('runs the parts that are asked for, each once and in the order of the benchmark', async () => {
    const partsOf = async (...parts: string[]) =>
      (await runBenchmark({ id: 'fake', parts, seed: 0 }, unattended, silent, registry)).parts;
    expect(await partsOf('second')).toEqual(['second']);
    expect(await partsOf('second', 'first', 'second')).toEqual(['first', 'second']);
  });

  it.each([
    ['an unknown part', ['first', 'third'], 'no part "third"; choose from first, second.'],
    ['no part', [], 'Name at least one part of benchmark "fake" (first, second)'],
  ])('refuses %s', async (_, parts, message) => {
    const run = runBenchmark({ id: 'fake', parts, seed: 0 }, unattended, silent, registry);
    await expect(run).rejects.toThrow(UsageError);
    await expect(run).rejects.toThrow(message);
  });

  describe('with data and minutes', () => {
    const seen: unknown[] = [];
    const open: Benchmark = {
      info: {
        ...fakeBenchmark.info,
        minutes: { default: 2, choices: [2, 10] },
        data: {
          synthetic: 'Synthetic matrix',
          title: 'Sparse matrix',
          description: 'Any.',
          extensions: ['mtx'],
        },
      },
      run: async (context) => {
        seen.push([context.data, context.minutes]);
        const data = { file: 'x.mtx', dims: [2, 3], nonzeros: 4 };
        return { ...(await fakeBenchmark.run(context)), data };
      },
    };
    const run = (request: { data?: string; minutes?: number }, benchmark = open) =>
      runBenchmark({ id: 'fake', seed: 0, ...request }, unattended, silent, [benchmark]);

    it('hands them on, and reports them', async () => {
      const report = await run({ data: '/tmp/x.mtx', minutes: 0.5 });
      expect(seen.pop()).toEqual(['/tmp/x.mtx', 0.5]);
      expect([report.data, report.minutes]).toEqual([
        { file: 'x.mtx', dims: [2, 3], nonzeros: 4 },
        0.5,
      ]);
    });

    it('takes the minutes of the benchmark where none are given', async () => {
      const report = await run({});
      expect(seen.pop()).toEqual([undefined, 2]);
      expect(report.minutes).toBe(2);
      const without = await run({}, fakeBenchmark);
      expect('minutes' in without || 'data' in without).toBe(false);
    });

    it.each([
      [{ data: 'x.mtx' }, open, 'needs the whole path of its file, not "x.mtx"'],
      [{ data: '/x.mtx' }, fakeBenchmark, 'Benchmark "fake" takes no file; leave "/x.mtx" out.'],
      [{ minutes: 3 }, fakeBenchmark, 'has no training whose minutes can be chosen'],
      [{ minutes: 0 }, open, 'a number above 0 and at most 1440, not 0'],
      [{ minutes: 1441 }, open, 'not 1441'],
      [{ minutes: Number.NaN }, open, 'not NaN'],
    ])('refuses %o', async (request, benchmark, message) => {
      await expect(run(request, benchmark)).rejects.toThrow(UsageError);
      await expect(run(request, benchmark)).rejects.toThrow(message);
      expect(seen).toEqual([]);
    });
  });

  it('stops where the job is cancelled', async () => {
    const stop = new AbortController();
    const parts: BenchmarkProgress[] = [];
    const run = runBenchmark(
      { id: 'fake', seed: 0 },
      jobFromSignal(stop.signal),
      (part) => {
        parts.push(part);
        if (part.rows) {
          stop.abort();
        }
      },
      registry,
    );
    await expect(run).rejects.toThrow(CancelledError);
    expect(parts.filter(({ rows }) => rows)).toHaveLength(1);
  });

  it.each([
    ['an unknown table', 'other', ['x']],
    ['too many cells', 'empty', ['x', 1]],
  ])('does not let a row of %s pass', async (_, table, row) => {
    const broken: Benchmark = {
      ...fakeBenchmark,
      run: (context) =>
        fakeBenchmark.run({
          ...context,
          addRow: () => context.addRow(table, row),
        }),
    };
    const run = runBenchmark({ id: 'fake', seed: 0 }, unattended, silent, [broken]);
    await expect(run).rejects.toThrow(Failure);
    await expect(run).rejects.toThrow(`does not fit table "${table}"`);
  });
});
