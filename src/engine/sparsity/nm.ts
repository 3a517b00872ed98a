import { UsageError } from '../../failures';
import { unattended, type Job } from '../job';
import type { FloatArray } from '../tensor/tensor';
import { bitmapBytes } from './bitmap';
import { assertUsable, type WeightMatrix } from './weightMatrix';

/** Elements looked at between looks at the stop sign: some 20 ms. */
const elementsPerCheck = 2 ** 20;

/**
 * N:M of a row-major matrix: of every `m` consecutive entries of a row the `n` largest in magnitude
 * remain, ties to the lower column. A last group with fewer than `m` entries counts as filled up
 * with zeros, so at most `n` of its own remain. A bit per entry, row-major, the first in the highest
 * bit of the first byte (as `numpy.packbits`).
 * @throws UsageError unless m is at least 1 and n from 0 to m.
 */
export function nmMask(
  { rows, columns, data }: WeightMatrix,
  n: number,
  m: number,
  job: Job = unattended,
): Uint8Array<ArrayBuffer> {
  assertNm(n, m);
  const mask = new Uint8Array(bitmapBytes(rows * columns));
  const largest = new Uint32Array(n);
  forEachGroup(rows, columns, m, job, (from, count) => {
    const kept = Math.min(n, count);
    findLargest(largest, kept, data, from, count);
    for (let k = 0; k < kept; k++) {
      mask[largest[k] >>> 3] |= 0x80 >>> (largest[k] & 7);
    }
  });
  return mask;
}

/**
 * Entry n, from 0 to m: the Frobenius norm of what {@link nmMask} drops.
 * @throws UsageError for an m below 1, UnsupportedError for entries that are not finite.
 */
export function nmResiduals(matrix: WeightMatrix, m: number, job: Job = unattended): Float64Array {
  assertNm(0, m);
  const { rows, columns, data } = matrix;
  // Entry k: the squares of all entries that are the k-th largest of their group.
  const squares = new Float64Array(m);
  const sorted = new Float64Array(m);
  forEachGroup(rows, columns, m, job, (from, count) => {
    sortSquares(sorted, data, from, count);
    for (let k = 0; k < count; k++) {
      squares[k] += sorted[k];
    }
  });
  const result = new Float64Array(m + 1);
  let square = 0;
  for (let n = m - 1; n >= 0; n--) {
    square += squares[n];
    result[n] = Math.sqrt(square);
  }
  assertUsable(matrix, square);
  return result;
}

/** Entries of a matrix that N:M keeps. */
export function nmKept(rows: number, columns: number, n: number, m: number): number {
  return rows * (Math.floor(columns / m) * n + Math.min(n, columns % m));
}

/** The kept values, and of each its position within the group in ceil(log2 m) bits. */
export function nmBytes(
  rows: number,
  columns: number,
  n: number,
  m: number,
  valueBytes: number,
): number {
  assertNm(n, m);
  const kept = nmKept(rows, columns, n, m);
  return kept * valueBytes + Math.ceil((kept * Math.ceil(Math.log2(m))) / 8);
}

function forEachGroup(
  rows: number,
  columns: number,
  m: number,
  job: Job,
  visit: (from: number, count: number) => void,
): void {
  const rowsPerCheck = Math.max(1, Math.floor(elementsPerCheck / columns));
  for (let i = 0; i < rows; i++) {
    if (i % rowsPerCheck === 0) {
      job.throwIfCancelled();
    }
    const end = (i + 1) * columns;
    for (let from = i * columns; from < end; from += m) {
      visit(from, Math.min(m, end - from));
    }
  }
}

/** The places of the `kept` largest magnitudes of a group, by insertion: groups are short. */
function findLargest(
  places: Uint32Array,
  kept: number,
  data: FloatArray,
  from: number,
  count: number,
): void {
  let found = 0;
  for (let at = from; at < from + count; at++) {
    const size = Math.abs(data[at]);
    if (found === kept && (kept === 0 || !(size > Math.abs(data[places[kept - 1]])))) {
      continue;
    }
    let to = found < kept ? found++ : kept - 1;
    for (; to > 0 && size > Math.abs(data[places[to - 1]]); to--) {
      places[to] = places[to - 1];
    }
    places[to] = at;
  }
}

/** The squares of a group in descending order. */
function sortSquares(sorted: Float64Array, data: FloatArray, from: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const square = data[from + i] * data[from + i];
    let to = i;
    for (; to > 0 && square > sorted[to - 1]; to--) {
      sorted[to] = sorted[to - 1];
    }
    sorted[to] = square;
  }
}

function assertNm(n: number, m: number): void {
  if (!Number.isInteger(m) || m < 1 || !Number.isInteger(n) || n < 0 || n > m) {
    throw new UsageError(
      `${n}:${m} is no pattern N:M; give whole numbers with N from 0 to M, such as 2:4.`,
      { value: `${n}:${m}` },
    );
  }
}
