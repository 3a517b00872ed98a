import { makeReflector } from './reflector';
import type { ReflectorBlock } from './reflectorBlock';
import { addressOf, type Runner } from './runner';
import { symmetricProductSpace } from './symmetricProduct';
import { panelWidth, type Trailing, type TridiagonalPrecision } from './trailing';
import { trailingDouble } from './trailingDouble';
import { TrailingSingle, trailingSingleSpace } from './trailingSingle';

/** From this size on, the back-transformation takes two panels' reflectors together. */
const wideFrom = 1024;

export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i couples i and i + 1. */
  readonly below: Float64Array;
  /** A = Q T Q^T with Q the product of the blocks in this order. */
  readonly blocks: readonly ReflectorBlock[];
  /** What the reflectors leave of the matrix's space. */
  readonly spare: Float64Array;
}

/** Elements of workspace that {@link tridiagonalise} needs. */
export function tridiagonalSpace(
  n: number,
  stride: number,
  precision: TridiagonalPrecision,
): number {
  const space = precision === 'single' ? trailingSingleSpace(n, stride) : symmetricProductSpace(n);
  return 3 * panelWidth * stride + space + 4 * n + 256;
}

/**
 * Householder tridiagonalisation of a symmetric matrix (n x n, rows `stride` elements apart, upper
 * triangle read, entries of order one or less), panel by panel as in LAPACK's dsytrd: half of the
 * work is a matrix product. The matrix is overwritten, by the reflectors among others. With `single`
 * the reflectors are orthogonal in f64 still, but T is that of a matrix some roundings of f32 away.
 */
export function tridiagonalise(
  runner: Runner,
  a: Float64Array,
  n: number,
  stride: number,
  precision: TridiagonalPrecision,
): Tridiagonal {
  const diagonal = runner.arena.zeros(n);
  const below = runner.arena.zeros(n);
  const scales = runner.arena.doubles(n);
  const blocks: ReflectorBlock[] = [];
  let end = 0;
  runner.arena.scope(() => {
    const panel = runner.arena.zeros(3 * panelWidth * stride);
    // In f32 it is a copy, which leaves all of `a` to the reflectors.
    const trailing =
      precision === 'single'
        ? new TrailingSingle(runner, a, n, stride)
        : trailingDouble(runner, a, n, stride);
    const dots = runner.arena.doubles(panelWidth);
    const count = Math.max(0, n - 2);
    const blockWidth = n < wideFrom ? panelWidth : 2 * panelWidth;
    for (let first = 0; first < count; first += panelWidth) {
      const width = Math.min(panelWidth, count - first);
      const parts = {
        vectors: panel.subarray(0, width * stride),
        updates: panel.subarray(width * stride, 2 * width * stride),
      };
      const state = { runner, trailing, n, stride, ...parts, dots, diagonal, below, scales };
      for (let j = 0; j < width; j++) {
        runner.look();
        reduceColumn(state, first, j);
      }
      if (first % blockWidth === 0) {
        // The rows above are done with: the reflectors move there, without gaps.
        const length = n - first - 1;
        const size = Math.min(blockWidth, count - first);
        const vectors = a.subarray(end, end + size * length);
        const own = scales.subarray(first, first + size);
        blocks.push({
          first: first + 1,
          width: size,
          length,
          vectors,
          stride: length,
          scales: own,
        });
        end += size * length;
      }
      keepVectors(blocks[blocks.length - 1], parts.vectors, first, width, stride);
      panel.set(parts.vectors, 2 * width * stride);
      trailing.update(first + width, panel, width);
    }
    for (let i = count; i < n; i++) {
      const row = panel.subarray(0, n - i);
      trailing.row(i, row);
      [diagonal[i], below[i] = 0] = row;
    }
  });
  return { diagonal, below, blocks, spare: a.subarray(end) };
}

interface Panel {
  readonly runner: Runner;
  readonly trailing: Trailing;
  readonly n: number;
  readonly stride: number;
  /** v_p and w_p of the panel in rows: A - sum of (v_p w_p^T + w_p v_p^T) is what A stands for. */
  readonly vectors: Float64Array;
  readonly updates: Float64Array;
  readonly dots: Float64Array;
  readonly diagonal: Float64Array;
  readonly below: Float64Array;
  readonly scales: Float64Array;
}

/** Column first + j of the matrix, the j-th of the panel (LAPACK's dlatrd). */
function reduceColumn(state: Panel, first: number, j: number): void {
  const { runner, trailing, n, stride, vectors, updates, dots } = state;
  const { exports } = runner;
  const bytes = stride * 8;
  const i = first + j;
  const v = addressOf(vectors, i);
  const w = addressOf(updates, i);
  const own = j * stride;
  trailing.row(i, vectors.subarray(own + i, own + n));
  const row = addressOf(vectors, own + i);
  exports.addRows(j, w, bytes, n - i, v, bytes, -1, row);
  exports.addRows(j, v, bytes, n - i, w, bytes, -1, row);
  state.diagonal[i] = vectors[own + i];
  const length = n - i - 1;
  const { scale, beta } = makeReflector(exports, vectors, own + i + 1, length);
  state.below[i] = beta;
  state.scales[i] = scale;
  vectors.fill(0, own + first, own + i + 1);
  const update = updates.subarray(own + i + 1, own + n);
  if (scale === 0) {
    update.fill(0);
    return;
  }
  const x = addressOf(vectors, own + i + 1);
  const y = addressOf(update);
  trailing.multiply(i + 1, x, update);
  const inner = addressOf(dots);
  exports.rowDots(j, w + 8, bytes, length, x, inner);
  exports.addRows(j, v + 8, bytes, length, inner, 8, -1, y);
  exports.rowDots(j, v + 8, bytes, length, x, inner);
  exports.addRows(j, w + 8, bytes, length, inner, 8, -1, y);
  exports.scaleRow(length, scale, y);
  exports.addScaled(y, x, (-scale / 2) * exports.dot(y, x, length), length);
}

function keepVectors(
  block: ReflectorBlock,
  vectors: Float64Array,
  first: number,
  width: number,
  stride: number,
): void {
  const done = first + 1 - block.first;
  for (let j = 0; j < width; j++) {
    const to = (done + j) * block.length;
    const from = j * stride + first + 1;
    block.vectors.fill(0, to, to + done);
    block.vectors.set(vectors.subarray(from, from + block.length - done), to + done);
  }
}
