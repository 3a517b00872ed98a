import { UsageError } from '../../../failures';
import { createRandom } from '../../random';
import type { PositionCode } from './positionCode';

/** The recurrent network: long short-term memory, or gated recurrent units. */
export type Cell = 'lstm' | 'gru';

/** What a network's parameters are: they depend on the number of modes, never on their lengths. */
export interface NetworkShape {
  readonly cell: Cell;
  /** Hidden units. */
  readonly hidden: number;
  /** Coded modes d. */
  readonly modes: number;
}

/** Where a matrix or vector lies in the parameters: row-major from `offset`. */
export interface ParameterBlock {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The blocks of a network's parameters, in this order. Gates are rows of h: input, forget, cell,
 * output (LSTM) or reset, update, new (GRU), with two bias vectors as in PyTorch.
 */
export interface ParameterLayout extends NetworkShape {
  readonly gates: number;
  /** 2^(d+1) - 2. */
  readonly tokens: number;
  readonly embedding: ParameterBlock;
  readonly inputWeights: ParameterBlock;
  readonly recurrentWeights: ParameterBlock;
  readonly inputBias: ParameterBlock;
  readonly recurrentBias: ParameterBlock;
  /** One head for each number q of inactive modes, 2^(d-q) x h. */
  readonly heads: readonly { readonly weights: ParameterBlock; readonly bias: ParameterBlock }[];
  /** Start logits, 2^d. */
  readonly start: ParameterBlock;
  /** Q, "level square sum"; x~ = Q^(K/2) y with the learned scale. */
  readonly scale: ParameterBlock;
  /** 8 h^2 + 8 h + (2 h + 1)(2^(d+1) - 2) + 2^d + 1 for an LSTM. */
  readonly count: number;
}

const mostHidden = 512;

/** @throws UsageError for impossible hidden sizes. */
export function parameterLayout(shape: NetworkShape): ParameterLayout {
  const { cell, hidden: h, modes } = shape;
  if (!Number.isInteger(h) || h < 1 || h > mostHidden) {
    throw new UsageError(
      `NeuKron takes 1 to ${mostHidden} hidden units, not ${h}; choose a number in between.`,
      { value: h, limit: mostHidden },
    );
  }
  const gates = cell === 'lstm' ? 4 : 3;
  const tokens = 2 ** (modes + 1) - 2;
  let next = 0;
  const block = (rows: number, columns: number): ParameterBlock => {
    const offset = next;
    next += rows * columns;
    return { offset, rows, columns };
  };
  const blocks = {
    embedding: block(tokens, h),
    inputWeights: block(gates * h, h),
    recurrentWeights: block(gates * h, h),
    inputBias: block(1, gates * h),
    recurrentBias: block(1, gates * h),
    heads: Array.from({ length: modes }, (_, q) => ({
      weights: block(2 ** (modes - q), h),
      bias: block(1, 2 ** (modes - q)),
    })),
    start: block(1, 2 ** modes),
    scale: block(1, 1),
  };
  return { ...shape, gates, tokens, ...blocks, count: next };
}

/** The numbers of one block; shares their memory. */
export function blockOf<T extends Float32Array | Float64Array>(
  parameters: T,
  { offset, rows, columns }: ParameterBlock,
): T {
  return parameters.subarray(offset, offset + rows * columns) as T;
}

/**
 * Random parameters: embedding standard normal, network and heads uniform in +-1/sqrt(h), start logits
 * uniform in [-2, 2), Q = ||X||^(2/K).
 */
export function initialParameters(
  layout: ParameterLayout,
  code: PositionCode,
  squaredNorm: number,
  seed: number,
): Float32Array {
  const random = createRandom(seed);
  const bound = 1 / Math.sqrt(layout.hidden);
  const parameters = Float32Array.from(
    { length: layout.count },
    () => bound * (2 * random.next() - 1),
  );
  const embedding = blockOf(parameters, layout.embedding);
  for (let i = 0; i < embedding.length; i++) {
    embedding[i] = random.normal();
  }
  const start = blockOf(parameters, layout.start);
  for (let i = 0; i < start.length; i++) {
    start[i] = 4 * random.next() - 2;
  }
  parameters[layout.scale.offset] = squaredNorm ** (1 / code.levels.length);
  return parameters;
}
