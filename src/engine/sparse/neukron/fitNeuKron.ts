import { setImmediate as nextTurn } from 'node:timers/promises';
import { part, unattended, type Job } from '../../job';
import { kernels } from '../../kernels';
import type { SparseModel } from '../sparseModel';
import { squaredNorm, type SparseTensor } from '../sparseTensor';
import { orderBytes, relativeError } from '../sizes';
import { readArtefact, writeArtefact } from './artefact';
import { Decoder } from './decoder';
import { fileErrors, storedPart } from './fileErrors';
import { settingsOf, type NeuKronOptions, type NeuKronSettings, type SignedInput } from './options';
import { exactSquaredError, negativePart, positivePart, signsOf, withSigns } from './signed';
import { copyProgress, fingerprintOf, requireSameTensor, type NeuKronState } from './state';
import type { NumberType } from './storedNetwork';
import { Trainer, type EpochReport } from './trainer';

export interface FitNeuKronOptions extends NeuKronOptions {
  /** 'reject'. */
  readonly signed?: SignedInput;
  /** Of the numbers in the file; 'float32'. */
  readonly type?: NumberType;
  /**
   * Goes on with a run; its settings but for `epochs` and `patience` hold. Of two models a state for
   * each, undefined for one not begun.
   */
  readonly resume?: NeuKronState | readonly (NeuKronState | undefined)[];
  /** Stops after the epoch in which so many milliseconds have passed; of two models half for each. */
  readonly timeLimit?: number;
}

/** Called after every epoch; `state` copies the run. With two models, `model` says which. */
export type EpochListener = (report: EpochReport, state: () => NeuKronState, model: 0 | 1) => void;

export interface NeuKronModel extends SparseModel {
  readonly method: 'neukron';
  /**
   * The file, with or without orders; without them it stands for the tensor up to reordering. With
   * another `type` than the fit's, a closed-form scale is computed anew for the rounded numbers.
   * @throws CancelledError.
   */
  artefact(
    options: { readonly withOrders: boolean; readonly type?: NumberType },
    job?: Job,
  ): Uint8Array;
  readonly decoder: Decoder;
  /** The runs' ends, one for each model. */
  readonly states: readonly NeuKronState[];
}

/** Elements up to which the error of the real part is added up explicitly. */
const enumerable = 2 ** 22;

/**
 * Fits NeuKron (methods: an LSTM generates a Kronecker-like product, rows and columns are reordered to
 * fit it) to a sparse matrix or tensor. `squaredError` is ||X - X~||^2 over the grid padded to powers of
 * two, of the numbers as the file stores them; `bytes` counts 4 bytes for each parameter of the network,
 * as published, and `details.fileBytes` the file without orders.
 * @throws UsageError for negative values unless `signed` says otherwise, and for settings out of range;
 * CancelledError; OutOfMemoryError.
 */
export async function fitNeuKron(
  X: SparseTensor,
  options: FitNeuKronOptions = {},
  job: Job = unattended,
  report: EpochListener = () => {},
): Promise<NeuKronModel> {
  const started = performance.now();
  const signed = options.signed ?? 'reject';
  const { resume = [], timeLimit = Infinity } = options;
  const states: readonly (NeuKronState | undefined)[] = 'progress' in resume ? [resume] : resume;
  if (signed === 'two-models') {
    const halves = [positivePart(X), negativePart(X)];
    const trainers: Trainer[] = [];
    for (const [i, half] of halves.entries()) {
      const share = part(job, i / 2, (i + 1) / 2);
      trainers.push(
        await train(
          half,
          { ...options, timeLimit: timeLimit / 2 },
          states[i],
          share,
          (epoch, state) => report(epoch, state, i as 0 | 1),
        ),
      );
    }
    return modelOf(X, halves, trainers, options, signed, job, started);
  }
  const magnitudes = signed === 'signs' ? { ...X, values: X.values.map(Math.abs) } : X;
  const trainer = await train(magnitudes, options, states[0], job, (epoch, state) =>
    report(epoch, state, 0),
  );
  return modelOf(X, [magnitudes], [trainer], options, signed, job, started);
}

async function train(
  X: SparseTensor,
  options: FitNeuKronOptions,
  resume: NeuKronState | undefined,
  job: Job,
  report: (report: EpochReport, state: () => NeuKronState) => void,
): Promise<Trainer> {
  const settings = settingsOf(
    resume
      ? {
          ...resume.settings,
          epochs: options.epochs ?? resume.settings.epochs,
          patience: options.patience ?? resume.settings.patience,
        }
      : options,
  );
  if (resume) {
    requireSameTensor(resume, X);
  }
  const trainer = new Trainer(X, settings, job, resume && copyProgress(resume.progress));
  const end = performance.now() + (options.timeLimit ?? Infinity);
  let fingerprint: string | undefined;
  while (!trainer.isDone && performance.now() < end) {
    // A caller on the same thread may want to cancel.
    await nextTurn();
    const done = trainer.epoch(job);
    report(done, () => stateOf(trainer, (fingerprint ??= fingerprintOf(X))));
    job.report(done.epoch / settings.epochs, `epoch ${done.epoch}`);
  }
  return trainer;
}

function stateOf(trainer: Trainer, fingerprint: string): NeuKronState {
  const { settings, X, progress } = trainer;
  return { settings, dims: X.dims, fingerprint, progress: copyProgress(progress) };
}

function modelOf(
  X: SparseTensor,
  halves: readonly SparseTensor[],
  trainers: readonly Trainer[],
  options: FitNeuKronOptions,
  signed: SignedInput,
  job: Job,
  started: number,
): NeuKronModel {
  const type = options.type ?? 'float32';
  const signs = signed === 'signs' ? signsOf(X) : undefined;
  const parts = trainers.map((trainer, i) => storedPart(halves[i], trainer, type, job));
  const runs = trainers.map(({ layout, settings, progress }) => ({ layout, settings, progress }));
  const artefact = (
    withOrders: boolean,
    wanted: NumberType = type,
    watching: Job = unattended,
  ): Uint8Array => {
    const stored =
      wanted === type ? parts : runs.map((run, i) => storedPart(halves[i], run, wanted, watching));
    return writeArtefact(X.dims, stored, { type: wanted, withOrders, signs });
  };
  const file = readArtefact(artefact(true));
  const decoder = new Decoder(file);
  const { ofParts, bound } = fileErrors(halves, file, job);
  const elements = X.dims.reduce((product, size) => product * size, 1);
  const real =
    elements <= enumerable && signed !== 'signs' ? exactSquaredError(X, decoder, job) : undefined;
  const isTwo = parts.length > 1;
  const squaredError = isTwo ? (real ?? bound) : ofParts[0];
  const norm = squaredNorm(X);
  const { settings, layout } = trainers[0];
  const parameters = parts.length * layout.count;
  const orders = orderBytes(X.dims);
  const signBytes = signs ? Math.ceil(signs.length / 8) : 0;
  const entry = (index: readonly number[]): number => decoder.entry(index);
  return {
    method: 'neukron',
    dims: X.dims,
    parameters,
    // Two models are related by the orders of the second relative to the first.
    bytes: 4 * parameters + signBytes + (isTwo ? orders : 0),
    orderBytes: orders,
    squaredError,
    relativeError: relativeError(squaredError, norm),
    entry: signs ? withSigns(X, entry) : entry,
    artefact: ({ withOrders, type: wanted }, watching) => artefact(withOrders, wanted, watching),
    decoder,
    states: trainers.map((trainer, i) => stateOf(trainer, fingerprintOf(halves[i]))),
    details: {
      ...describe(settings, signed, type),
      epochsDone: trainers.map(({ progress }) => progress.epoch),
      fileBytes: artefact(false).length,
      fileBytesWithOrders: artefact(true).length,
      threads: kernels().team.size,
      ...(real === undefined ? {} : { realSquaredError: real }),
      ...(isTwo && real === undefined ? { isUpperBound: true } : {}),
      ...(squaredError > norm ? { worseThanZero: true } : {}),
    },
    elapsedMs: performance.now() - started,
  };
}

function describe(
  settings: NeuKronSettings,
  signed: SignedInput,
  type: NumberType,
): Record<string, string | number | boolean> {
  const { order, ...plain } = settings;
  return { ...plain, order: typeof order === 'object' ? 'given' : order, signed, type };
}
