import type { Arena } from '../../kernels/arena';
import { gatesOf, unitSoftplus, usesHead, type Network } from './network';
import { blockOf, type ParameterLayout } from './parameters';
import type { PositionCode } from './positionCode';

/** Hidden units and outputs as the kernels pad them, and where gradients lie in a slot (f32 each). */
export interface ModelSizes {
  readonly padded: number;
  /** Hidden units, made even. */
  readonly steps: number;
  readonly gates: number;
  /** Outputs of the widest head, made a multiple of 4. */
  readonly widest: number;
  readonly slot: {
    readonly projections: number;
    readonly recurrent: number;
    readonly hiddenBias: number;
    readonly start: number;
    /** By the number of inactive modes; undefined for heads that no level asks. */
    readonly heads: readonly (number | undefined)[];
    readonly length: number;
  };
}

/** The logit of outputs that only fill a vector up: their share of the norm is 0. */
const absentLogit = -200;

export function modelSizes(
  network: Pick<Network, 'cell' | 'hidden'>,
  code: PositionCode,
): ModelSizes {
  const gates = gatesOf(network.cell);
  const padded = roundUp(network.hidden, 8);
  const modes = code.bits.length;
  let next = 0;
  const reserve = (count: number): number => {
    const at = next;
    next += roundUp(count, 4);
    return at;
  };
  const slot = {
    projections: reserve(code.tokens * gates * padded),
    recurrent: reserve(gates * padded * padded),
    hiddenBias: reserve(padded),
    start: reserve(roundUp(2 ** modes, 4)),
    heads: Array.from({ length: modes }, (_, q) => {
      const outputs = 2 ** (modes - q);
      return usesHead(code, q) ? reserve(roundUp(outputs, 4) + outputs * padded) : undefined;
    }),
  };
  return {
    padded,
    steps: roundUp(network.hidden, 2),
    gates,
    widest: roundUp(2 ** modes, 4),
    slot: { ...slot, length: roundUp(next, 16) },
  };
}

/**
 * Puts a network where the kernels find it, for the arena's current scope; returns the address of its
 * description (assembly/prefixTrie.ts). `count` is the number of keys it will be asked for.
 */
export function placeModel(
  arena: Arena,
  network: Network,
  code: PositionCode,
  sizes: ModelSizes,
  count: number,
): number {
  const { hidden: h } = network;
  const { padded, steps, gates, slot } = sizes;
  const zeros = (count: number): Float32Array => arena.singles(count).fill(0);

  const projections = zeros(code.tokens * gates * padded);
  for (let row = 0; row < code.tokens * gates; row++) {
    projections.set(network.projections.subarray(row * h, row * h + h), row * padded);
  }
  const forward = zeros(gates * padded * steps);
  const backward = zeros(gates * padded * padded);
  for (let gate = 0; gate < gates; gate++) {
    for (let unit = 0; unit < h; unit++) {
      const column = gate * padded + unit;
      for (let k = 0; k < h; k++) {
        const weight = network.recurrent[(gate * h + unit) * h + k];
        forward[panelIndex(column, k, steps)] = weight;
        backward[panelIndex(k, column, gates * padded)] = weight;
      }
    }
  }
  const hiddenBias = zeros(padded);
  hiddenBias.set(network.hiddenBias);
  const start = zeros(sizes.widest);
  start.set(unitSoftplus(network.start));
  const heads = network.heads.map((head, q) =>
    slot.heads[q] === undefined ? undefined : placeHead(zeros, head, h, sizes),
  );

  const table = arena.words(code.levels.length * 8);
  for (const [t, level] of code.levels.entries()) {
    const outputs = 2 ** level.width;
    const head = t === 0 ? undefined : heads[level.inactive];
    table.set(
      [
        level.word * count * 4,
        level.shift,
        outputs - 1,
        level.tokenOffset,
        head?.forward ?? 0,
        head?.rows ?? 0,
        roundUp(outputs, 4),
        (t === 0 ? 0 : slot.heads[level.inactive]!) * 4,
      ],
      t * 8,
    );
  }
  const description = arena.words(16);
  description.set([
    ...[code.levels.length, steps, padded, network.cell === 'gru' ? 1 : 0, sizes.widest],
    ...[projections.byteOffset, forward.byteOffset, backward.byteOffset],
    ...[hiddenBias.byteOffset, start.byteOffset, table.byteOffset],
    ...[slot.projections * 4, slot.recurrent * 4, slot.hiddenBias * 4, slot.start * 4],
  ]);
  return description.byteOffset;
}

/** Where element (column, step) lies in panels of eight columns. */
function panelIndex(column: number, step: number, steps: number): number {
  return ((column >> 3) * steps + step) * 8 + (column & 7);
}

function placeHead(
  zeros: (count: number) => Float32Array,
  { outputs, weights, bias }: Network['heads'][number],
  h: number,
  { steps, padded }: ModelSizes,
): { readonly forward: number; readonly rows: number } {
  const width = roundUp(outputs, 4);
  const forward = zeros(width * (1 + steps));
  forward.fill(absentLogit, outputs, width).set(bias);
  const rows = zeros(outputs * padded);
  for (let s = 0; s < outputs; s++) {
    for (let k = 0; k < h; k++) {
      forward[width * (1 + k) + s] = weights[s * h + k];
      rows[s * padded + k] = weights[s * h + k];
    }
  }
  return { forward: forward.byteOffset, rows: rows.byteOffset };
}

/**
 * The gradient of the parameters from the sum of the kernels' slots: that of a projection
 * W_x E[token] + b reaches W_x, E and both biases, that of p_0 the start logits.
 */
export function parameterGradient(
  layout: ParameterLayout,
  parameters: Float32Array,
  slots: Float64Array,
  { padded, gates, slot }: ModelSizes,
): Float64Array {
  const { hidden: h, tokens } = layout;
  const gradient = new Float64Array(layout.count);
  const dEmbedding = blockOf(gradient, layout.embedding);
  const dInput = blockOf(gradient, layout.inputWeights);
  const dInputBias = blockOf(gradient, layout.inputBias);
  const dRecurrentBias = blockOf(gradient, layout.recurrentBias);
  const embedding = blockOf(parameters, layout.embedding);
  const input = blockOf(parameters, layout.inputWeights);
  for (let token = 0; token < tokens; token++) {
    for (let row = 0; row < gates * h; row++) {
      const at = (token * gates + Math.floor(row / h)) * padded + (row % h);
      const d = slots[slot.projections + at];
      if (d === 0) {
        continue;
      }
      dInputBias[row] += d;
      for (let k = 0; k < h; k++) {
        dInput[row * h + k] += d * embedding[token * h + k];
        dEmbedding[token * h + k] += d * input[row * h + k];
      }
    }
  }
  dRecurrentBias.set(dInputBias);
  if (layout.cell === 'gru') {
    for (let k = 0; k < h; k++) {
      dRecurrentBias[2 * h + k] = slots[slot.hiddenBias + k];
    }
  }
  const dRecurrent = blockOf(gradient, layout.recurrentWeights);
  for (let row = 0; row < gates * h; row++) {
    const at = slot.recurrent + (Math.floor(row / h) * padded + (row % h)) * padded;
    dRecurrent.set(slots.subarray(at, at + h), row * h);
  }
  for (const [q, head] of layout.heads.entries()) {
    const at = slot.heads[q];
    if (at === undefined) {
      continue;
    }
    const outputs = head.weights.rows;
    blockOf(gradient, head.bias).set(slots.subarray(at, at + outputs));
    const rows = at + roundUp(outputs, 4);
    for (let s = 0; s < outputs; s++) {
      gradient.set(
        slots.subarray(rows + s * padded, rows + s * padded + h),
        head.weights.offset + s * h,
      );
    }
  }
  const logits = blockOf(parameters, layout.start);
  const shares = slots.subarray(slot.start, slot.start + logits.length);
  blockOf(gradient, layout.start).set(startGradient(logits, shares));
  return gradient;
}

/** Through unit(softplus(z)): with g the gradient of log p, dz = (g / p - (sum of g) p) sigmoid(z) / norm. */
function startGradient(logits: Float32Array, shares: Float64Array): Float64Array {
  const p = unitSoftplus(logits);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return Float64Array.from(logits, (z, s) => {
    const positive = Math.max(1e-30, Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))));
    // softplus = norm p, so that division by the norm is multiplication by p / softplus.
    return ((shares[s] / p[s] - total * p[s]) * -Math.expm1(-positive) * p[s]) / positive;
  });
}

export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
