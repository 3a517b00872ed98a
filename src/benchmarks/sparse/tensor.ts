import { part, type Job } from '../../engine/job';
import { fitCp } from '../../engine/sparse/cp';
import { parameterLayout } from '../../engine/sparse/neukron/parameters';
import { positionCode } from '../../engine/sparse/neukron/positionCode';
import { orderBytes, rawBytes } from '../../engine/sparse/sizes';
import type { SparseModel } from '../../engine/sparse/sparseModel';
import { squaredNorm, type SparseTensor } from '../../engine/sparse/sparseTensor';
import { fitTucker } from '../../engine/sparse/tucker';
import type { BenchmarkInfo, BenchmarkSeries } from '../../protocol/benchmarks';
import {
  recordTables,
  type Benchmark,
  type BenchmarkResult,
  type TableDefinition,
  type TableRecorder,
} from '../benchmark';
import { exampleData, exampleLikeTensor } from './benchmarkTensor';
import { exampleSource, exampleTensor } from './published';
import { exampleLike, type SyntheticShape } from './syntheticTensor';
import { isMilestone, named, thinned, TimeShare, trainFor, type TrainingRun } from './training';
import { trainingMinutes, trainingNote } from './trainingWords';

const info: BenchmarkInfo = {
  id: 'neukron-tensor',
  title: 'NeuKron: a tensor of three modes',
  description:
    'Error over epochs and parameters of NeuKron on a sparse tensor of three modes, beside CP and Tucker of comparable size.',
  duration: 'as many minutes as it is given',
  parts: [
    { id: 'neukron', title: 'NeuKron' },
    { id: 'cp', title: 'CP' },
    { id: 'tucker', title: 'Tucker' },
  ],
  data: exampleData,
  minutes: trainingMinutes,
};

const methodsTable: TableDefinition = {
  id: 'methods',
  title: 'Error by method and size',
  caption: `Squared error over all entries, zeros included. CP and Tucker come once for each network, as large as they can be without exceeding it and its orders: a network takes 4 bytes a number, they take 8. Published: ${exampleSource}.`,
  columns: [
    { id: 'method', title: 'Method', kind: 'text' },
    { id: 'setting', title: 'Setting', kind: 'text' },
    { id: 'parameters', title: 'Parameters', kind: 'number' },
    { id: 'bytes', title: 'Size with orders', unit: 'bytes', kind: 'number' },
    { id: 'error', title: 'Squared error', kind: 'number', digits: 7 },
    { id: 'left', title: 'Of the squared norm', unit: '%', kind: 'number' },
    { id: 'published', title: 'Squared error', kind: 'number', digits: 7, published: true },
    { id: 'steps', title: 'Epochs or sweeps', kind: 'number' },
    { id: 'seconds', title: 'Time of one', unit: 's', kind: 'number', digits: 3 },
  ],
};

const epochsTable: TableDefinition = {
  id: 'epochs',
  title: 'Error over epochs',
  caption: 'After epochs or sweeps 1, 2, 5, 10, 20, 50 and so on.',
  columns: [
    { id: 'method', title: 'Method', kind: 'text' },
    { id: 'setting', title: 'Setting', kind: 'text' },
    { id: 'epoch', title: 'Epoch or sweep', kind: 'number' },
    { id: 'error', title: 'Squared error', kind: 'number', digits: 7 },
  ],
};

export interface TensorOptions {
  readonly synthetic: SyntheticShape;
  readonly hiddenSizes: readonly number[];
}

const defaults: TensorOptions = {
  synthetic: exampleLike,
  hiddenSizes: [11, 30, exampleTensor.checkpoint.hidden],
};

/** A finished fit, as a point of one plot and a curve of the other. */
interface Fit {
  readonly method: string;
  readonly setting: string;
  readonly bytes: number;
  readonly error: number;
  readonly curve: readonly (readonly [step: number, error: number])[];
}

/** NeuKron on a tensor of three or more modes, beside what else takes tensors. */
export function createTensor({ synthetic, hiddenSizes }: TensorOptions = defaults): Benchmark {
  return {
    info,
    async run(context): Promise<BenchmarkResult> {
      const { job, seed, parts, minutes = trainingMinutes.default } = context;
      const recorder = recordTables(context, [methodsTable, epochsTable]);
      const { X, data, notes } = await exampleLikeTensor(context, synthetic);
      const fits: Fit[] = [];
      const runs: TrainingRun[] = [];
      const time = new TimeShare(minutes, hiddenSizes.length);
      // Training takes nearly all of the time.
      const works = parts.flatMap((id) =>
        hiddenSizes.map((hidden) => ({ id, hidden, weight: id === 'neukron' ? 20 : 1 })),
      );
      const total = works.reduce((sum, { weight }) => sum + weight, 0);
      let done = 0;
      for (const { id, hidden, weight } of works) {
        const share = part(
          job,
          0.02 + (0.98 * done) / total,
          0.02 + (0.98 * (done + weight)) / total,
        );
        done += weight;
        if (id === 'neukron') {
          const run = await time.next((ms) => trainNetwork(X, hidden, seed, ms, share, recorder));
          runs.push(run);
          fits.push(finished(X, run, hidden, recorder));
        } else {
          const limit = networkBytes(X, hidden);
          fits.push(await fitRival(X, id === 'cp' ? 'cp' : 'tucker', limit, seed, share, recorder));
        }
      }
      return {
        data,
        tables: recorder.tables(),
        plots: [
          {
            id: 'error-by-epoch',
            title: 'Error over epochs and sweeps',
            x: { title: 'Epoch or sweep', scale: 'log' },
            y: { title: 'Squared error', scale: 'linear' },
            series: fits.map(({ method, setting, curve }) => ({
              title: `${method}, ${setting}`,
              points: thinned(curve),
            })),
          },
          {
            id: 'error-by-size',
            title: 'Error by size',
            x: { title: 'Size with orders', unit: 'bytes', scale: 'log' },
            y: { title: 'Squared error', scale: 'linear' },
            series: seriesByMethod(fits),
          },
        ],
        notes: [
          ...notes,
          ...(runs.length > 0 ? [trainingNote(minutes, runs)] : []),
          `As coordinates the tensor takes ${rawBytes(X).toLocaleString('en-US')} bytes.`,
          ...(runs.length > 0
            ? [
                `The loss published with the checkpoint is above the squared norm of the example, ${exampleTensor.squaredNorm.toLocaleString('en-US')}: that network, with a learned scale, is worse than storing nothing.`,
              ]
            : []),
        ],
      };
    },
  };
}

async function trainNetwork(
  X: SparseTensor,
  hidden: number,
  seed: number,
  ms: number,
  job: Job,
  recorder: TableRecorder,
): Promise<TrainingRun> {
  const setting = settingOf(hidden);
  return trainFor(X, { hidden, seed }, ms, named(job, `NeuKron, ${setting}`), ({ epoch, loss }) => {
    if (isMilestone(epoch)) {
      recorder.add(epochsTable.id, ['NeuKron', setting, epoch, loss]);
    }
  });
}

function finished(
  X: SparseTensor,
  { model, epochs, time }: TrainingRun,
  hidden: number,
  recorder: TableRecorder,
): Fit {
  const { squaredError, parameters, bytes, orderBytes: orders } = model;
  const setting = settingOf(hidden);
  const { checkpoint } = exampleTensor;
  recorder.add(methodsTable.id, [
    'NeuKron',
    setting,
    parameters,
    bytes + orders,
    squaredError,
    (100 * squaredError) / squaredNorm(X),
    hidden === checkpoint.hidden ? checkpoint.loss : null,
    epochs.length,
    time.mean,
  ]);
  return {
    method: 'NeuKron',
    setting,
    bytes: bytes + orders,
    error: squaredError,
    curve: epochs.map(({ epoch, loss }) => [epoch, loss] as const),
  };
}

/** CP or Tucker with the largest rank within `limit` bytes. */
async function fitRival(
  X: SparseTensor,
  method: 'cp' | 'tucker',
  limit: number,
  seed: number,
  job: Job,
  recorder: TableRecorder,
): Promise<Fit> {
  const title = method === 'cp' ? 'CP' : 'Tucker';
  const rank = largestRank(X.dims, method, limit);
  const setting = method === 'cp' ? `rank ${rank}` : `core of side ${rank}`;
  const curve: (readonly [number, number])[] = [];
  const listen = ({ step, squaredError }: { step: number; squaredError: number }): void => {
    curve.push([step, squaredError]);
    if (isMilestone(step)) {
      recorder.add(epochsTable.id, [title, setting, step, squaredError]);
    }
  };
  const share = named(job, `${title}, ${setting}`);
  share.report(0);
  const model: SparseModel =
    method === 'cp'
      ? await fitCp(X, { rank, seed }, share, listen)
      : await fitTucker(X, { ranks: rank, seed }, share, listen);
  const { squaredError, parameters, bytes, elapsedMs } = model;
  recorder.add(methodsTable.id, [
    title,
    setting,
    parameters,
    bytes,
    squaredError,
    (100 * squaredError) / squaredNorm(X),
    null,
    curve.length,
    elapsedMs / 1000 / Math.max(1, curve.length),
  ]);
  return { method: title, setting, bytes, error: squaredError, curve };
}

/** Bytes of a network with its orders, known before it is trained. */
function networkBytes(X: SparseTensor, hidden: number): number {
  const modes = positionCode(X.dims).bits.length;
  return 4 * parameterLayout({ cell: 'lstm', hidden, modes }).count + orderBytes(X.dims);
}

/** The largest rank, or side of a cubic core, whose 8-byte numbers fit into `limit` bytes; at least 1. */
export function largestRank(
  dims: readonly number[],
  method: 'cp' | 'tucker',
  limit: number,
): number {
  const rows = dims.reduce((sum, size) => sum + size, 0);
  const bytes = (rank: number): number =>
    8 * (rank * rows + (method === 'tucker' ? rank ** dims.length : 0));
  let rank = 1;
  // A core wider than a mode is clipped to it.
  const most = method === 'tucker' ? Math.min(...dims) : Infinity;
  while (rank < most && bytes(rank + 1) <= limit) {
    rank++;
  }
  return rank;
}

function settingOf(hidden: number): string {
  return `${hidden} hidden units`;
}

function seriesByMethod(fits: readonly Fit[]): BenchmarkSeries[] {
  return [...new Set(fits.map(({ method }) => method))].map((method) => ({
    title: method,
    points: fits
      .filter((fit) => fit.method === method)
      .map(({ bytes, error }) => [bytes, error] as const),
  }));
}
