import { deflate, support, type Deflation } from './deflation';
import { addressOf, type Runner } from './runner';
import { secularVectors, solveSecular, type SecularProblem } from './secularEquation';

/** New vectors whose coefficients are held at a time. */
const vectorsAtOnce = 512;

/** The state of the divide and conquer over a tridiagonal matrix. */
export interface Parts {
  readonly runner: Runner;
  /** Eigenvalues of each solved part, ascending within it. */
  readonly values: Float64Array;
  /** The row, counted from the part's first, that holds the vector of each value. */
  readonly order: Int32Array;
  /** Eigenvectors: row i has zeros outside its part. */
  readonly rows: Float64Array;
  readonly stride: number;
  /** Workspace used before any other. */
  readonly spare: Float64Array;
}

interface Range {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** Workspace of a merge of size n in elements, at worst and `spare` not counted. */
export function mergeSpace(n: number): number {
  return n * n + (Math.min(n, vectorsAtOnce) + 8) * n + 1024;
}

/**
 * Joins the solved parts [low, middle) and [middle, high), which `coupling` had been split from:
 * with Q the vectors so far, the matrix is Q (diag(d) + rho z z^T) Q^T (LAPACK's dlaed1 to dlaed3).
 * Only the vectors of the `wanted` largest values are formed, in the first rows of the part.
 */
export function mergeParts(parts: Parts, range: Range, coupling: number, wanted: number): void {
  const { runner, values, rows, stride } = parts;
  const { low, middle, high } = range;
  const size = high - low;
  const half = middle - low;
  const entry = sortedEntries(parts, range);
  const d = values.slice(low, high);
  const z = new Float64Array(size);
  const supports = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    d[i] = values[low + entry[i]];
    const row = (low + rowOf(parts, range, entry[i])) * stride;
    const isFirst = entry[i] < half;
    const edge = isFirst ? rows[row + middle - 1] : Math.sign(coupling) * rows[row + middle];
    z[i] = edge * Math.SQRT1_2;
    supports[i] = isFirst ? support.first : support.second;
  }
  const rowAt = Array.from(entry, (index) => low + rowOf(parts, range, index));
  const deflation = deflate(d, z, 2 * Math.abs(coupling), supports, (i, j, c, s) => {
    const [x, y] = [i, j].map((index) => addressOf(rows, rowAt[index] * stride + low));
    runner.exports.rotateRows(size, x, y, c, -s);
  });
  if (deflation.kept.length === 0 && wanted === size) {
    values.set(d, low);
    parts.order.set(
      rowAt.map((row) => row - low),
      low,
    );
    return;
  }
  runner.arena.scope(() => {
    const count = deflation.kept.length;
    const [poles, weights, origin, tau] = [0, 1, 2, 3].map(() => runner.arena.doubles(count));
    deflation.kept.forEach((index, i) => {
      poles[i] = d[index];
      weights[i] = z[index];
    });
    const rho = 2 * Math.abs(coupling);
    const problem = { count, rho, d: poles, z: weights, origin, tau };
    solveSecular(runner, problem);
    const first = sortNewValues(parts, range, problem, deflation, d, wanted);
    const grouped = groupBySupport(deflation.kept, supports);
    const old = copyOldVectors(parts, range, deflation, grouped, supports, rowAt, first.dropped);
    formVectors(parts, range, problem, grouped, old, first.kept);
    const top = count - first.kept;
    old.dropped.forEach(({ from, length, at }, index) => {
      const row = (low + top + index) * stride;
      rows.fill(0, row + low, row + high);
      rows.set(old.data.subarray(at, at + length), row + from);
    });
  });
}

/** Entries of both parts (numbered through) with values ascending; equal ones in their order. */
function sortedEntries({ values }: Parts, { low, middle, high }: Range): Int32Array {
  const result = new Int32Array(high - low);
  let [i, j] = [low, middle];
  for (let at = 0; at < result.length; at++) {
    const takesFirst = j === high || (i < middle && values[i] <= values[j]);
    result[at] = (takesFirst ? i++ : j++) - low;
  }
  return result;
}

/** The row, counted from `low`, of an entry of either part. */
function rowOf({ order }: Parts, { low, middle }: Range, entry: number): number {
  const half = middle - low;
  return order[low + entry] + (entry < half ? 0 : half);
}

/**
 * Writes the values of the joined part, ascending, and the rows that their vectors will lie in: the
 * new ones, then the dropped ones, without the smallest that are not wanted. Returns the first of
 * each that is wanted.
 */
function sortNewValues(
  { values, order }: Parts,
  { low, high }: Range,
  { count, origin, tau }: SecularProblem,
  { dropped }: Deflation,
  d: Float64Array,
  wanted: number,
): { readonly kept: number; readonly dropped: number } {
  const unwanted = high - low - wanted;
  let [i, j] = [0, 0];
  const first = { kept: 0, dropped: 0 };
  for (let at = 0; at < high - low; at++) {
    if (at === unwanted) {
      first.kept = i;
      first.dropped = j;
    }
    const fresh = i < count ? origin[i] + tau[i] : Infinity;
    const takesNew = j === dropped.length || (i < count && fresh <= d[dropped[j]]);
    values[low + at] = takesNew ? fresh : d[dropped[j]];
    order[low + at] = takesNew ? i++ : count + j++;
  }
  for (let at = unwanted; at < high - low; at++) {
    order[low + at] -= order[low + at] < count ? first.kept : first.kept + first.dropped;
  }
  return first;
}

interface Groups {
  /** Positions among the kept entries: support `first`, then `both`, then `second`. */
  readonly positions: readonly number[];
  readonly first: number;
  readonly both: number;
  readonly second: number;
}

function groupBySupport(kept: readonly number[], supports: Uint8Array): Groups {
  const lists: [number[], number[], number[]] = [[], [], []];
  kept.forEach((index, position) => lists[supports[index]].push(position));
  const [first, both, second] = lists.map((list) => list.length);
  return { positions: lists.flat(), first, both, second };
}

interface OldVectors {
  readonly data: Float64Array;
  /** Where the second halves begin; the first halves begin at 0. */
  readonly second: number;
  readonly dropped: readonly {
    readonly from: number;
    readonly length: number;
    readonly at: number;
  }[];
}

/** The halves of the kept vectors that are not zero, in groups, and the dropped ones. */
function copyOldVectors(
  { runner, rows, stride, spare }: Parts,
  { low, middle, high }: Range,
  deflation: Deflation,
  groups: Groups,
  supports: Uint8Array,
  rowAt: readonly number[],
  firstDropped: number,
): OldVectors {
  const half = middle - low;
  const second = (groups.first + groups.both) * half;
  let end = second + (groups.both + groups.second) * (high - middle);
  const dropped = deflation.dropped.slice(firstDropped).map((index) => {
    const from = supports[index] === support.second ? middle : low;
    const length = (supports[index] === support.first ? middle : high) - from;
    const at = end;
    end += length;
    return { from, length, at };
  });
  const data = end <= spare.length ? spare : runner.arena.doubles(end);
  groups.positions.forEach((position, index) => {
    const row = rowAt[deflation.kept[position]] * stride;
    if (index < groups.first + groups.both) {
      data.set(rows.subarray(row + low, row + middle), index * half);
    }
    if (index >= groups.first) {
      const to = second + (index - groups.first) * (high - middle);
      data.set(rows.subarray(row + middle, row + high), to);
    }
  });
  dropped.forEach(({ from, length, at }, index) => {
    const row = rowAt[deflation.dropped[firstDropped + index]] * stride;
    data.set(rows.subarray(row + from, row + from + length), at);
  });
  return { data, second, dropped };
}

/** Vectors of the new values from `firstWanted` on: combinations of the old ones, half by half. */
function formVectors(
  { runner, rows, stride }: Parts,
  { low, middle, high }: Range,
  problem: SecularProblem,
  groups: Groups,
  old: OldVectors,
  firstWanted: number,
): void {
  const { arena } = runner;
  const { count, d, z } = problem;
  const grouped = { ...problem, d: arena.doubles(count), z: arena.doubles(count) };
  groups.positions.forEach((position, index) => {
    grouped.d[index] = d[position];
    grouped.z[index] = z[position];
  });
  const step = Math.min(vectorsAtOnce, count - firstWanted);
  const coefficients = arena.doubles(step * count);
  for (let from = firstWanted; from < count; from += step) {
    runner.look();
    const m = Math.min(step, count - from);
    secularVectors(runner, grouped, from, from + m, coefficients);
    const row = (low + from - firstWanted) * stride;
    const firstHalf = { m, n: middle - low, k: groups.first + groups.both };
    runner.product(
      firstHalf,
      { data: coefficients, rowStride: count, columnStride: 1 },
      { data: old.data, rowStride: firstHalf.n, columnStride: 1 },
      { data: rows.subarray(row + low), rowStride: stride },
      { into: 'replace' },
    );
    const secondHalf = { m, n: high - middle, k: groups.both + groups.second };
    runner.product(
      secondHalf,
      { data: coefficients.subarray(groups.first), rowStride: count, columnStride: 1 },
      { data: old.data.subarray(old.second), rowStride: secondHalf.n, columnStride: 1 },
      { data: rows.subarray(row + middle), rowStride: stride },
      { into: 'replace' },
    );
  }
}
