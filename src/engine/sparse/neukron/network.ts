import type { PositionCode } from './positionCode';
import { blockOf, type Cell, type ParameterLayout } from './parameters';

/** A head: logits = bias + weights h, `outputs` x h row-major. */
export interface Head {
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/**
 * What generates entries, in the form in which it does: the input side of the network is the same
 * few vectors for all positions, W_x E[token] + b, and those alone are needed.
 */
export interface Network {
  readonly cell: Cell;
  readonly hidden: number;
  /** tokens x (gates h): the gates' input part of each token. */
  readonly projections: Float32Array;
  /** (gates h) x h. */
  readonly recurrent: Float32Array;
  /** h numbers of a GRU: the bias of the new gate that the reset gate scales. */
  readonly hiddenBias: Float32Array;
  /** By the number of inactive modes. */
  readonly heads: readonly Head[];
  /** 2^d start logits. */
  readonly start: Float32Array;
}

/** The generating form of trained parameters; projections are computed in f64 and rounded once. */
export function networkOf(layout: ParameterLayout, parameters: Float32Array): Network {
  const { hidden: h, gates, tokens } = layout;
  const embedding = blockOf(parameters, layout.embedding);
  const weights = blockOf(parameters, layout.inputWeights);
  const inputBias = blockOf(parameters, layout.inputBias);
  const recurrentBias = blockOf(parameters, layout.recurrentBias);
  const projections = new Float32Array(tokens * gates * h);
  for (let token = 0; token < tokens; token++) {
    for (let gate = 0; gate < gates * h; gate++) {
      const isInner = layout.cell === 'gru' && gate >= 2 * h;
      let sum = inputBias[gate] + (isInner ? 0 : recurrentBias[gate]);
      for (let k = 0; k < h; k++) {
        sum += weights[gate * h + k] * embedding[token * h + k];
      }
      projections[token * gates * h + gate] = sum;
    }
  }
  return {
    cell: layout.cell,
    hidden: h,
    projections,
    recurrent: blockOf(parameters, layout.recurrentWeights),
    hiddenBias: layout.cell === 'gru' ? recurrentBias.subarray(2 * h, 3 * h) : new Float32Array(h),
    heads: layout.heads.map((head) => ({
      outputs: head.weights.rows,
      weights: blockOf(parameters, head.weights),
      bias: blockOf(parameters, head.bias),
    })),
    start: blockOf(parameters, layout.start),
  };
}

/** Gates of a cell. */
export function gatesOf(cell: Cell): number {
  return cell === 'lstm' ? 4 : 3;
}

/** Whether a head is asked: level 0 has the start logits. */
export function usesHead(code: PositionCode, inactive: number): boolean {
  return code.levels.some((level, t) => t > 0 && level.inactive === inactive);
}

/** unit(softplus(logits)) in f64: softplus(z) = log(1 + e^z), at least 1e-30. */
export function unitSoftplus(logits: ArrayLike<number>): Float64Array {
  const p = new Float64Array(logits.length);
  let squares = 0;
  for (let s = 0; s < p.length; s++) {
    const z = logits[s];
    p[s] = Math.max(1e-30, Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))));
    squares += p[s] * p[s];
  }
  const norm = Math.sqrt(squares);
  return p.map((value) => value / norm);
}
