import { UsageError } from '../../../failures';
import { kernelInfo } from '../../kernels';
import { unattended, type Job } from '../../job';
import { requireRoom } from '../fitting';
import { fitNeuKron, type SignedInput } from '../neukron';
import { settingsOf } from '../neukron/options';
import { parameterLayout } from '../neukron/parameters';
import { positionCode } from '../neukron/positionCode';
import { rawBytes } from '../sizes';
import type { SparseTensor } from '../sparseTensor';
import { gammaFor, leastGamma } from './kronFit';
import { largestWithin } from './ladder';
import { methodEntry, type Training, type TrainingStates } from './methodEntry';
import { ordersOf, pausedAt, standingModel } from './neuKronStanding';
import { choice, flag, numeric, unbounded, whole, type ValuesOf } from './optionTable';
import { profileOf } from './profile';

/** What the fit takes for settings left out. */
const defaults = settingsOf({});

/**
 * A setting more is a row more: its name is that of `NeuKronOptions`, and the fit is given all of
 * them. Stored signs are no choice here: their file can be read beside its source alone.
 */
const table = {
  hidden: whole({
    title: 'Hidden units',
    description: 'Units of the network, which decide about its size.',
    default: defaults.hidden,
    least: 1,
    most: 512,
    isMain: true,
  }),
  epochs: whole({
    title: 'Epochs',
    description: 'Epochs at most.',
    default: defaults.epochs,
    least: 0,
    most: 1_000_000,
  }),
  minutes: numeric({
    title: 'Minutes',
    description: 'The training pauses after so many minutes and can be continued; 0 for no limit.',
    default: 0,
    least: 0,
    most: 100_000,
  }),
  learningRate: numeric({
    title: 'Learning rate',
    description: 'Of Adam, in the first epoch.',
    default: defaults.learningRate,
    least: 1e-9,
    most: 100,
  }),
  decay: numeric({
    title: 'Decay of the learning rate',
    description: 'In epoch e the rate is the first one divided by 1 + decay e; 0 keeps it.',
    default: defaults.decay,
    least: 0,
    most: 1000,
  }),
  batches: whole({
    title: 'Batches',
    description:
      'Steps of a sweep, each by the gradient of a random share of the nonzeros; 1 for one step by all.',
    default: defaults.batches,
    least: 1,
    most: 65_536,
  }),
  sweeps: whole({
    title: 'Sweeps',
    description: 'Sweeps over the nonzeros between two updates of the orders.',
    default: defaults.sweeps,
    least: 1,
    most: 1000,
  }),
  patience: whole({
    title: 'Patience',
    description: 'It ends after so many epochs in which the best error hardly fell.',
    default: defaults.patience,
    least: 1,
    most: 1_000_000,
  }),
  tolerance: numeric({
    title: 'Tolerance',
    description: 'By what share the best error must fall to count for the patience.',
    default: defaults.tolerance,
    least: 0,
    most: 1,
  }),
  orderUpdates: whole({
    title: 'Order updates',
    description: "Updates of each mode's order in an epoch.",
    default: defaults.orderUpdates,
    least: 0,
    most: 1000,
  }),
  orderWarmup: whole({
    title: 'Epochs before order updates',
    description: 'Epochs in which the orders stay as they start.',
    default: defaults.orderWarmup,
    least: 0,
    most: 1_000_000,
  }),
  gamma: unbounded({
    title: 'Gamma',
    description:
      'Swaps that raise the squared error by x are accepted with probability exp(-gamma x); "infinity" accepts none.',
    default: defaults.gamma,
    least: leastGamma,
  }),
  gammaPerSquare: flag({
    title: 'Gamma per mean square',
    description: 'Divides gamma by the mean squared value, for values that are far from 1.',
    default: defaults.gammaPerSquare,
  }),
  pairing: choice({
    title: 'Pairing',
    description: 'How rows and columns that may change places find each other.',
    default: defaults.pairing,
    choices: [
      { value: 'hash', title: 'Similar ones (hashes)' },
      { value: 'random', title: 'At random' },
    ],
  }),
  order: choice({
    title: 'First order',
    description: 'Order of rows and columns that the training starts from.',
    default: 'bisection',
    choices: [
      { value: 'bisection', title: 'Halves with much in common (recursive bisection)' },
      { value: 'min-hash', title: 'Similar ones side by side (min-hash)' },
      { value: 'random', title: 'At random' },
      { value: 'as-is', title: 'That of the file' },
    ],
  }),
  cell: choice({
    title: 'Cell',
    description: 'Kind of the recurrent network.',
    default: defaults.cell,
    choices: [
      { value: 'lstm', title: 'LSTM' },
      { value: 'gru', title: 'GRU' },
    ],
  }),
  scale: choice({
    title: 'Scale',
    description: 'Whether the best scale is computed after every step or learned.',
    default: defaults.scale,
    choices: [
      { value: 'closed-form', title: 'Computed' },
      { value: 'learned', title: 'Learned' },
    ],
  }),
  signed: choice<SignedInput & ('reject' | 'two-models')>({
    title: 'Negative values',
    description: 'What happens to negative values, which one network cannot generate.',
    default: 'reject',
    choices: [
      { value: 'reject', title: 'Refused' },
      { value: 'two-models', title: 'A second network' },
    ],
  }),
};

export type NeuKronValues = ValuesOf<typeof table>;

/** Suggested trainings pause after so many minutes. */
const suggestedMinutes = 2;
/** Seconds, on one thread, that an epoch of a suggestion may take. */
const bearableEpoch = 2.5;

export const neuKron = methodEntry({
  method: 'neukron',
  title: 'NeuKron',
  description:
    'Stores a small recurrent network that generates every entry, after rows and columns were reordered to suit it.',
  table,
  limits: ['minutes', 'epochs', 'patience'],
  passing: ['minutes'],
  check: (X, { memoryLimit }) => requireTrainingRoom(X, 1, memoryLimit),
  suggested(X) {
    const { isSigned } = profileOf(X);
    const common = {
      minutes: suggestedMinutes,
      ...(gammaFor(X) !== undefined && { gammaPerSquare: true }),
      ...(isSigned && { signed: 'two-models' as const }),
    };
    return rungs(X, isSigned).map((hidden) => ({ hidden, ...common }));
  },
  label: ({ hidden }) => `${hidden} hidden ${hidden === 1 ? 'unit' : 'units'}`,
  seconds(X, { hidden, epochs, minutes }) {
    const all = 1 + epochs * epochSeconds(X, hidden);
    return minutes > 0 ? Math.min(all, 60 * minutes) : all;
  },
  fit: fitted,
  training: { epochs: ({ epochs }) => epochs, standing: standingModel, pausedAt },
});

async function fitted(
  X: SparseTensor,
  { minutes, ...settings }: NeuKronValues,
  seed: number,
  job: Job,
  { from = [], asItStands = false, epoch: tell }: Training,
): ReturnType<Parameters<typeof methodEntry<typeof table>>[0]['fit']> {
  if (settings.signed === 'reject') {
    requirePositive(X);
  }
  requireTrainingRoom(X, settings.hidden, job.memoryLimit);
  const limit = minutes > 0 ? 60_000 * minutes : Infinity;
  let first = from[0];
  const model = await fitNeuKron(
    X,
    { ...settings, seed, resume: from, timeLimit: asItStands ? 0 : limit },
    job,
    (report, state, half) => {
      const { epoch, loss, bestLoss, prefixes, proposed, accepted } = report;
      const now = state();
      if (half === 0) {
        first = now;
      }
      const states: TrainingStates = half === 0 ? [now, from[1]] : [first, now];
      const before = half === 0 ? 0 : (first?.progress.epoch ?? 0);
      // What the other network leaves of its part of the tensor.
      const rest = restOf(X, settings.signed, half, states);
      tell?.({
        epoch: before + epoch,
        loss: loss + rest,
        bestLoss: bestLoss + rest,
        prefixes,
        proposed,
        accepted,
        states: () => states,
      });
    },
  );
  return { model, orders: ordersOf(X, model.states), states: model.states };
}

/** @throws UsageError naming a negative value and what can be done about it. */
function requirePositive({ indices, values }: SparseTensor): void {
  const at = values.findIndex((value) => value < 0);
  if (at >= 0) {
    const index = indices.map((keys) => keys[at]).join(', ');
    throw new UsageError(
      `Entry (${index}), counted from 0, is ${values[at]}, and a network of NeuKron generates positive values only. Set signed=two-models, which gives negative values a second network.`,
      { value: values[at], limit: 0 },
    );
  }
}

function restOf(
  X: SparseTensor,
  signed: NeuKronValues['signed'],
  half: 0 | 1,
  states: TrainingStates,
): number {
  if (signed === 'reject') {
    return 0;
  }
  const other = states[1 - half];
  if (other) {
    return other.progress.best.loss;
  }
  const sign = half === 0 ? -1 : 1;
  return X.values.reduce((sum, value) => sum + (sign * value > 0 ? value * value : 0), 0);
}

/** Three sizes up to one whose epochs are bearable, the largest at most a tenth of the coordinates. */
function rungs(X: SparseTensor, isSigned: boolean): number[] {
  const modes = positionCode(X.dims).bits.length;
  const networks = isSigned ? 2 : 1;
  const bytes = (hidden: number): number =>
    networks * 4 * parameterLayout({ cell: 'lstm', hidden, modes }).count;
  const small = largestWithin(bytes, 0.1 * rawBytes(X), 1, 90);
  const quick = largestWithin((hidden) => epochSeconds(X, hidden), bearableEpoch, 5, 90);
  const largest = Math.max(3, Math.min(small, quick));
  return [0.33, 0.6, 1].map((share) => Math.max(1, Math.round(share * largest)));
}

/** Of one thread: states of the network, some four for each nonzero's levels, and sorting. */
function epochSeconds(X: SparseTensor, hidden: number): number {
  const steps = X.values.length * positionCode(X.dims).levels.length;
  return steps * (1.1e-9 * hidden ** 2 + 1.5e-7);
}

/**
 * What a training holds at a time: keys and values of the nonzeros, positions of the padded modes in
 * all their copies, gradients and workspace of the kernels.
 * @throws UsageError for a tensor that has no code of positions, OutOfMemoryError.
 */
function requireTrainingRoom(X: SparseTensor, hidden: number, memoryLimit?: number): void {
  const code = positionCode(X.dims);
  const nonzeros = X.values.length * (8 * code.words + 48);
  const positions = code.bits.reduce((sum, bits) => sum + 2 ** bits, 0) * 4 * 20;
  const { count } = parameterLayout({ cell: 'lstm', hidden, modes: code.bits.length });
  const kernels = 2 ** 26 + kernelInfo().threads * 2 ** 22;
  requireRoom(
    (nonzeros + positions + 64 * count + kernels) / 8,
    'The training of NeuKron',
    'Leave out empty rows and columns, or allow more memory.',
    { ...unattended, memoryLimit },
  );
}
