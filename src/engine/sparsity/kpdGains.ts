import type { Job } from '../job';
import { addProduct } from '../linalg/blockedProduct';
import { eigh } from '../linalg/eigh';
import { gram } from '../linalg/gram';
import type { FloatMatrix } from '../linalg/gramBasis';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { qr } from '../linalg/qr';
import { createRandom } from '../random';

/** What every block gains by being kept, given which blocks shape the terms. */
export interface GainProblem {
  /** R(W): the blocks as rows. */
  readonly rows: FloatMatrix;
  /** Squared norms of the rows. */
  readonly energies: Float64Array;
  /** Blocks that are kept at a time. */
  readonly blocks: number;
  /** Terms, fewer than the blocks and than the entries of one. */
  readonly rank: number;
  /** Of the sketch that stands in for a large Gram matrix. */
  readonly seed: number;
}

/**
 * ||R_p V||^2 of every row p, V (block entries x rank) being the best row space of the rows in
 * `mask`; where V comes from a sketch, at least as good a one as at the last call for that mask.
 */
export type Gains = (mask: Uint32Array) => Promise<Float64Array>;

/** Sizes of the short side up to which every row space is found exactly, in some 0.3 s at most. */
const exactUpTo = 640;
/** Ranks of this share of the short side or more leave a sketch nothing to save. */
const exactFromShare = 1 / 8;

export function createGains(problem: GainProblem, job: Job): Gains {
  if (isSketched(problem)) {
    return gainsBySketch(problem, job);
  }
  const { rows, blocks } = problem;
  return rows.columns <= blocks ? gainsByColumns(problem, job) : gainsByRows(problem, job);
}

/** Whether the row spaces of a problem come from sketches, whose cost hardly grows with its size. */
export function isSketched({ rows, blocks, rank }: GainProblem): boolean {
  const short = Math.min(blocks, rows.columns);
  return short > exactUpTo && rank < exactFromShare * short;
}

/** By the Gram matrix of the columns, which follows the mask by the rows that come and go. */
function gainsByColumns({ rows, energies, rank }: GainProblem, job: Job): Gains {
  const size = rows.columns;
  // The smaller of V and its complement takes the fewer multiply-adds.
  const byComplement = rank > size / 2;
  let square: Matrix | undefined;
  let last = new Uint32Array(0);
  return async (mask) => {
    const added = missingFrom(mask, last);
    const removed = missingFrom(last, mask);
    if (square && added.length + removed.length < mask.length) {
      addGram(square, pickRows(rows, added), 1, job);
      addGram(square, pickRows(rows, removed), -1, job);
    } else {
      square = await gram(pickRows(rows, mask), 'columns', job);
    }
    last = mask.slice();
    const { vectors } = eigh(square, job, { count: byComplement ? size : rank });
    if (!byComplement) {
      return squaredRows(rows, columnsOf(vectors, 0, rank), job);
    }
    const lost = squaredRows(rows, columnsOf(vectors, rank, size), job);
    return lost.map((square, p) => Math.max(0, energies[p] - square));
  };
}

/** By the Gram matrix of the kept rows, when these are fewer than the entries of a block. */
function gainsByRows({ rows, rank }: GainProblem, job: Job): Gains {
  return async (mask) => {
    const kept = pickRows(rows, mask);
    if (kept.columns <= kept.rows) {
      const { vectors } = eigh(await gram(kept, 'columns', job), job, { count: rank });
      return squaredRows(rows, vectors, job);
    }
    const { vectors, values } = eigh(await gram(kept, 'rows', job), job, { count: rank });
    const V = productOf(kept, vectors, job, 'transposed');
    for (let i = 0, at = 0; i < V.rows; i++) {
      for (let t = 0; t < V.columns; t++, at++) {
        V.data[at] *= values[t] > 0 ? 1 / Math.sqrt(values[t]) : 0;
      }
    }
    return squaredRows(rows, V, job);
  };
}

const oversampling = 8;
const stepsFromRandom = 3;

/**
 * By one step of subspace iteration per round, V <- orth(A^T A V) for the kept rows A, from where
 * the last round ended, then Rayleigh and Ritz. As A^T A has no negative eigenvalue, a step never
 * loses of what V captures of A.
 */
function gainsBySketch({ rows, rank, seed }: GainProblem, job: Job): Gains {
  const width = Math.min(rank + oversampling, rows.columns);
  let V = randomColumns(rows.columns, width, seed);
  /** R V. */
  let products: Matrix | undefined;
  return async (mask) => {
    const kept = pickRows(rows, mask);
    for (let step = products ? stepsFromRandom : 1; step <= stepsFromRandom; step++) {
      const seen = products ? pickMatrixRows(products, mask) : productOf(kept, V, job);
      V = qr(productOf(kept, seen, job, 'transposed'), job).Q;
      products = productOf(rows, V, job);
    }
    const found = products ?? productOf(rows, V, job);
    const small = await gram(pickMatrixRows(found, mask), 'columns', job);
    const turn = eigh(small, job).vectors;
    V = await multiply(V, turn, { job });
    products = await multiply(found, turn, { job });
    return sumsOfSquares(products, rank);
  };
}

function randomColumns(rows: number, columns: number, seed: number): Matrix {
  const random = createRandom(seed);
  const result = createMatrix(rows, columns);
  for (let i = 0; i < result.data.length; i++) {
    result.data[i] = random.normal();
  }
  return result;
}

/** Elements of a product that are held at a time. */
const productsAtOnce = 2 ** 21;

/** ||R_p V||^2 of every row. */
function squaredRows(rows: FloatMatrix, V: Matrix, job: Job): Float64Array {
  const result = new Float64Array(rows.rows);
  const atOnce = Math.max(1, Math.floor(productsAtOnce / V.columns));
  for (let from = 0; from < rows.rows; from += atOnce) {
    const count = Math.min(atOnce, rows.rows - from);
    const data = rows.data.subarray(from * rows.columns, (from + count) * rows.columns);
    const product = productOf({ rows: count, columns: rows.columns, data }, V, job);
    result.set(sumsOfSquares(product, V.columns), from);
  }
  return result;
}

/** Of every row, over its first `count` entries. */
function sumsOfSquares({ rows, columns, data }: Matrix, count: number): Float64Array {
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let at = i * columns; at < i * columns + count; at++) {
      sum += data[at] * data[at];
    }
    result[i] = sum;
  }
  return result;
}

/** A B, or A^T B. */
function productOf(a: FloatMatrix, b: Matrix, job: Job, side?: 'transposed'): Matrix {
  const [m, k] = side ? [a.columns, a.rows] : [a.rows, a.columns];
  const [rowStride, columnStride] = side ? [1, a.columns] : [a.columns, 1];
  const result = createMatrix(m, b.columns);
  const left = { data: a.data, rowStride, columnStride };
  const right = { data: b.data, rowStride: b.columns, columnStride: 1 };
  addProduct({ m, n: b.columns, k }, left, right, result.data, { into: 'replace', job });
  return result;
}

/** G += sign A^T A. */
function addGram(g: Matrix, { rows, columns, data }: FloatMatrix, sign: 1 | -1, job: Job): void {
  const turned = { data, rowStride: 1, columnStride: columns };
  const straight = { data, rowStride: columns, columnStride: 1 };
  const size = { m: columns, n: columns, k: rows };
  addProduct(size, turned, straight, g.data, { alpha: sign, job });
}

/** The numbers in `some` that are not in `others`; both ascend. */
function missingFrom(some: Uint32Array, others: Uint32Array): Uint32Array {
  let at = 0;
  return some.filter((one) => {
    while (at < others.length && others[at] < one) {
      at++;
    }
    return others[at] !== one;
  });
}

function columnsOf({ rows, columns, data }: Matrix, from: number, to: number): Matrix {
  const result = createMatrix(rows, to - from);
  for (let i = 0; i < rows; i++) {
    result.data.set(data.subarray(i * columns + from, i * columns + to), i * (to - from));
  }
  return result;
}

function pickMatrixRows(a: Matrix, which: Uint32Array): Matrix {
  const result = createMatrix(which.length, a.columns);
  copyRows(result.data, a, which);
  return result;
}

/** The rows of the numbers `which`; not copied when these are all. */
export function pickRows(a: FloatMatrix, which: Uint32Array): FloatMatrix {
  if (which.length === a.rows) {
    return a;
  }
  const count = which.length * a.columns;
  const data = a.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  copyRows(data, a, which);
  return { rows: which.length, columns: a.columns, data };
}

/** A loop, because rows may be short and a view of each costs more. */
function copyRows(
  target: Float64Array | Float32Array,
  { columns, data }: FloatMatrix,
  which: Uint32Array,
): void {
  for (let k = 0; k < which.length; k++) {
    const from = which[k] * columns;
    const to = k * columns;
    for (let j = 0; j < columns; j++) {
      target[to + j] = data[from + j];
    }
  }
}
