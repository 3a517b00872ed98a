import { part } from '../../engine/job';
import { rawBytes, relativeError } from '../../engine/sparse/sizes';
import { sparseMethods, type SparseModel } from '../../engine/sparse/sparseModel';
import { squaredNorm } from '../../engine/sparse/sparseTensor';
import { CancelledError, describeFailure } from '../../failures';
import type { BenchmarkInfo } from '../../protocol/benchmarks';
import { recordTables, type Benchmark, type BenchmarkResult } from '../benchmark';
import { anyTensor, emailData } from './benchmarkTensor';
import { emailErrors, emailEpoch } from './published';
import { emailLike, type SyntheticShape } from './syntheticTensor';
import { fitRival, isFor, methodTitles, tradeOffSettings } from './tradeOffSettings';
import type { TradeOffSetting } from './tradeOffSettings';
import {
  advantageRows,
  advantageTable,
  frontierRows,
  frontierTable,
  pointsTable,
  tradeOffNotes,
  tradeOffPlots,
  type Measured,
} from './tradeOffTables';
import { named, TimeShare, trainFor, type TrainingRun } from './training';
import { trainingMinutes, trainingNote } from './trainingWords';

const info: BenchmarkInfo = {
  id: 'sparse-trade-off',
  title: 'Sparse compression: error against bytes',
  description:
    'Bytes and squared error of NeuKron and the eight methods it is compared with, and of raw coordinates, with the sizes for which each is the best.',
  duration:
    'the minutes that NeuKron is given, and some minutes for the others; bACCAMS takes the longest of them',
  parts: sparseMethods.map((id) => ({ id, title: methodTitles[id] })),
  data: { ...emailData, title: 'Sparse matrix or tensor' },
  minutes: trainingMinutes,
};

export interface TradeOffOptions {
  readonly synthetic: SyntheticShape;
  /** Which of the settings are run; all unless said. */
  readonly takes?: (setting: TradeOffSetting) => boolean;
}

/** Every method of sparse compression on the same matrix or tensor, from small to large. */
export function createTradeOff(options: TradeOffOptions = { synthetic: emailLike }): Benchmark {
  return {
    info,
    async run(context): Promise<BenchmarkResult> {
      const { job, seed, parts, minutes = trainingMinutes.default } = context;
      const recorder = recordTables(context, [pointsTable, frontierTable, advantageTable]);
      const { X, data, notes } = await anyTensor(context, options.synthetic);
      const norm = squaredNorm(X);
      const methods = sparseMethods.filter((method) => parts.includes(method));
      const settings = tradeOffSettings(X.dims, methods).filter(options.takes ?? (() => true));
      const trained = settings.filter(({ method }) => method === 'neukron').length;
      const time = new TimeShare(minutes, trained);
      const total = settings.reduce((sum, { method }) => sum + weights[method], 0);
      const measured: Measured[] = [];
      const runs: TrainingRun[] = [];
      const leftOut = methods
        .filter((method) => !isFor(method, X.dims))
        .map((method) => `${methodTitles[method]} takes matrices only.`);
      recorder.add(pointsTable.id, [
        'Raw coordinates',
        'lossless',
        null,
        rawBytes(X),
        0,
        rawBytes(X),
        0,
        0,
        null,
        null,
        null,
      ]);
      let done = 0;
      for (const setting of settings) {
        const { method, label } = setting;
        const share = part(
          job,
          0.02 + (0.98 * done) / total,
          0.02 + (0.98 * (done + weights[method])) / total,
        );
        done += weights[method];
        const at = named(share, `${methodTitles[method]}, ${label}`);
        at.report(0);
        let model: SparseModel;
        try {
          if (method === 'neukron') {
            const run = await time.next((ms) => trainFor(X, { ...setting.options, seed }, ms, at));
            runs.push(run);
            model = run.model;
          } else {
            model = await fitRival(X, method, { ...setting.options, seed }, at);
          }
        } catch (thrown) {
          if (thrown instanceof CancelledError) {
            throw thrown;
          }
          // One method that cannot do it leaves the others their say.
          leftOut.push(
            `${methodTitles[method]} (${label}) gave no result: ${describeFailure(thrown).message}`,
          );
          continue;
        }
        const { parameters, bytes, orderBytes, squaredError, elapsedMs } = model;
        recorder.add(pointsTable.id, [
          methodTitles[method],
          label,
          parameters,
          bytes,
          orderBytes,
          bytes + orderBytes,
          squaredError,
          100 * relativeError(squaredError, norm),
          elapsedMs / 1000,
          setting.isPublished ? 'yes' : 'no',
          method === 'neukron' && setting.options.hidden === emailEpoch.hidden
            ? emailErrors[1].mean
            : null,
        ]);
        measured.push({
          method: methodTitles[method],
          label,
          bytes,
          orderBytes,
          error: squaredError,
        });
      }
      const found = { measured, raw: rawBytes(X), norm };
      frontierRows(found).forEach((row) => recorder.add(frontierTable.id, row));
      advantageRows(found).forEach((row) => recorder.add(advantageTable.id, row));
      return {
        data,
        tables: recorder.tables(),
        plots: tradeOffPlots(found, X.dims),
        notes: [
          ...notes,
          ...(runs.length > 0 ? [trainingNote(minutes, runs)] : []),
          ...tradeOffNotes(found),
          ...leftOut,
        ],
      };
    },
  };
}

/** Time of a setting, roughly: only good for sharing out a progress bar. */
const weights: Readonly<Record<TradeOffSetting['method'], number>> = {
  neukron: 25,
  kronfit: 15,
  tsvd: 1,
  cur: 1,
  cmd: 1,
  accams: 5,
  baccams: 60,
  cp: 1,
  tucker: 1,
};
