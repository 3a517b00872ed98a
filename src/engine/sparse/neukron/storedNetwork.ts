import { float16Bits, float16Values } from '../../../formats/halfPrecision';
import type { ParameterLayout } from './parameters';
import { blockOf } from './parameters';
import { gatesOf, networkOf, usesHead, type Head, type Network } from './network';
import type { PositionCode } from './positionCode';

/** Types of the numbers in a file. */
export const numberTypes = ['float32', 'float16'] as const;
export type NumberType = (typeof numberTypes)[number];
const numberBytes: Readonly<Record<NumberType, number>> = { float32: 4, float16: 2 };

/**
 * The blocks of numbers that a file needs of a network, in this order. What no position uses is left
 * out: heads without a level, and tokens of the last level, after which no state follows. `folded`
 * files have each token's projection W_x E + b (tokens x gates x h); the others the embedding, W_x and
 * the sum of both biases.
 */
interface Blocks {
  readonly input: readonly number[];
  readonly recurrent: number;
  readonly hiddenBias: number;
  readonly heads: readonly { readonly q: number; readonly outputs: number }[];
  readonly start: number;
  readonly count: number;
}

function blocksOf(
  code: PositionCode,
  cell: Network['cell'],
  hidden: number,
  isFolded: boolean,
): Blocks {
  const tokens = usedTokens(code).length;
  const gates = gatesOf(cell) * hidden;
  const input = isFolded ? [tokens * gates] : [tokens * hidden, gates * hidden, gates];
  // A network that is never asked for a second level has no recurrent part.
  const isUsed = code.levels.length > 1;
  const heads = code.bits.flatMap((_, q) =>
    usesHead(code, q) ? [{ q, outputs: 2 ** (code.bits.length - q) }] : [],
  );
  const parts = {
    input: isUsed ? input : [0],
    recurrent: isUsed ? gates * hidden : 0,
    hiddenBias: isUsed && cell === 'gru' ? hidden : 0,
    heads,
    start: 2 ** code.levels[0].width,
  };
  const count =
    parts.input.reduce((sum, size) => sum + size, 0) +
    parts.recurrent +
    parts.hiddenBias +
    heads.reduce((sum, { outputs }) => sum + outputs * (hidden + 1), 0) +
    parts.start;
  return { ...parts, count };
}

/** Tokens of all levels but the last, ascending. */
function usedTokens(code: PositionCode): number[] {
  const offsets = new Map(
    code.levels.slice(0, -1).map(({ tokenOffset, width }) => [tokenOffset, width]),
  );
  return [...offsets].flatMap(([offset, width]) =>
    Array.from({ length: 2 ** width }, (_, symbol) => offset + symbol),
  );
}

/** Numbers in a file. */
export function storedCount(
  code: PositionCode,
  cell: Network['cell'],
  hidden: number,
  isFolded: boolean,
): number {
  return blocksOf(code, cell, hidden, isFolded).count;
}

/** Whether projections take less room than what they are made of. */
export function foldingPays(code: PositionCode, cell: Network['cell'], hidden: number): boolean {
  return storedCount(code, cell, hidden, true) <= storedCount(code, cell, hidden, false);
}

/** The numbers of a file, in order. */
export function numbersToStore(
  code: PositionCode,
  layout: ParameterLayout,
  parameters: Float32Array,
  isFolded: boolean,
): Float32Array {
  const { cell, hidden: h } = layout;
  const network = networkOf(layout, parameters);
  const blocks = blocksOf(code, cell, h, isFolded);
  const gates = gatesOf(cell) * h;
  const numbers = new Float32Array(blocks.count);
  let at = 0;
  const put = (block: Float32Array): void => {
    numbers.set(block, at);
    at += block.length;
  };
  if (blocks.recurrent > 0) {
    const rows = isFolded ? network.projections : blockOf(parameters, layout.embedding);
    const width = isFolded ? gates : h;
    for (const token of usedTokens(code)) {
      put(rows.subarray(token * width, (token + 1) * width));
    }
    if (!isFolded) {
      put(blockOf(parameters, layout.inputWeights));
      const recurrentBias = blockOf(parameters, layout.recurrentBias);
      put(
        blockOf(parameters, layout.inputBias).map((bias, gate) =>
          cell === 'gru' && gate >= 2 * h ? bias : bias + recurrentBias[gate],
        ),
      );
    }
    put(network.recurrent);
    if (cell === 'gru') {
      put(network.hiddenBias);
    }
  }
  for (const { q } of blocks.heads) {
    put(network.heads[q].weights);
    put(network.heads[q].bias);
  }
  put(network.start);
  return numbers;
}

/** The network of a file's numbers; what they leave out is 0. */
export function networkOfNumbers(
  code: PositionCode,
  cell: Network['cell'],
  hidden: number,
  numbers: Float32Array,
  isFolded: boolean,
): Network {
  const blocks = blocksOf(code, cell, hidden, isFolded);
  const gates = gatesOf(cell) * hidden;
  let at = 0;
  const take = (count: number): Float32Array => numbers.subarray(at, (at += count));
  const input = blocks.input.map(take);
  const recurrent =
    blocks.recurrent > 0 ? take(blocks.recurrent) : new Float32Array(gates * hidden);
  const hiddenBias = blocks.hiddenBias > 0 ? take(hidden) : new Float32Array(hidden);
  const projections = new Float32Array(code.tokens * gates);
  if (blocks.recurrent > 0) {
    for (const [i, token] of usedTokens(code).entries()) {
      projections.set(
        isFolded
          ? input[0].subarray(i * gates, (i + 1) * gates)
          : project(input[1], input[2], input[0].subarray(i * hidden, (i + 1) * hidden)),
        token * gates,
      );
    }
  }
  const heads: Head[] = code.bits.map((_, q) => {
    const outputs = 2 ** (code.bits.length - q);
    return {
      outputs,
      weights: new Float32Array(outputs * hidden),
      bias: new Float32Array(outputs),
    };
  });
  for (const { q, outputs } of blocks.heads) {
    heads[q] = { outputs, weights: take(outputs * hidden), bias: take(outputs) };
  }
  return { cell, hidden, projections, recurrent, hiddenBias, heads, start: take(blocks.start) };
}

/** W x + b, computed in f64 and rounded once. */
function project(weights: Float32Array, bias: Float32Array, x: Float32Array): Float32Array {
  return bias.map((start, row) => {
    let sum = start;
    for (let k = 0; k < x.length; k++) {
      sum += weights[row * x.length + k] * x[k];
    }
    return sum;
  });
}

/** Little-endian bytes of numbers. */
export function encodeNumbers(numbers: Float32Array, type: NumberType): Uint8Array {
  const bytes = new Uint8Array(numbers.length * numberBytes[type]);
  const view = new DataView(bytes.buffer);
  if (type === 'float32') {
    numbers.forEach((value, i) => view.setFloat32(i * 4, value, true));
  } else {
    const halves = new Uint16Array(numbers.length);
    float16Bits(numbers, halves);
    halves.forEach((value, i) => view.setUint16(i * 2, value, true));
  }
  return bytes;
}

/** The inverse of {@link encodeNumbers}. */
export function decodeNumbers(bytes: Uint8Array, type: NumberType): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = float16Values();
  return Float32Array.from({ length: bytes.length / numberBytes[type] }, (_, i) =>
    type === 'float32' ? view.getFloat32(i * 4, true) : values[view.getUint16(i * 2, true)],
  );
}

/** Bytes of `count` numbers. */
export function storedBytes(count: number, type: NumberType): number {
  return count * numberBytes[type];
}
