import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Benchmark } from '../../../../src/benchmarks/benchmark';
import { runBenchmark } from '../../../../src/benchmarks/run';
import { createEmail } from '../../../../src/benchmarks/sparse/email';
import { hiddenClaim, nonzerosClaim } from '../../../../src/benchmarks/sparse/growth';
import { createHidden, hiddenSizes } from '../../../../src/benchmarks/sparse/hidden';
import { createInference } from '../../../../src/benchmarks/sparse/inference';
import { createScaling } from '../../../../src/benchmarks/sparse/scaling';
import { syntheticTensor } from '../../../../src/benchmarks/sparse/syntheticTensor';
import { createTensor, largestRank } from '../../../../src/benchmarks/sparse/tensor';
import { createTradeOff } from '../../../../src/benchmarks/sparse/tradeOff';
import { jobFromSignal, unattended } from '../../../../src/engine/job';
import { rawBytes } from '../../../../src/engine/sparse/sizes';
import { CancelledError, FileError, UsageError } from '../../../../src/failures';
import type {
  BenchmarkReport,
  BenchmarkRequest,
  BenchmarkTable,
} from '../../../../src/protocol/benchmarks';
import { tinyMatrix, tinyTensor } from './tiny';

const seconds = 1 / 60;

async function run(
  benchmark: Benchmark,
  request: Partial<BenchmarkRequest> = {},
): Promise<BenchmarkReport> {
  const { id } = benchmark.info;
  return runBenchmark({ id, seed: 0, ...request }, unattended, () => {}, [benchmark]);
}

/** The values of a column, by its id. */
function column(report: BenchmarkReport, table: string, id: string): readonly unknown[] {
  const { columns, rows } = report.tables.find((one) => one.id === table) as BenchmarkTable;
  const at = columns.findIndex((one) => one.id === id);
  expect(at).toBeGreaterThanOrEqual(0);
  return rows.map((row) => row[at]);
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tensorpress-bench-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

function matrixLines(value = 1): string[] {
  const X = syntheticTensor(tinyMatrix, 5, unattended);
  return [
    '%%MatrixMarket matrix coordinate real general',
    `${X.dims.join(' ')} ${X.values.length}`,
    ...Array.from(X.values, (_, e) => `${X.indices.map((keys) => keys[e] + 1).join(' ')} ${value}`),
  ];
}

describe('neukron-email', () => {
  const email = createEmail({ synthetic: tinyMatrix, hidden: 4 });

  it('trains once for each gamma, the published figures beside its own', async () => {
    const report = await run(email, { minutes: 3 * seconds });
    expect(column(report, 'errors', 'gamma')).toEqual(['1', '10', 'infinity']);
    expect(column(report, 'errors', 'published')).toEqual([90561.25, 58691.88, 59113.75]);
    expect(column(report, 'errors', 'published-se')).toEqual([467.996, 335.143, 891.544]);
    expect(column(report, 'errors', 'published-seconds')).toEqual([0.19, 0.19, 0.19]);
    expect(column(report, 'errors', 'parameters')).toEqual([219, 219, 219]);
    const errors = column(report, 'errors', 'error') as number[];
    const left = column(report, 'errors', 'left') as number[];
    errors.forEach((error, i) => {
      expect(error).toBeGreaterThan(0);
      expect(left[i]).toBeCloseTo((100 * error) / 240, 9);
    });
    for (const { columns } of report.tables) {
      expect(columns.filter(({ id }) => id.startsWith('published')).every((one) => one.published));
    }
    expect(report.data).toEqual({ dims: [24, 48], nonzeros: 240 });
    expect(report.minutes).toBe(3 * seconds);
    expect(report.plots[0].series.map(({ title }) => title)).toEqual([
      'Gamma 1',
      'Gamma 10',
      'Gamma infinity',
    ]);
    expect(report.notes.join(' ')).toMatch(/The data are synthetic: 24 × 48 with 240 nonzeros/);
    expect(report.notes.join(' ')).toMatch(/The 3 trainings shared 0\.05 minutes and did /);
  });

  it('runs on a file that it is given, and says so', async () => {
    const data = await fileOf('own.mtx', matrixLines());
    const report = await run(email, { parts: ['gamma-10'], data, minutes: seconds });
    expect(report.data).toEqual({ file: 'own.mtx', dims: [24, 48], nonzeros: 240 });
    expect(report.notes[0]).toBe('The data are those of own.mtx: 24 × 48 with 240 nonzeros.');
    expect(report.notes[1]).toContain('and not of this file');
    expect(column(report, 'errors', 'gamma')).toEqual(['10']);
  });

  it.each([
    ['negative.mtx', () => matrixLines(-1), 'holds -1, and the benchmarks of NeuKron take'],
    ['cube.tns', () => ['1 1 1 1', '2 2 2 1'], 'is a tensor of 2 × 2 × 2, and this benchmark'],
    [
      'empty.mtx',
      () => ['%%MatrixMarket matrix coordinate real general', '3 4 0'],
      'has no nonzeros',
    ],
  ])('refuses %s, saying why', async (name, lines, message) => {
    const data = await fileOf(name, lines());
    const refused = run(email, { data, minutes: seconds });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(run(email, { data, minutes: seconds })).rejects.toThrow(message);
  });

  it('fails as reading does where there is no file', async () => {
    const data = join(folder, 'none.mtx');
    await expect(run(email, { data })).rejects.toThrow(FileError);
  });

  it('stops at its first epoch when it is cancelled', async () => {
    const stop = new AbortController();
    const cancelled = runBenchmark(
      { id: 'neukron-email', seed: 0 },
      jobFromSignal(stop.signal),
      ({ rows }) => rows && stop.abort(),
      [email],
    );
    await expect(cancelled).rejects.toThrow(CancelledError);
  });
});

describe('neukron-hidden', () => {
  it('has the parameters of the method for every size, and the growth of the time', async () => {
    const report = await run(createHidden({ synthetic: tinyMatrix }), { minutes: 2.5 * seconds });
    expect(column(report, 'sizes', 'hidden')).toEqual(hiddenSizes);
    // 8 h² + 20 h + 11
    expect(column(report, 'sizes', 'parameters')).toEqual([311, 1199, 7811, 30011, 66611]);
    expect(column(report, 'sizes', 'bytes')).toEqual([1244, 4796, 31244, 120044, 266444]);
    expect(column(report, 'sizes', 'published-seconds')).toEqual([null, null, 0.19, null, null]);
    const growth = column(report, 'growth', 'exponent') as number[];
    expect(growth).toHaveLength(3);
    expect(growth.every(Number.isFinite)).toBe(true);
    const agrees = column(report, 'growth', 'agrees');
    expect(agrees).toEqual(growth.map((exponent) => (exponent < 1 ? 'yes' : 'no, above')));
  });

  it('fits no exponent to the sizes of two parts', async () => {
    const request = { parts: ['h-5', 'h-11'], minutes: seconds };
    const report = await run(createHidden({ synthetic: tinyMatrix }), request);
    expect(column(report, 'growth', 'exponent')).toEqual([null, null, null]);
    expect(column(report, 'growth', 'agrees')).toEqual([null, null, null]);
  });
});

describe('neukron-inference', () => {
  const options = { hidden: 3, bits: [2, 3, 4, 5], entries: 30, batch: 64 };

  it('times entries of ever larger matrices and tensors, and fits a line', async () => {
    const report = await run(createInference(options));
    expect(column(report, 'times', 'bits')).toEqual([
      ...options.bits,
      ...options.bits,
      ...options.bits,
    ]);
    expect(column(report, 'times', 'side')).toEqual(
      [4, 8, 16, 32].concat([4, 8, 16, 32], [4, 8, 16, 32]),
    );
    const means = column(report, 'times', 'time') as number[];
    const fastest = column(report, 'times', 'fastest') as number[];
    means.forEach((time, i) => {
      expect(fastest[i]).toBeGreaterThan(0);
      expect(time).toBeGreaterThanOrEqual(fastest[i]);
    });
    expect(column(report, 'lines', 'sizes')).toEqual([4, 4, 4]);
    expect(report.data).toBeUndefined();
    expect(report.minutes).toBeUndefined();
  });

  it('takes no file and no minutes', async () => {
    const benchmark = createInference(options);
    await expect(run(benchmark, { data: '/x.mtx' })).rejects.toThrow('takes no file');
    await expect(run(benchmark, { minutes: 2 })).rejects.toThrow('no training whose minutes');
  });
});

describe('the published claims', () => {
  it('are compared with an exponent, and told on which side of them it is', () => {
    const verdicts = [0.5, 0.9, 0.99, 1.1, 1.3].map((one) => nonzerosClaim.verdict(one));
    expect(verdicts).toEqual(['no, below', 'yes', 'yes', 'yes', 'no, above']);
    expect([0.5, 1, 2].map((one) => hiddenClaim.verdict(one))).toEqual([
      'yes',
      'no, above',
      'no, above',
    ]);
  });
});

describe('neukron-scaling', () => {
  const scaling = createScaling({
    synthetic: tinyMatrix,
    shares: [0.125, 0.25, 0.5, 1],
    hiddenSizes: [2, 3, 30, 5],
    hidden: 3,
    nonzeros: 100,
    epochs: 2,
  });

  it('times epochs on samples of the nonzeros and with more hidden units', async () => {
    const report = await run(scaling);
    expect(column(report, 'times', 'nonzeros')).toEqual([30, 60, 120, 240, 100, 100, 100, 100]);
    expect(column(report, 'times', 'hidden')).toEqual([3, 3, 3, 3, 2, 3, 30, 5]);
    expect((column(report, 'times', 'seconds') as number[]).every((time) => time > 0)).toBe(true);
    // Updates of the orders are part of an epoch, as of the published ones.
    const [orders, network] = ['orders', 'network'].map(
      (id) => column(report, 'times', id) as number[],
    );
    orders.forEach((time, i) => expect(time).toBeGreaterThan(0.01 * network[i]));
    const exponents = column(report, 'growth', 'exponent') as number[];
    expect(exponents).toHaveLength(6);
    expect(exponents.every(Number.isFinite)).toBe(true);
    expect(report.plots.map(({ id }) => id)).toEqual(['time-by-nonzeros', 'time-by-hidden-units']);
  });

  it('takes a file with a tensor too', async () => {
    const X = syntheticTensor(tinyTensor, 0, unattended);
    const data = await fileOf(
      'tensor.tns',
      Array.from(X.values, (v, e) => `${X.indices.map((keys) => keys[e] + 1).join(' ')} ${v}`),
    );
    const report = await run(scaling, { data, parts: ['nonzeros'] });
    expect(report.data?.dims).toHaveLength(3);
    expect(column(report, 'times', 'nonzeros')).toEqual([25, 50, 100, 200]);
    await expect(run(scaling, { minutes: 1 })).rejects.toThrow(UsageError);
  });
});

describe('neukron-tensor', () => {
  it('sets CP and Tucker of no more bytes beside each network', async () => {
    const benchmark = createTensor({ synthetic: tinyTensor, hiddenSizes: [4, 59] });
    const report = await run(benchmark, { minutes: 2 * seconds });
    expect(column(report, 'methods', 'method')).toEqual([
      'NeuKron',
      'NeuKron',
      'CP',
      'CP',
      'Tucker',
      'Tucker',
    ]);
    const bytes = column(report, 'methods', 'bytes') as number[];
    // The parameters of the method for three modes, and positions of 3, 4 and 4 bits.
    expect(column(report, 'methods', 'parameters').slice(0, 2)).toEqual([
      8 * 16 + 32 + 9 * 14 + 9,
      29995,
    ]);
    expect(bytes[1]).toBe(4 * 29995 + 3 + 5 + 6);
    expect(bytes[2]).toBeLessThanOrEqual(bytes[0]);
    expect(bytes[4]).toBeLessThanOrEqual(bytes[0]);
    expect(column(report, 'methods', 'published')).toEqual([
      null,
      84931.13431,
      null,
      null,
      null,
      null,
    ]);
    expect(report.plots[1].series.map(({ title }) => title)).toEqual(['NeuKron', 'CP', 'Tucker']);
  });

  it('takes the largest rank within a number of bytes, and a core no wider than a mode', () => {
    expect(largestRank([100, 150, 200], 'cp', 33_650)).toBe(9);
    expect(largestRank([100, 150, 200], 'tucker', 33_650)).toBe(8);
    expect(largestRank([100, 150, 200], 'cp', 10)).toBe(1);
    expect(largestRank([3, 50, 50], 'tucker', 1e6)).toBe(3);
  });

  it('refuses a matrix', async () => {
    const data = await fileOf('matrix.mtx', matrixLines());
    const refused = run(createTensor({ synthetic: tinyTensor, hiddenSizes: [4] }), { data });
    await expect(refused).rejects.toThrow('is a matrix, and this benchmark takes tensors');
  });
});

describe('sparse-trade-off', () => {
  const quick = createTradeOff({
    synthetic: tinyMatrix,
    takes: ({ method, options }) =>
      method === 'neukron'
        ? options.hidden <= 11
        : method === 'baccams'
          ? options.stencils === 5
          : method !== 'kronfit' || options.power === 4,
  });

  it('has bytes and error of every method, and says where each is lowest', async () => {
    const report = await run(quick, { minutes: seconds });
    const methods = column(report, 'points', 'method') as string[];
    expect([...new Set(methods)]).toEqual([
      'Raw coordinates',
      'NeuKron',
      'KronFit',
      'Truncated SVD',
      'CUR',
      'CMD',
      'ACCAMS',
      'bACCAMS',
      'CP',
      'Tucker',
    ]);
    const raw = rawBytes(syntheticTensor(tinyMatrix, 0, unattended));
    const bytes = column(report, 'points', 'bytes') as number[];
    const orders = column(report, 'points', 'orders') as number[];
    const whole = column(report, 'points', 'whole') as number[];
    const errors = column(report, 'points', 'error') as number[];
    expect([bytes[0], errors[0]]).toEqual([raw, 0]);
    methods.forEach((method, i) => {
      expect(orders[i]).toBe(['NeuKron', 'KronFit'].includes(method) ? 15 + 36 : 0);
      expect(whole[i]).toBe(bytes[i] + orders[i]);
    });

    // The frontier is what looking at every point gives.
    const counted = column(report, 'frontier', 'orders');
    const from = column(report, 'frontier', 'from') as number[];
    const lowest = column(report, 'frontier', 'error') as number[];
    expect(new Set(counted)).toEqual(new Set(['counted', 'not counted']));
    from.forEach((size, i) => {
      const sizes = counted[i] === 'counted' ? whole : bytes;
      const within = errors.filter((_, p) => sizes[p] <= size);
      expect(lowest[i]).toBe(Math.min(...within));
    });
    const words = report.notes.find((note) => note.startsWith('With orders counted'));
    expect(words).toMatch(/Raw coordinates from [\d,]+ bytes on\./);
    expect(report.plots.map(({ x, y }) => [x.scale, y.scale])).toEqual([
      ['log', 'log'],
      ['log', 'log'],
    ]);
    const published = report.plots[0].series.filter((series) => series.published);
    expect(published.map(({ points }) => points)).toEqual([[[31244 + 49856, 58691.88]]]);
  });

  it('compares NeuKron with the smallest other whose error is as low', async () => {
    const report = await run(quick, { parts: ['neukron', 'tsvd'], minutes: seconds });
    const own = column(report, 'advantage', 'bytes') as number[];
    const other = column(report, 'advantage', 'other-bytes') as number[];
    column(report, 'advantage', 'factor').forEach((factor, i) =>
      expect(factor).toBeCloseTo(other[i] / own[i], 12),
    );
  });

  it('leaves out a method that gives no result, and says why', async () => {
    const narrow = { ...unattended, memoryLimit: 2000 };
    const request = { id: 'sparse-trade-off', parts: ['cp', 'cmd'], seed: 0 };
    const report = await runBenchmark(request, narrow, () => {}, [quick]);
    const failed = report.notes.filter((note) => note.includes('gave no result: '));
    expect(failed.join(' ')).toMatch(/CP \(rank 50\) gave no result: .* Choose a smaller rank\./);
    const methods = column(report, 'points', 'method');
    expect(methods.length).toBeGreaterThan(1);
    expect(methods.length - 1 + failed.length).toBe(6 + 5);
  });

  it('leaves out what takes no tensors, and says so', async () => {
    const X = syntheticTensor(tinyTensor, 0, unattended);
    const data = await fileOf(
      'cube.tns',
      Array.from(X.values, (v, e) => `${X.indices.map((keys) => keys[e] + 1).join(' ')} ${v}`),
    );
    const report = await run(quick, { data, parts: ['tsvd', 'cp', 'tucker'] });
    expect(report.notes).toContain('Truncated SVD takes matrices only.');
    const methods = new Set(column(report, 'points', 'method'));
    expect(methods).toEqual(new Set(['Raw coordinates', 'CP', 'Tucker']));
    expect(report.notes.join(' ')).toContain('without NeuKron, it is');
  });
});
