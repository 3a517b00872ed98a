import { addressOf, type Runner } from './runner';

/** Multiply-adds up to which the reflectors are applied one by one. */
const plainUpTo = 2 ** 13;

/**
 * The product H_1 ... H_w = I - V^T T V of w reflectors H_p = I - tau_p v_p v_p^T, in compact WY
 * form (Schreiber and Van Loan 1989): row p of V (w x length) is v_p, zeros before its leading 1.
 */
export interface ReflectorBlock {
  /** The first of the `length` entries of a vector that the block acts on. */
  readonly first: number;
  readonly width: number;
  readonly length: number;
  readonly vectors: Float64Array;
  readonly stride: number;
  readonly scales: Float64Array;
}

/**
 * x <- H_1 ... H_w x (`forward`) or H_w ... H_1 x (`backward`) for every row x of X (`count` rows,
 * `stride` elements apart).
 */
export function applyBlock(
  runner: Runner,
  block: ReflectorBlock,
  x: Float64Array,
  stride: number,
  count: number,
  direction: 'forward' | 'backward',
): void {
  const { first, width: w, length, vectors } = block;
  if (count === 0 || length === 0 || block.scales.every((scale) => scale === 0)) {
    return;
  }
  if (w * length * count <= plainUpTo) {
    applyPlainly(runner, block, x, stride, count, direction);
    return;
  }
  runner.arena.scope(() => {
    const t = triangularFactor(runner, block);
    // X (I - V^T T V)^T = X - (X V^T) T^T V; backwards, T in the place of T^T.
    const turned = direction === 'forward';
    const factor = { data: t, rowStride: turned ? 1 : w, columnStride: turned ? w : 1 };
    const v = { data: vectors, rowStride: block.stride, columnStride: 1 };
    const vTransposed = { data: vectors, rowStride: 1, columnStride: block.stride };
    const scaled = { data: runner.arena.doubles(w * length), rowStride: length, columnStride: 1 };
    runner.product({ m: w, n: length, k: w }, factor, v, scaled, { into: 'replace' });
    const inner = { data: runner.arena.doubles(count * w), rowStride: w, columnStride: 1 };
    const part = { data: x.subarray(first), rowStride: stride, columnStride: 1 };
    runner.product({ m: count, n: w, k: length }, part, vTransposed, inner, { into: 'replace' });
    runner.product({ m: count, n: length, k: w }, inner, scaled, part, { alpha: -1 });
  });
}

function applyPlainly(
  { exports, arena }: Runner,
  { first, width, length, vectors, stride: vectorStride, scales }: ReflectorBlock,
  x: Float64Array,
  stride: number,
  count: number,
  direction: 'forward' | 'backward',
): void {
  arena.scope(() => {
    const inner = addressOf(arena.doubles(count));
    const rows = addressOf(x, first);
    for (let index = 0; index < width; index++) {
      const p = direction === 'backward' ? index : width - 1 - index;
      const v = addressOf(vectors, p * vectorStride);
      exports.rowDots(count, rows, stride * 8, length, v, inner);
      exports.addToRows(count, rows, stride * 8, length, inner, -scales[p], v);
    }
  });
}

/** T (w x w, upper triangular, zeros below), from the inner products of the vectors. */
function triangularFactor(runner: Runner, block: ReflectorBlock): Float64Array {
  const { width: w, length, vectors, scales, stride } = block;
  const gram = runner.arena.doubles(w * w);
  runner.product(
    { m: w, n: w, k: length },
    { data: vectors, rowStride: stride, columnStride: 1 },
    { data: vectors, rowStride: 1, columnStride: stride },
    { data: gram, rowStride: w },
    { into: 'replace', upperOnly: true },
  );
  const t = runner.arena.zeros(w * w);
  const column = runner.arena.doubles(w);
  for (let j = 0; j < w; j++) {
    for (let i = 0; i < j; i++) {
      column[i] = gram[i * w + j];
    }
    for (let i = 0; i < j; i++) {
      const [row, above] = [addressOf(t, i * w + i), addressOf(column, i)];
      t[i * w + j] = -scales[j] * runner.exports.dot(row, above, j - i);
    }
    t[j * w + j] = scales[j];
  }
  return t;
}
