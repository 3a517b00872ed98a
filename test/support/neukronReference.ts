import type { Network } from '../../src/engine/sparse/neukron/network';

/**
 * NeuKron written down plainly in f64, entry by entry from the tokens, to compare the engine with:
 * embedding, recurrent layer (gates in PyTorch's order), heads, product of the chosen probabilities.
 */
export interface ReferenceModel {
  readonly cell: Network['cell'];
  readonly hidden: number;
  readonly modes: number;
  readonly embedding: ArrayLike<number>;
  readonly inputWeights: ArrayLike<number>;
  readonly recurrentWeights: ArrayLike<number>;
  readonly inputBias: ArrayLike<number>;
  readonly recurrentBias: ArrayLike<number>;
  readonly heads: readonly {
    readonly weights: ArrayLike<number>;
    readonly bias: ArrayLike<number>;
  }[];
  readonly start: ArrayLike<number>;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function affine(
  weights: ArrayLike<number>,
  bias: ArrayLike<number>,
  x: readonly number[],
): number[] {
  return Array.from({ length: bias.length }, (_, row) =>
    x.reduce((sum, value, k) => sum + weights[row * x.length + k] * value, bias[row]),
  );
}

function unit(logits: ArrayLike<number>): number[] {
  const z = Array.from(logits, (value) => Math.log1p(Math.exp(value)));
  const norm = Math.hypot(...z);
  return z.map((value) => value / norm);
}

function step(
  model: ReferenceModel,
  x: readonly number[],
  h: readonly number[],
  c: readonly number[],
): [number[], number[]] {
  const n = model.hidden;
  const a = affine(model.inputWeights, model.inputBias, x);
  const b = affine(model.recurrentWeights, model.recurrentBias, h);
  if (model.cell === 'lstm') {
    const next = h.map((_, k) => {
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => a[gate * n + k] + b[gate * n + k]);
      const cell = sigmoid(f) * c[k] + sigmoid(i) * Math.tanh(g);
      return [sigmoid(o) * Math.tanh(cell), cell];
    });
    return [next.map(([value]) => value), next.map(([, cell]) => cell)];
  }
  const next = h.map((old, k) => {
    const reset = sigmoid(a[k] + b[k]);
    const update = sigmoid(a[n + k] + b[n + k]);
    const fresh = Math.tanh(a[2 * n + k] + reset * b[2 * n + k]);
    return (1 - update) * fresh + update * old;
  });
  return [next, next.map(() => 0)];
}

/** y of the positions (one coordinate per coded mode, `bits` of each, ascending). */
export function referenceValue(
  model: ReferenceModel,
  bits: readonly number[],
  position: readonly number[],
): number {
  const { hidden, modes } = model;
  let h: number[] = new Array<number>(hidden).fill(0);
  let c = h;
  let p = unit(model.start);
  let y = 1;
  const levels = bits[bits.length - 1];
  for (let t = 0; t < levels; t++) {
    const active = bits.flatMap((count, mode) => (t < count ? [mode] : []));
    const q = modes - active.length;
    if (t > 0) {
      const head = model.heads[q];
      p = unit(affine(head.weights, head.bias, h));
    }
    let symbol = 0;
    for (const mode of active) {
      symbol = symbol * 2 + (Math.floor(position[mode] / 2 ** (bits[mode] - 1 - t)) % 2);
    }
    y *= p[symbol];
    let token = symbol;
    for (let i = 0; i < q; i++) {
      token += 2 ** (modes - i);
    }
    const x = Array.from({ length: hidden }, (_, k) => model.embedding[token * hidden + k]);
    [h, c] = step(model, x, h, c);
  }
  return y;
}
