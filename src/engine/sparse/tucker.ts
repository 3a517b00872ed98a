import { UsageError } from '../../failures';
import { unattended, type Job } from '../job';
import { eigh } from '../linalg/eigh';
import { createMatrix, firstColumns, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { qr } from '../linalg/qr';
import { dot } from '../linalg/vectors';
import { createRandom } from '../random';
import { requireFactorable } from './factorModes';
import { contractFibers, fiberTree, type FiberTree } from './fiberTree';
import { modelOf, requireCount, requireRoom, type FitReport } from './fitting';
import { occupied, placeOf, type Occupied } from './occupied';
import type { SparseModel } from './sparseModel';
import { squaredNorm, type SparseTensor } from './sparseTensor';

export interface SparseTuckerOptions {
  /** Ranks per mode, or the side of a cubic core. */
  readonly ranks: number | readonly number[];
  readonly seed?: number;
  /** Sweeps at most; 50. */
  readonly maxIterations?: number;
  /** It ends when the fit 1 - ||X - X~|| / ||X|| changes by less; 1e-4. */
  readonly tolerance?: number;
}

export interface SparseTuckerModel extends SparseModel {
  /** U_k of the occupied slices, (slices x R_k), orthonormal. */
  readonly factors: readonly Matrix[];
  /** G, row-major, R_1 x ... x R_d. */
  readonly core: { readonly shape: readonly number[]; readonly data: Float64Array };
  /** Per mode the slices that have entries; undefined where all do. */
  readonly places: Occupied['places'];
}

/** Numbers of an unfolded product held at a time: 256 MB; a longer one is computed twice. */
const numbersAtOnce = 2 ** 25;

/**
 * Tucker by higher-order orthogonal iteration on a sparse tensor of order 2 or more: each U_k becomes
 * the leading left singular vectors of Y_(k), X times all other factors, which is accumulated row by
 * row over the nonzeros. The start is random and orthonormal. The error is ||X||^2 - ||G||^2.
 * (product of R_i) + (sum of N_i R_i) numbers of 8 bytes.
 * @param report the error after every sweep
 * @throws UsageError for an order below 2 and impossible ranks, OutOfMemoryError.
 */
export async function fitTucker(
  X: SparseTensor,
  options: SparseTuckerOptions,
  job: Job = unattended,
  report?: FitReport,
): Promise<SparseTuckerModel> {
  const from = performance.now();
  requireFactorable('Tucker', X);
  const { seed = 0, maxIterations = 50, tolerance = 1e-4 } = options;
  requireCount('number of sweeps', maxIterations);
  const wanted = wantedRanks(X.dims.length, options.ranks);
  const { tensor, places } = occupied(X);
  const { dims } = tensor;
  const ranks = clippedRanks(dims, wanted);
  requireFactorRoom(dims, ranks, job);
  const norm = squaredNorm(X);
  const random = createRandom(seed);
  const factors = dims.map((size, mode) => {
    const data = Float64Array.from({ length: size * ranks[mode] }, () => random.normal());
    return data.length > 0
      ? qr(createMatrix(size, ranks[mode], data), job).Q
      : createMatrix(size, ranks[mode]);
  });
  const trees = tensor.values.length > 0 ? dims.map((_, mode) => fiberTree(tensor, mode, job)) : [];
  let core = new Float64Array(product(ranks));
  let error = norm;
  let iterations = 0;
  let converged = trees.length === 0;
  while (!converged && iterations < maxIterations) {
    for (const [mode, tree] of trees.entries()) {
      const isLast = mode === trees.length - 1;
      const found = await leadingBasis(tree, factors, dims[mode], ranks[mode], isLast, job);
      factors[mode] = found.U;
      if (found.projected) {
        core = inModeOrder(found.projected.data, tree.modes, ranks);
      }
    }
    const previous = error;
    error = Math.max(0, norm - dot(core, 0, core, 0, core.length));
    iterations++;
    converged = Math.abs(Math.sqrt(previous) - Math.sqrt(error)) < tolerance * Math.sqrt(norm);
    report?.({ step: iterations, squaredError: error });
    job.report(iterations / maxIterations, `sweep ${iterations}`);
  }
  const parameters =
    product(ranks) + X.dims.reduce((sum, size, mode) => sum + size * ranks[mode], 0);
  const isClipped = ranks.some((rank, mode) => rank < wanted[mode]);
  const model = modelOf(
    X,
    {
      method: 'tucker',
      parameters,
      bytes: 8 * parameters,
      squaredError: error,
      entry(index) {
        const rows = index.map((i, mode) => placeOf(places[mode], i));
        return rows.includes(-1) ? 0 : entryOf(core, factors, rows);
      },
      details: {
        ranks,
        ...(isClipped && { wantedRanks: wanted }),
        iterations,
        converged,
        seed,
        tolerance,
      },
    },
    from,
  );
  return { ...model, factors, core: { shape: ranks, data: core }, places };
}

function wantedRanks(order: number, ranks: number | readonly number[]): readonly number[] {
  const list = typeof ranks === 'number' ? Array.from({ length: order }, () => ranks) : ranks;
  if (list.length !== order) {
    throw new UsageError(
      `A tensor of order ${order} needs ${order} ranks, or one for all modes, not ${list.length}.`,
    );
  }
  list.forEach((rank) => requireCount('rank', rank));
  return list;
}

/** No rank above the size of its mode, nor above the product of the other ranks. */
function clippedRanks(dims: readonly number[], wanted: readonly number[]): readonly number[] {
  let ranks = wanted.map((rank, mode) => Math.min(rank, dims[mode]));
  for (;;) {
    const all = product(ranks);
    const next = ranks.map((rank) => (rank > 0 ? Math.min(rank, all / rank) : 0));
    if (next.every((rank, mode) => rank === ranks[mode])) {
      return ranks;
    }
    ranks = next;
  }
}

function requireFactorRoom(dims: readonly number[], ranks: readonly number[], job: Job): void {
  const remedy = 'Choose smaller ranks.';
  dims.forEach((size, mode) => {
    const width = product(ranks) / Math.max(1, ranks[mode]);
    const side = Math.min(size, width);
    const held = Math.min(size * width, numbersAtOnce);
    requireRoom(2 * side * side + held, `The products of mode ${mode + 1}`, remedy, job);
  });
  const factors = dims.reduce((sum, size, mode) => sum + 3 * size * ranks[mode], 0);
  requireRoom(factors + 2 * product(ranks), 'The factors', remedy, job);
}

/**
 * The leading left singular vectors of Y_(k), from the eigenvectors of its Gram matrix on the short
 * side, made orthonormal once more by QR where they come from the long one; and, `withCore`, U^T Y_(k).
 */
async function leadingBasis(
  tree: FiberTree,
  factors: readonly Matrix[],
  rows: number,
  rank: number,
  withCore: boolean,
  job: Job,
): Promise<{ readonly U: Matrix; readonly projected?: Matrix }> {
  const width = tree.modes.slice(1).reduce((size, mode) => size * factors[mode].columns, 1);
  const isTall = rows > width;
  const perBlock = isTall ? Math.max(1, Math.floor(numbersAtOnce / width)) : rows;
  const isOneBlock = perBlock >= rows;
  let kept: Matrix | undefined;
  const block = (first: number): Matrix => {
    kept = isOneBlock && kept ? kept : unfolded(tree, factors, width, first, rows, perBlock, job);
    return kept;
  };
  if (!isTall) {
    const Y = block(0);
    const U = firstColumns(eigh(await outer(Y, job), job, { count: rank }).vectors, rank);
    const projected = withCore ? await multiply(U, Y, { transposeA: true, job }) : undefined;
    return { U, projected };
  }
  const square = createMatrix(width, width);
  for (let first = 0; first < rows; first += perBlock) {
    const Y = block(first);
    addTo(square, await multiply(Y, Y, { transposeA: true, job }));
  }
  const { vectors } = eigh(square, job, { count: rank });
  const images = createMatrix(rows, rank);
  for (let first = 0; first < rows; first += perBlock) {
    const part = await multiply(block(first), firstColumns(vectors, rank), { job });
    images.data.set(part.data, first * rank);
  }
  const U = qr(images, job).Q;
  if (!withCore) {
    return { U };
  }
  const projected = createMatrix(rank, width);
  for (let first = 0; first < rows; first += perBlock) {
    const Y = block(first);
    const lines = U.data.subarray(first * rank, (first + Y.rows) * rank);
    const part = createMatrix(Y.rows, rank, lines);
    addTo(projected, await multiply(part, Y, { transposeA: true, job }));
  }
  return { U, projected };
}

/** Rows `first` on of Y_(k), at most `perBlock`. */
function unfolded(
  tree: FiberTree,
  factors: readonly Matrix[],
  width: number,
  first: number,
  rows: number,
  perBlock: number,
  job: Job,
): Matrix {
  const count = Math.min(perBlock, rows - first);
  const Y = createMatrix(count, width);
  // All slices are occupied, so that node n of the root is slice n.
  const place = (node: number, sum: Float64Array): void => Y.data.set(sum, (node - first) * width);
  contractFibers(tree, factors, 'kronecker', place, job, first, first + count);
  return Y;
}

function outer(Y: Matrix, job: Job): Promise<Matrix> {
  return multiply(Y, Y, { transposeB: true, job });
}

function addTo(target: Matrix, part: Matrix): void {
  for (let at = 0; at < part.data.length; at++) {
    target.data[at] += part.data[at];
  }
}

/** A core whose axes are the tensor's modes in the order `modes`, in the order of the modes. */
function inModeOrder(
  data: Float64Array,
  modes: readonly number[],
  ranks: readonly number[],
): Float64Array<ArrayBuffer> {
  const strides = ranks.map((_, mode) => product(ranks.slice(mode + 1)));
  const result = new Float64Array(data.length);
  for (let at = 0; at < data.length; at++) {
    let rest = at;
    let to = 0;
    for (let axis = modes.length - 1; axis >= 0; axis--) {
      const mode = modes[axis];
      to += (rest % ranks[mode]) * strides[mode];
      rest = Math.floor(rest / ranks[mode]);
    }
    result[to] = data[at];
  }
  return result;
}

/** G contracted with one row of every factor, the last mode first. */
function entryOf(core: Float64Array, factors: readonly Matrix[], rows: readonly number[]): number {
  let rest = core;
  for (let mode = factors.length - 1; mode >= 0; mode--) {
    const { columns, data } = factors[mode];
    const next = new Float64Array(rest.length / columns);
    for (let at = 0; at < next.length; at++) {
      next[at] = dot(rest, at * columns, data, rows[mode] * columns, columns);
    }
    rest = next;
  }
  return rest[0];
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}
