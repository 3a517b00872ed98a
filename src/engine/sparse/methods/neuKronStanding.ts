import { modelOf } from '../fitting';
import { Decoder } from '../neukron';
import { networkOf } from '../neukron/network';
import { parameterLayout } from '../neukron/parameters';
import { positionCode } from '../neukron/positionCode';
import { orderBytes } from '../sizes';
import type { SparseTensor } from '../sparseTensor';
import type { Orders, StandingModel, TrainingStates } from './methodEntry';

interface Values {
  readonly hidden: number;
  readonly cell: 'lstm' | 'gru';
  readonly epochs: number;
  readonly patience: number;
  readonly signed: 'reject' | 'two-models';
}

/**
 * The model of a training as it stands, without a look at the nonzeros: its error is the least so far
 * and, where one of two networks is not begun, all of that one's part.
 */
export function standingModel(
  X: SparseTensor,
  values: Values,
  states: TrainingStates,
): StandingModel {
  const { hidden, cell, epochs } = values;
  const started = performance.now();
  const code = positionCode(X.dims);
  const layout = parameterLayout({ cell, hidden, modes: code.bits.length });
  const isTwo = values.signed === 'two-models';
  const networks = isTwo ? 2 : 1;
  const squares = partsOf(X, isTwo).map(({ square }) => square);
  const parts = squares.map((square, i) => {
    const best = states[i]?.progress.best;
    return best
      ? { network: networkOf(layout, best.parameters), ...best }
      : { network: emptyNetwork(), scale: 0, loss: square, positions: [] };
  });
  const decoder = new Decoder({ dims: X.dims, code, parts });
  const orders = orderBytes(X.dims);
  const parameters = networks * layout.count;
  const epoch = epochsDone(states);
  const model = modelOf(
    X,
    {
      method: 'neukron',
      parameters,
      bytes: 4 * parameters + (isTwo ? orders : 0),
      orderBytes: orders,
      squaredError: parts.reduce((sum, { loss }) => sum + loss, 0),
      entry: (index) => decoder.entry(index),
      details: { hidden, cell, epochsDone: states.map((state) => state?.progress.epoch ?? 0) },
    },
    started,
  );
  return {
    model,
    orders: ordersOf(X, states),
    paused: { epoch, epochs: epochs * networks },
  };

  /** Of scale 0, so that it is never asked. */
  function emptyNetwork(): ReturnType<typeof networkOf> {
    return networkOf(layout, new Float32Array(layout.count));
  }
}

/** How far a training is that has epochs left; undefined when it is over. */
export function pausedAt(
  X: SparseTensor,
  { epochs, patience, signed }: Values,
  states: TrainingStates,
): StandingModel['paused'] | undefined {
  const parts = partsOf(X, signed === 'two-models');
  const isOver = parts.every(({ nonzeros }, i) => {
    const progress = states[i]?.progress;
    return nonzeros === 0 || (progress && (progress.epoch >= epochs || progress.idle >= patience));
  });
  return isOver ? undefined : { epoch: epochsDone(states), epochs: epochs * parts.length };
}

/** Positions of the first network that there is, by the modes of the tensor. */
export function ordersOf({ dims }: SparseTensor, states: TrainingStates): Orders | undefined {
  const positions = states.find((state) => state)?.progress.best.positions;
  if (!positions) {
    return undefined;
  }
  const { axes } = positionCode(dims);
  return dims.map((_, axis) => positions[axes.indexOf(axis)]);
}

function epochsDone(states: TrainingStates): number {
  return states.reduce((sum, state) => sum + (state?.progress.epoch ?? 0), 0);
}

/** What each network is trained on. */
function partsOf(
  { values }: SparseTensor,
  isTwo: boolean,
): readonly { readonly nonzeros: number; readonly square: number }[] {
  const parts = [
    { nonzeros: 0, square: 0 },
    { nonzeros: 0, square: 0 },
  ];
  for (const value of values) {
    const part = parts[isTwo && value < 0 ? 1 : 0];
    part.nonzeros++;
    part.square += value * value;
  }
  return isTwo ? parts : [parts[0]];
}
