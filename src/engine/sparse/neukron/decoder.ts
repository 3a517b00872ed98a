import { UsageError } from '../../../failures';
import { unattended, type Job } from '../../job';
import { paddedSizes } from '../sizes';
import type { Artefact, Part } from './artefact';
import { Evaluator } from './evaluator';
import { generatedValue } from './generatedValue';
import { positionCode, type PositionCode } from './positionCode';

/** Elements generated in one piece. */
const pieceSize = 2 ** 17;

/** Some elements of a generated tensor: element i lies at (indices[0][i], ..., indices[d-1][i]). */
export interface Elements {
  readonly indices: readonly Uint32Array[];
  readonly values: Float64Array;
}

/**
 * Generates the tensor of a file, in O(h^2 log N) for an element. A file without orders stands for it up
 * to the order of its rows and columns, which may have any positions: all of the padded grid is
 * generated then, position and index being the same.
 */
export class Decoder {
  /** Sizes of what is generated: of the tensor, or without orders of the grid. */
  readonly dims: readonly number[];
  private readonly code: PositionCode;
  private readonly parts: readonly Required<Part>[];

  constructor(artefact: Pick<Artefact, 'dims' | 'code' | 'parts'>) {
    const hasOrders = artefact.parts.every(({ positions }) => positions !== undefined);
    this.dims = hasOrders ? artefact.dims : paddedSizes(artefact.dims);
    this.code = hasOrders ? artefact.code : positionCode(this.dims);
    this.parts = artefact.parts.map((part) => ({
      ...part,
      positions: part.positions ?? this.code.axes.map((axis) => ownPositions(this.dims[axis])),
    }));
  }

  /** One element. @throws UsageError for an index outside the tensor. */
  entry(index: readonly number[]): number {
    const isInside =
      index.length === this.dims.length &&
      index.every((i, axis) => Number.isInteger(i) && i >= 0 && i < this.dims[axis]);
    if (!isInside) {
      throw new UsageError(
        `(${index.join(', ')}) lies outside a tensor of ${this.dims.join(' x ')}; indices count from 0.`,
      );
    }
    return this.combined((part) =>
      generatedValue(
        this.code,
        part.network,
        this.code.axes.map((axis, mode) => part.positions[mode][index[axis]]),
      ),
    );
  }

  /** All elements with index `at` in mode `axis`, row-major over the other modes. @throws UsageError. */
  slice(axis: number, at: number, job: Job = unattended): Float64Array {
    if (!(axis in this.dims) || !Number.isInteger(at) || at < 0 || at >= this.dims[axis]) {
      throw new UsageError(
        `There is no index ${at} in mode ${axis + 1} of ${this.dims.join(' x ')}.`,
      );
    }
    const box = this.dims.map((size, mode) =>
      mode === axis ? { from: at, count: 1 } : { from: 0, count: size },
    );
    const count = box.reduce((product, { count: size }) => product * size, 1);
    const slice = new Float64Array(count);
    for (let from = 0; from < count; from += pieceSize) {
      const length = Math.min(pieceSize, count - from);
      slice.set(this.values(rowMajorIndices(box, from, length), job), from);
    }
    return slice;
  }

  /**
   * Hands over every element once, in pieces of neighbours in the first part's order: a walk through
   * its trie, depth first, of which only a piece is in memory at a time.
   */
  forEachPiece(use: (piece: Elements) => void, job: Job = unattended): void {
    const indexAt = this.parts[0].positions.map((positions, mode) => {
      const at = new Int32Array(2 ** this.code.bits[mode]).fill(-1);
      positions.forEach((position, index) => (at[position] = index));
      return at;
    });
    const total = this.dims.reduce((product, size) => product * size, 1);
    let done = 0;
    const visit = (level: number, from: readonly number[]): void => {
      const present = indexAt.map((at, mode) => {
        const width = 2 ** Math.max(0, this.code.bits[mode] - level);
        return at.subarray(from[mode], from[mode] + width).filter((index) => index >= 0);
      });
      const count = present.reduce((product, { length }) => product * length, 1);
      if (count === 0) {
        return;
      }
      if (count <= pieceSize) {
        const indices = productIndices(this.code, present, count);
        use({ indices, values: this.values(indices, job) });
        done += count;
        job.report(done / total, 'generating');
        return;
      }
      const { width, inactive } = this.code.levels[level];
      for (let symbol = 0; symbol < 2 ** width; symbol++) {
        visit(
          level + 1,
          from.map((start, mode) => {
            const bit = (symbol >>> (this.code.bits.length - 1 - mode)) & 1;
            return mode < inactive ? start : start + bit * 2 ** (this.code.bits[mode] - 1 - level);
          }),
        );
      }
    };
    visit(
      0,
      this.code.bits.map(() => 0),
    );
  }

  /** All elements, row-major. @throws UsageError when they are more than 2^27. */
  all(job: Job = unattended): Float64Array {
    const count = this.dims.reduce((product, size) => product * size, 1);
    if (count > 2 ** 27) {
      throw new UsageError(
        `A tensor of ${this.dims.join(' x ')} has ${count} elements, too many to write out in full; generate it row by row.`,
        { value: count, limit: 2 ** 27 },
      );
    }
    const all = new Float64Array(count);
    this.forEachPiece(({ indices, values }) => {
      for (let i = 0; i < values.length; i++) {
        let at = 0;
        for (let mode = 0; mode < indices.length; mode++) {
          at = at * this.dims[mode] + indices[mode][i];
        }
        all[at] = values[i];
      }
    }, job);
    return all;
  }

  /** The elements at given places, in any order. */
  values(indices: readonly Uint32Array[], job: Job = unattended): Float64Array {
    const values = new Float64Array(indices[0].length);
    for (const [p, part] of this.parts.entries()) {
      const y = new Float32Array(values.length);
      if (part.scale > 0) {
        new Evaluator(this.code, { indices, values }).evaluate(
          part.network,
          part.positions,
          y,
          job,
        );
      }
      for (let i = 0; i < y.length; i++) {
        values[i] += (p === 0 ? part.scale : -part.scale) * y[i];
      }
    }
    return values;
  }

  private combined(generate: (part: Required<Part>) => number): number {
    return this.parts.reduce((sum, part, p) => {
      const value = part.scale === 0 ? 0 : part.scale * generate(part);
      return p === 0 ? value : sum - value;
    }, 0);
  }
}

/** Of a mode whose order is not stored: position and index are the same. */
export function ownPositions(size: number): Uint32Array {
  return Uint32Array.from({ length: size }, (_, i) => i);
}

/** Indices of `length` elements of a box, row-major from element `from`. */
function rowMajorIndices(
  box: readonly { readonly from: number; readonly count: number }[],
  from: number,
  length: number,
): Uint32Array[] {
  const indices = box.map(() => new Uint32Array(length));
  for (let i = 0; i < length; i++) {
    let rest = from + i;
    for (let mode = box.length - 1; mode >= 0; mode--) {
      const { from: start, count } = box[mode];
      indices[mode][i] = start + (rest % count);
      rest = Math.floor(rest / count);
    }
  }
  return indices;
}

/** All combinations of the indices present in each coded mode; other modes have index 0 alone. */
function productIndices(
  code: PositionCode,
  present: readonly Int32Array[],
  count: number,
): Uint32Array[] {
  const indices = code.dims.map(() => new Uint32Array(count));
  let repeat = count;
  for (const [mode, axis] of code.axes.entries()) {
    const choices = present[mode];
    repeat /= choices.length;
    const target = indices[axis];
    for (let i = 0; i < count; i++) {
      target[i] = choices[Math.floor(i / repeat) % choices.length];
    }
  }
  return indices;
}
