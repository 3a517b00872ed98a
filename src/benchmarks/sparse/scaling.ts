import { part } from '../../engine/job';
import { fitNeuKron } from '../../engine/sparse/neukron';
import type { SparseTensor } from '../../engine/sparse/sparseTensor';
import type { Job } from '../../engine/job';
import type { BenchmarkInfo } from '../../protocol/benchmarks';
import {
  recordTables,
  type Benchmark,
  type BenchmarkContext,
  type BenchmarkResult,
  type TableDefinition,
} from '../benchmark';
import { anyTensor, emailData } from './benchmarkTensor';
import { growthColumns, growthRows, hiddenClaim, nonzerosClaim, type TimeAtSize } from './growth';
import { hiddenSizes } from './hidden';
import { neukronSource } from './published';
import { subsample } from './subsample';
import type { SyntheticShape } from './syntheticTensor';

const info: BenchmarkInfo = {
  id: 'neukron-scaling',
  title: 'NeuKron: scaling of an epoch',
  description:
    'Seconds of a training epoch of NeuKron against the number of nonzeros and of hidden units, with the exponents of their growth beside the published claims.',
  duration: 'about 2 minutes on two cores',
  parts: [
    { id: 'nonzeros', title: 'Number of nonzeros' },
    { id: 'hidden', title: 'Number of hidden units' },
  ],
  data: {
    ...emailData,
    synthetic: 'Synthetic matrix, 4,096 × 65,536 with 1,048,576 ones',
    title: 'Sparse matrix or tensor',
  },
};

const timesTable: TableDefinition = {
  id: 'times',
  title: 'Time of an epoch',
  caption: 'The fastest of the epochs timed. Prefixes are what the network is evaluated on.',
  columns: [
    { id: 'what', title: 'Varied', kind: 'text' },
    { id: 'nonzeros', title: 'Nonzeros', kind: 'number' },
    { id: 'hidden', title: 'Hidden units', kind: 'number' },
    { id: 'seconds', title: 'Time per epoch', unit: 's', kind: 'number', digits: 3 },
    { id: 'orders', title: 'Orders', unit: 's', kind: 'number', digits: 3 },
    { id: 'network', title: 'Gradient and step', unit: 's', kind: 'number', digits: 3 },
    { id: 'prefixes', title: 'Prefixes per nonzero', kind: 'number', digits: 3 },
    { id: 'epochs', title: 'Epochs timed', kind: 'number' },
  ],
};

const growthTable: TableDefinition = {
  id: 'growth',
  title: 'Growth of the time',
  caption: `The exponent p of time ~ n^p, by least squares on logarithms; it takes at least four sizes. Claims: ${neukronSource}. From 0.9 to 1.1 an exponent agrees with linear growth.`,
  columns: growthColumns,
};

export interface ScalingOptions {
  readonly synthetic: SyntheticShape;
  /** Shares of the nonzeros, ascending. */
  readonly shares: readonly number[];
  readonly hiddenSizes: readonly number[];
  /** Where nonzeros are varied. */
  readonly hidden: number;
  /** Where hidden units are varied. */
  readonly nonzeros: number;
  /** Timed, after one to warm up. */
  readonly epochs: number;
}

const defaults: ScalingOptions = {
  synthetic: {
    nonzeros: 2 ** 20,
    modes: [
      { size: 2 ** 12, least: 1, most: 2 ** 14, tail: 1.35 },
      { size: 2 ** 16, least: 1, most: 2 ** 9, tail: 1.5 },
    ],
    blocks: 64,
    scattered: 0.1,
    repeats: 0,
  },
  // With fewer nonzeros than columns, what is done for every column is most of the time.
  shares: [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1],
  hiddenSizes,
  hidden: 11,
  nonzeros: 2 ** 15,
  epochs: 2,
};

interface Timed extends TimeAtSize {
  readonly prefixes: number;
}

/** Epochs on samples of the nonzeros of one matrix, and with more and more hidden units. */
export function createScaling(options: ScalingOptions = defaults): Benchmark {
  return {
    info,
    async run(context): Promise<BenchmarkResult> {
      const recorder = recordTables(context, [timesTable, growthTable]);
      const { X, data, notes } = await anyTensor(context, options.synthetic);
      const cases = casesOf(X, options, context);
      const total = cases.reduce((sum, { work }) => sum + work, 0);
      const found = new Map<string, { readonly size: number; readonly timed: Timed }[]>();
      let done = 0;
      for (const { varied, sample, hidden, work } of cases) {
        const nonzeros = sample.values.length;
        const share = part(
          context.job,
          0.02 + (0.98 * done) / total,
          0.02 + (0.98 * (done + work)) / total,
        );
        done += work;
        share.report(0, `${nonzeros.toLocaleString('en-US')} nonzeros, ${hidden} hidden units`);
        const size = varied === 'nonzeros' ? nonzeros : hidden;
        const timed = await timeEpochs(sample, size, hidden, options.epochs, context.seed, share);
        recorder.add(timesTable.id, [
          varied,
          nonzeros,
          hidden,
          timed.time.mean,
          timed.time.orders,
          timed.time.network,
          timed.prefixes / nonzeros,
          options.epochs,
        ]);
        found.set(varied, [...(found.get(varied) ?? []), { size, timed }]);
      }
      for (const [varied, times] of found) {
        const claim = varied === 'nonzeros' ? nonzerosClaim : hiddenClaim;
        for (const row of growthRows(
          times.map(({ timed }) => timed),
          claim,
          varied,
        )) {
          recorder.add(growthTable.id, row);
        }
      }
      return {
        data,
        tables: recorder.tables(),
        plots: [...found].map(([varied, times]) => ({
          id: `time-by-${varied.replace(' ', '-')}`,
          title: `Time of an epoch by ${varied}`,
          x: { title: varied === 'nonzeros' ? 'Nonzeros' : 'Hidden units', scale: 'log' },
          y: { title: 'Time per epoch', unit: 's', scale: 'log' },
          series: (
            [
              ['Whole epoch', 'mean'],
              ['Orders', 'orders'],
              ['Gradient and step', 'network'],
            ] as const
          ).map(([title, key]) => ({
            title,
            points: times.map(({ size, timed }) => [size, timed.time[key]] as const),
          })),
        })),
        notes: [
          ...notes,
          ...(found.has('nonzeros')
            ? [
                `Smaller sets are samples of the nonzeros, drawn at random, with ${options.hidden} hidden units. Positions that begin alike are evaluated once: the more nonzeros there are, the more of them share their beginnings, so that the time grows a little less than in proportion.`,
              ]
            : []),
          ...(found.has('hidden units')
            ? [
                'A step of the network with h hidden units takes about 4h² multiplications. A graphics processor does those of a small network side by side, so that its time hardly grows with h; a processor core does them one after the other.',
              ]
            : []),
        ],
      };
    },
  };
}

interface Case {
  readonly varied: 'nonzeros' | 'hidden units';
  readonly sample: SparseTensor;
  readonly hidden: number;
  /** Multiplications, roughly. */
  readonly work: number;
}

function casesOf(
  X: SparseTensor,
  { shares, hidden, hiddenSizes: sizes, nonzeros }: ScalingOptions,
  { parts, seed }: BenchmarkContext,
): Case[] {
  const makeCase = (varied: Case['varied'], sample: SparseTensor, units: number): Case => ({
    varied,
    sample,
    hidden: units,
    work: sample.values.length * (units + 20) ** 2,
  });
  const counts = [...new Set(shares.map((share) => Math.ceil(share * X.values.length)))];
  const sample = subsample(X, nonzeros, seed);
  return [
    ...(parts.includes('nonzeros')
      ? counts.map((count) => makeCase('nonzeros', subsample(X, count, seed), hidden))
      : []),
    ...(parts.includes('hidden')
      ? sizes.map((units) => makeCase('hidden units', sample, units))
      : []),
  ];
}

async function timeEpochs(
  X: SparseTensor,
  size: number,
  hidden: number,
  epochs: number,
  seed: number,
  job: Job,
): Promise<Timed> {
  const quiet: Job = { ...job, throwIfCancelled: () => job.throwIfCancelled(), report() {} };
  let fastest = { mean: Infinity, orders: Infinity, network: Infinity };
  let prefixes = 0;
  await fitNeuKron(
    X,
    // Orders are updated from the beginning, as in most epochs of a training and in the published times.
    { hidden, seed, epochs: epochs + 1, orderWarmup: 0 },
    quiet,
    ({ epoch, times, ...report }) => {
      job.report(epoch / (epochs + 1));
      const network = (times.gradient + times.step) / 1000;
      const orders = times.orders / 1000;
      if (epoch > 1 && orders + network < fastest.mean) {
        fastest = { mean: orders + network, orders, network };
        prefixes = report.prefixes;
      }
    },
  );
  return { size, time: fastest, prefixes };
}
