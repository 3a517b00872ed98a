import { unattended } from '../../job';
import { requireMatrixFor, requireRoom } from '../fitting';
import { baseFor } from '../kroneckerPower';
import { fitKronFit } from '../kronFit';
import { levels, rawBytes } from '../sizes';
import type { SparseTensor } from '../sparseTensor';
import { methodEntry } from './methodEntry';
import { choice, numeric, unbounded, whole } from './optionTable';
import { profileOf } from './profile';

/** Gamma is divided by squared values, which may be large. */
export const leastGamma = 1e-308;
const mostSuggested = 4;
/** On one thread, for a suggestion. */
const trainingSeconds = 40;
const remedy = 'Leave out empty rows and columns, or allow more memory.';
/** Numbers of a training that has no limit of its own, as the fit has them. */
const defaults = { updates: 2, epochs: 500 };

export const kronFit = methodEntry({
  method: 'kronfit',
  title: 'KronFit',
  description: 'Stores one small matrix, whose Kronecker power the reordered matrix resembles.',
  table: {
    power: whole({
      title: 'Power',
      description:
        'How many times the seed is multiplied with itself: the more, the smaller it is.',
      default: 2,
      least: 1,
      most: 32,
      isMain: true,
    }),
    gamma: unbounded({
      title: 'Gamma',
      description:
        'Swaps that raise the squared error by x are accepted with probability exp(-gamma x); "infinity" accepts none.',
      default: 10,
      least: leastGamma,
    }),
    order: choice({
      title: 'First order',
      description: 'Order of rows and columns that the training starts from.',
      default: 'min-hash',
      choices: [
        { value: 'min-hash', title: 'Similar ones side by side (min-hash)' },
        { value: 'random', title: 'At random' },
      ],
    }),
    scale: choice({
      title: 'Scale',
      description: 'Whether the best scale is computed after every step or learned.',
      default: 'closed-form',
      choices: [
        { value: 'closed-form', title: 'Computed' },
        { value: 'learned', title: 'Learned' },
      ],
    }),
    learningRate: numeric({
      title: 'Learning rate',
      description: 'Of Adam; 0 tries rates from 0.1 to 1e-8 and takes the best.',
      default: 0,
      least: 0,
      most: 100,
    }),
    updates: whole({
      title: 'Order updates',
      description: 'Updates of the order of rows, and of columns, in each epoch.',
      default: defaults.updates,
      least: 0,
      most: 1000,
    }),
    epochs: whole({
      title: 'Epochs',
      description: 'Epochs at most; it ends after 100 of them that gain next to nothing.',
      default: defaults.epochs,
      least: 0,
      most: 1_000_000,
    }),
  },
  check(X, job) {
    requireMatrixFor('KronFit', X);
    requireRoom(5 * (X.dims[0] + X.dims[1]), 'The orders', remedy, { ...unattended, ...job });
  },
  label: ({ power }) => `power ${power}`,
  suggested(X) {
    const powers = powersOf(X);
    const gamma = gammaFor(X);
    return powers
      .map((power) => ({ power, epochs: epochsFor(X, power) }))
      .filter((rung, i) => i === 0 || secondsOf(X, { ...defaults, ...rung }) <= 2 * trainingSeconds)
      .map(({ power, epochs }) => ({
        power,
        ...(epochs < defaults.epochs && { epochs }),
        ...(gamma !== undefined && { gamma }),
      }));
  },
  seconds: secondsOf,
  async fit(X, { learningRate, ...values }, seed, job) {
    // A seed of power 1 is the matrix itself.
    const seedNumbers = seedBytes(X, values.power) / 8;
    requireRoom(6 * seedNumbers, 'The seed and its gradients', 'Choose a larger power.', job);
    const rate = learningRate > 0 ? learningRate : 'search';
    const model = await fitKronFit(X, { ...values, learningRate: rate, seed }, job);
    return { model, orders: model.orders };
  },
});

/** Powers with different seeds, the smallest seed first, none larger than the raw coordinates. */
function powersOf(X: SparseTensor): number[] {
  const most = Math.max(1, ...X.dims.map(levels));
  const found: number[] = [];
  let last = 0;
  for (let power = Math.max(most, 2); power >= 2; power--) {
    const bytes = seedBytes(X, power);
    if (bytes > last && (found.length === 0 || bytes <= rawBytes(X))) {
      found.push(power);
      last = bytes;
    }
  }
  return found.slice(-mostSuggested);
}

function seedBytes({ dims }: SparseTensor, power: number): number {
  return 8 * dims.reduce((product, size) => product * baseFor(size, power), 1);
}

/** As many as are bearable, 20 at least. */
function epochsFor(X: SparseTensor, power: number): number {
  const perEpoch = (secondsOf(X, { power, updates: 2, epochs: 1000 }) - 0.1) / 1000;
  return Math.max(20, Math.min(defaults.epochs, Math.round(trainingSeconds / perEpoch / 10) * 10));
}

/** Gamma is in 1 / squared values; undefined where these are of a usual size. */
export function gammaFor(X: SparseTensor): number | undefined {
  const { meanSquare } = profileOf(X);
  return meanSquare > 0.1 && meanSquare < 10 ? undefined : Number((10 / meanSquare).toPrecision(3));
}

function secondsOf(
  { dims, values }: Pick<SparseTensor, 'dims' | 'values'>,
  {
    power,
    updates,
    epochs,
  }: { readonly power: number; readonly updates: number; readonly epochs: number },
): number {
  const perNonzero = 6e-9 * (power + 4) * (updates + 1);
  return 0.1 + (epochs + 60) * (values.length * perNonzero + 3e-8 * updates * (dims[0] + dims[1]));
}
