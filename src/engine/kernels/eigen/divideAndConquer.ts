import { powerOfTwoAbove } from '../../linalg/vectors';
import { implicitQl } from './implicitQl';
import { mergeParts, mergeSpace, type Parts } from './merge';
import type { Runner } from './runner';

/** Sizes up to this are solved by QL. */
const leafSize = 32;

export interface TridiagonalSolution {
  /** All eigenvalues, descending. */
  readonly values: Float64Array;
  /** The rows that hold the vectors of the first values. */
  readonly order: Int32Array;
  /** The vectors lie in this many rows, the first ones. */
  readonly height: number;
}

/** Workspace of {@link divideAndConquer} in elements, at worst and `spare` not counted. */
export function divideAndConquerSpace(n: number): number {
  return mergeSpace(n) + 2 * leafSize + 64;
}

/**
 * Eigenvalues of a symmetric tridiagonal matrix, and the eigenvectors of the `count` largest as
 * rows of `rows` (`stride` elements apart): Cuppen's divide and conquer with the vectors of Gu and
 * Eisenstat, A Divide-and-Conquer Algorithm for the Symmetric Tridiagonal Eigenproblem (1995), as
 * in LAPACK's dstedc. `diagonal` and `below` (entry i couples i and i + 1) are destroyed; `spare`
 * is workspace that is used before any other.
 */
export function divideAndConquer(
  runner: Runner,
  diagonal: Float64Array,
  below: Float64Array,
  rows: Float64Array,
  stride: number,
  count: number,
  spare: Float64Array,
): TridiagonalSolution {
  const n = diagonal.length;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    largest = Math.max(largest, Math.abs(diagonal[i]), Math.abs(below[i]));
  }
  const scale = powerOfTwoAbove(largest);
  for (let i = 0; i < n; i++) {
    diagonal[i] /= scale;
    below[i] /= scale;
    rows.fill(0, i * stride, i * stride + n);
  }
  const parts = { runner, values: diagonal, order: new Int32Array(n), rows, stride, spare };
  solvePart(parts, below, 0, n, count);
  const { values, order } = parts;
  // Equal values in the order of their rows, so that the vectors of the identity are its columns.
  const wanted = Array.from(order.keys())
    .slice(n - count)
    .sort((i, j) => values[j] - values[i] || order[i] - order[j]);
  return {
    values: Float64Array.from(values, (value) => value * scale).reverse(),
    order: Int32Array.from(wanted, (i) => order[i]),
    height: n <= leafSize ? n : count,
  };
}

/** Solves the part [low, high); forms the vectors of its `wanted` largest values at least. */
function solvePart(
  parts: Parts,
  below: Float64Array,
  low: number,
  high: number,
  wanted: number,
): void {
  const { runner, values } = parts;
  runner.look();
  if (high - low <= leafSize) {
    solveLeaf(parts, below, low, high);
    return;
  }
  const middle = (low + high) >> 1;
  const coupling = below[middle - 1];
  values[middle - 1] -= Math.abs(coupling);
  values[middle] -= Math.abs(coupling);
  solvePart(parts, below, low, middle, middle - low);
  solvePart(parts, below, middle, high, high - middle);
  mergeParts(parts, { low, middle, high }, coupling, wanted);
}

function solveLeaf(parts: Parts, below: Float64Array, low: number, high: number): void {
  const { runner, values, order, rows, stride } = parts;
  const d = values.slice(low, high);
  implicitQl(runner, d, below.slice(low, high), rows.subarray(low * stride + low), stride);
  const sorted = Array.from(d.keys()).sort((i, j) => d[i] - d[j] || i - j);
  sorted.forEach((row, position) => {
    values[low + position] = d[row];
    order[low + position] = row;
  });
}
