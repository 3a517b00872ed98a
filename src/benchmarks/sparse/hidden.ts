import { part } from '../../engine/job';
import { squaredNorm } from '../../engine/sparse/sparseTensor';
import type { BenchmarkInfo } from '../../protocol/benchmarks';
import {
  recordTables,
  type Benchmark,
  type BenchmarkResult,
  type TableDefinition,
} from '../benchmark';
import { emailData, emailMatrix } from './benchmarkTensor';
import { growthColumns, growthRows, hiddenClaim } from './growth';
import { emailEpoch, neukronSource } from './published';
import { emailLike, type SyntheticShape } from './syntheticTensor';
import { named, thinned, TimeShare, trainFor, type TrainingRun } from './training';
import { trainingMinutes, trainingNote } from './trainingWords';

export const hiddenSizes = [5, 11, 30, 60, 90] as const;

const info: BenchmarkInfo = {
  id: 'neukron-hidden',
  title: 'NeuKron: hidden units',
  description:
    'Error, seconds per epoch and parameters of NeuKron on a sparse matrix against the number of hidden units.',
  duration: 'as many minutes as it is given, at least an epoch for each size',
  parts: hiddenSizes.map((hidden) => ({ id: `h-${hidden}`, title: `${hidden} hidden units` })),
  data: emailData,
  minutes: trainingMinutes,
};

const sizesTable: TableDefinition = {
  id: 'sizes',
  title: 'Error, time and parameters',
  caption: `Published: seconds per epoch on email with 30 hidden units, on a graphics processor; ${neukronSource}, Table 2. The other sizes are in its figures only.`,
  columns: [
    { id: 'hidden', title: 'Hidden units', kind: 'number' },
    { id: 'parameters', title: 'Parameters', kind: 'number' },
    { id: 'bytes', title: 'Size', unit: 'bytes', kind: 'number' },
    { id: 'orders', title: 'Orders on top', unit: 'bytes', kind: 'number' },
    { id: 'epochs', title: 'Epochs', kind: 'number' },
    { id: 'error', title: 'Squared error', kind: 'number', digits: 7 },
    { id: 'left', title: 'Of the squared norm', unit: '%', kind: 'number' },
    { id: 'seconds', title: 'Time per epoch', unit: 's', kind: 'number', digits: 3 },
    { id: 'seconds-se', title: 'Standard error', unit: 's', kind: 'number', digits: 2 },
    {
      id: 'published-seconds',
      title: 'Time per epoch',
      unit: 's',
      kind: 'number',
      digits: 2,
      published: true,
    },
    { id: 'order-seconds', title: 'Orders per epoch', unit: 's', kind: 'number', digits: 3 },
    { id: 'network-seconds', title: 'Network per epoch', unit: 's', kind: 'number', digits: 3 },
  ],
};

const growthTable: TableDefinition = {
  id: 'growth',
  title: 'Growth with hidden units',
  caption: `The exponent p of time ~ h^p, by least squares on logarithms; it takes at least four sizes. Claim: ${neukronSource}.`,
  columns: growthColumns,
};

export interface HiddenOptions {
  readonly synthetic: SyntheticShape;
}

/** NeuKron with more and more hidden units on one matrix. */
export function createHidden({ synthetic }: HiddenOptions = { synthetic: emailLike }): Benchmark {
  return {
    info,
    async run(context): Promise<BenchmarkResult> {
      const { job, seed, minutes = trainingMinutes.default } = context;
      const recorder = recordTables(context, [sizesTable, growthTable]);
      const { X, data, notes } = await emailMatrix(context, synthetic);
      const norm = squaredNorm(X);
      const sizes = hiddenSizes.filter((hidden) => context.parts.includes(`h-${hidden}`));
      const time = new TimeShare(minutes, sizes.length);
      const runs: { readonly hidden: number; readonly run: TrainingRun }[] = [];
      for (const [i, hidden] of sizes.entries()) {
        const share = part(
          job,
          0.02 + (0.98 * i) / sizes.length,
          0.02 + (0.98 * (i + 1)) / sizes.length,
        );
        const run = await time.next((ms) =>
          trainFor(X, { hidden, seed }, ms, named(share, `${hidden} hidden units`)),
        );
        const { squaredError, parameters, bytes, orderBytes } = run.model;
        recorder.add(sizesTable.id, [
          hidden,
          parameters,
          bytes,
          orderBytes,
          run.epochs.length,
          squaredError,
          (100 * squaredError) / norm,
          run.time.mean,
          run.time.standardError ?? null,
          hidden === emailEpoch.hidden ? emailEpoch.mean : null,
          run.time.orders,
          run.time.network,
        ]);
        runs.push({ hidden, run });
      }
      for (const row of growthRows(
        runs.map(({ hidden, run }) => ({ size: hidden, time: run.time })),
        hiddenClaim,
      )) {
        recorder.add(growthTable.id, row);
      }
      return {
        data,
        tables: recorder.tables(),
        plots: [
          {
            id: 'error-by-size',
            title: 'Error by size',
            x: { title: 'Size', unit: 'bytes', scale: 'log' },
            y: { title: 'Squared error', scale: 'linear' },
            series: [
              {
                title: 'NeuKron',
                points: runs.map(({ run }) => [run.model.bytes, run.model.squaredError] as const),
              },
            ],
          },
          {
            id: 'time-by-hidden',
            title: 'Time per epoch by hidden units',
            x: { title: 'Hidden units', scale: 'log' },
            y: { title: 'Time per epoch', unit: 's', scale: 'log' },
            series: [
              {
                title: 'Whole epoch',
                points: runs.map(({ hidden, run }) => [hidden, run.time.mean] as const),
              },
              {
                title: 'Whole epoch',
                published: true,
                points: [[emailEpoch.hidden, emailEpoch.mean]],
              },
            ],
          },
          {
            id: 'error-by-time',
            title: 'Error during training',
            x: { title: 'Time of training', unit: 's', scale: 'linear' },
            y: { title: 'Squared error', scale: 'linear' },
            series: runs.map(({ hidden, run }) => ({
              title: `${hidden} hidden units`,
              points: thinned(run.epochs).map(({ seconds, loss }) => [seconds, loss] as const),
            })),
          },
        ],
        notes: [
          ...notes,
          trainingNote(
            minutes,
            runs.map(({ run }) => run),
          ),
          'The same time gives a larger network fewer epochs: errors compare at equal time, not at equal epochs.',
          'A step of the network with h hidden units takes about 4h² multiplications. A graphics processor does those of a small network side by side, so that its time hardly grows with h; a processor core does them one after the other.',
        ],
      };
    },
  };
}
