import type {
  BenchmarkHistoryEntry,
  BenchmarkInfo,
  BenchmarkReport,
  BenchmarkTable,
} from '../../src/protocol/benchmarks';

export const benchmarks: readonly BenchmarkInfo[] = [
  {
    id: 'decompositions',
    title: 'Decompositions of convolutions',
    description:
      'Factorises convolutions at equal shares of their parameters, and compares the errors.',
    duration: 'about 5 minutes on two cores',
    parts: [
      { id: 'svd', title: 'Truncated SVD' },
      { id: 'tucker', title: 'Tucker' },
      { id: 'tt', title: 'Tensor Train' },
    ],
  },
  {
    id: 'throughput',
    title: 'Throughput of products',
    description: 'Multiplies matrices of growing size.',
    duration: 'about 30 seconds',
    parts: [{ id: 'gram', title: 'Gram matrices' }],
  },
  {
    id: 'training',
    title: 'Training on sparse data',
    description: 'Trains on a sparse matrix.',
    duration: 'as many minutes as it is given',
    parts: [{ id: 'one', title: 'One' }],
    data: {
      synthetic: 'Synthetic matrix, 1,005 × 25,919',
      title: 'Sparse matrix',
      description: 'The published figures are those of another matrix.',
      extensions: ['mtx', 'gz'],
    },
    minutes: { default: 2, choices: [2, 10, 60] },
  },
];

const layers = ['conv1', 'layer1.0.conv1', 'layer2.0.conv2', 'layer3.1.conv1', 'layer4.1.conv2'];
const methods = ['SVD', 'Tucker', 'Tensor Train'];
const levels = [0.1, 0.2, 0.3, 0.5, 0.75, 0.9];

const errorAt = (method: number, level: number) =>
  0.9 * (1 - level) ** (1.4 + 0.25 * method) + 0.0041 * (method + 1);

/** The table of errors; `speed` scales the times, as another machine would. */
export function errorTable(speed = 1): BenchmarkTable {
  return {
    id: 'errors',
    title: 'Relative error at equal parameters',
    caption:
      'Published figures: Lebedev et al. (2015), table 2; there a GTX 780 was used, and weights of AlexNet.',
    columns: [
      { id: 'layer', title: 'Layer', kind: 'text' },
      { id: 'method', title: 'Method', kind: 'text' },
      { id: 'parameters', title: 'Parameters', kind: 'number' },
      { id: 'kept', title: 'Kept', kind: 'number', digits: 3 },
      { id: 'error', title: 'Relative error', kind: 'number' },
      { id: 'publishedError', title: 'Relative error', kind: 'number', published: true },
      { id: 'time', title: 'Time', unit: 'ms', kind: 'number', digits: 3 },
    ],
    rows: layers.flatMap((layer, at) =>
      methods.flatMap((method, m) =>
        levels.map((level, l) => [
          layer,
          method,
          9216 * 4 ** at,
          level,
          errorAt(m, level) + at * 0.003,
          l % 2 === 0 && at < 3 ? Number((errorAt(m, level) * 1.04).toFixed(3)) : null,
          speed * (3.7 * 3 ** at + m * 11.3 + l * 0.3),
        ]),
      ),
    ),
  };
}

const ownTime = '2026-02-03T09:41:22.000Z';
export const earlierTime = '2026-01-28T16:05:10.000Z';

export function reportOf({
  id = 'decompositions',
  speed = 1,
  startedAt = ownTime,
} = {}): BenchmarkReport {
  const info = benchmarks.find((one) => one.id === id);
  return {
    id,
    title: info?.title ?? id,
    description: info?.description ?? '',
    parts: info?.parts.map((part) => part.id) ?? [],
    seed: 0,
    startedAt,
    elapsedMs: 271_400 * speed,
    environment: {
      toolVersion: speed === 1 ? '0.2.0' : '0.1.0',
      system: 'Linux 6.1 x64',
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      memoryBytes: 8.2e9,
      runtime: 'Node 22.20.0',
      backend: 'wasm',
      threads: 2,
      kernels: 'relaxed',
    },
    tables: [
      errorTable(speed),
      {
        id: 'gram',
        title: 'Gram matrices',
        columns: [
          { id: 'n', title: 'n', kind: 'number' },
          { id: 'rate', title: 'Rate', unit: 'GFLOP/s', kind: 'number', digits: 3 },
        ],
        rows: [128, 256, 512, 1024].map((n, i) => [n, (11.3 + 4.21 * i) / speed]),
      },
    ],
    plots: [
      {
        id: 'error-by-kept',
        title: 'Relative error against kept parameters, layer2.0.conv2',
        x: { title: 'Kept', scale: 'linear' },
        y: { title: 'Relative error', scale: 'log' },
        series: [
          ...methods.map((title, m) => ({
            title,
            points: levels.map((level) => [level, errorAt(m, level)] as const),
          })),
          {
            title: 'SVD',
            published: true,
            points: levels
              .filter((_, i) => i % 2 === 0)
              .map((level) => [level, errorAt(0, level) * 1.12] as const),
          },
        ],
      },
      {
        id: 'rate-by-n',
        title: 'Rate of Gram matrices',
        x: { title: 'n', scale: 'log' },
        y: { title: 'Rate', unit: 'GFLOP/s', scale: 'linear' },
        series: [
          {
            title: 'f32',
            points: [128, 256, 512, 1024].map((n, i) => [n, (11.3 + 4.21 * i) / speed] as const),
          },
          {
            title: 'f64',
            points: [128, 256, 512, 1024].map((n, i) => [n, (5.2 + 2.4 * i) / speed] as const),
          },
        ],
      },
    ],
    notes: [
      'Errors are those of the weights, relative to their norm; accuracy of a network is another matter.',
      'Published times were measured on another machine and are not shown beside ours.',
    ],
  };
}

function entryOf(key: string, report: BenchmarkReport): BenchmarkHistoryEntry {
  const { elapsedMs, environment, id, startedAt, title } = report;
  const { backend, toolVersion } = environment;
  return { key, id, title, startedAt, elapsedMs, toolVersion, backend };
}

export const reports: ReadonlyMap<string, BenchmarkReport> = new Map([
  ['now', reportOf()],
  ['other', reportOf({ id: 'throughput', startedAt: '2026-02-01T12:00:00.000Z' })],
  ['earlier', reportOf({ speed: 1.6, startedAt: earlierTime })],
]);

export const entries = [...reports].map(([key, report]) => entryOf(key, report));
