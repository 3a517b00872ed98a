import { unattended, type Job } from '../job';
import { solveRight } from '../linalg/cholesky';
import { gram } from '../linalg/gram';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { dot } from '../linalg/vectors';
import { createRandom } from '../random';
import { contractFibers, fiberTree } from './fiberTree';
import { modelOf, requireCount, requireRoom, type FitReport } from './fitting';
import { occupied, placeOf, type Occupied } from './occupied';
import { requireFactorable } from './factorModes';
import type { SparseModel } from './sparseModel';
import { squaredNorm, type SparseTensor } from './sparseTensor';

export interface SparseCpOptions {
  readonly rank: number;
  readonly seed?: number;
  /** Sweeps at most; 50. */
  readonly maxIterations?: number;
  /** It ends when the fit 1 - ||X - X~|| / ||X|| changes by less; 1e-4. */
  readonly tolerance?: number;
}

export interface SparseCpModel extends SparseModel {
  /** A_k of the occupied slices, (slices x R) each; weights spread over all modes. */
  readonly factors: readonly Matrix[];
  /** Per mode the slices that have entries; undefined where all do. */
  readonly places: Occupied['places'];
}

/**
 * CP by alternating least squares on a sparse tensor of order 2 or more, with the defaults of Tensor
 * Toolbox: no ridge, a random start in [0, 1), 50 sweeps, 1e-4. The products with the Khatri-Rao
 * matrix go over the nonzeros only. R (sum of N_i) numbers of 8 bytes.
 * @param report the error after every sweep
 * @throws UsageError for an order below 2 and an impossible rank, OutOfMemoryError.
 */
export async function fitCp(
  X: SparseTensor,
  options: SparseCpOptions,
  job: Job = unattended,
  report?: FitReport,
): Promise<SparseCpModel> {
  const from = performance.now();
  requireFactorable('CP', X);
  requireCount('rank', options.rank);
  const { seed = 0, maxIterations = 50, tolerance = 1e-4 } = options;
  requireCount('number of sweeps', maxIterations);
  const { tensor, places } = occupied(X);
  const { dims } = tensor;
  // No tensor has a higher rank than the product of all sizes but the largest.
  const mostRank = dims.reduce((product, size) => product * size, 1) / Math.max(1, ...dims);
  const rank = Math.max(1, Math.min(options.rank, mostRank));
  const slices = dims.reduce((sum, size) => sum + size, 0);
  requireRoom(3 * rank * slices + 4 * rank * rank, 'The factors', 'Choose a smaller rank.', job);
  const norm = squaredNorm(X);
  const random = createRandom(seed);
  const factors = dims.map((size) =>
    createMatrix(
      size,
      rank,
      Float64Array.from({ length: size * rank }, () => random.next()),
    ),
  );
  const trees = tensor.values.length > 0 ? dims.map((_, mode) => fiberTree(tensor, mode, job)) : [];
  const grams = await Promise.all(factors.map((factor) => gram(factor, 'columns', job)));
  const weights = new Float64Array(rank);
  let error = norm;
  let iterations = 0;
  let converged = trees.length === 0;
  while (!converged && iterations < maxIterations) {
    let inner = 0;
    for (const [mode, tree] of trees.entries()) {
      job.throwIfCancelled();
      const M = createMatrix(dims[mode], rank);
      const place = (node: number, sum: Float64Array): void =>
        M.data.set(sum, tree.indices[0][node] * rank);
      contractFibers(tree, factors, 'hadamard', place, job);
      const V = hadamard(grams, mode);
      const A = factors[mode];
      solveRight(M, V, 0, job, A);
      inner = dot(M.data, 0, A.data, 0, A.data.length);
      weights.set(takeNorms(A));
      grams[mode] = await gram(A, 'columns', job);
    }
    const previous = error;
    error = Math.max(0, norm - 2 * inner + squareOf(grams, weights));
    iterations++;
    converged = Math.abs(Math.sqrt(previous) - Math.sqrt(error)) < tolerance * Math.sqrt(norm);
    report?.({ step: iterations, squaredError: error });
    job.report(iterations / maxIterations, `sweep ${iterations}`);
  }
  spread(factors, weights);
  const parameters = rank * X.dims.reduce((sum, size) => sum + size, 0);
  const model = modelOf(
    X,
    {
      method: 'cp',
      parameters,
      bytes: 8 * parameters,
      squaredError: error,
      entry(index) {
        const rows = index.map((i, mode) => placeOf(places[mode], i));
        return rows.includes(-1) ? 0 : entryOf(factors, rows);
      },
      details: {
        rank,
        ...(rank < options.rank && { wantedRank: options.rank }),
        iterations,
        converged,
        seed,
        tolerance,
      },
    },
    from,
  );
  return { ...model, factors, places };
}

/** The elementwise product of all Gram matrices but that of `except`. */
function hadamard(grams: readonly Matrix[], except?: number): Matrix {
  const { rows, columns } = grams[0];
  const result = createMatrix(rows, columns);
  result.data.fill(1);
  grams.forEach(({ data }, mode) => {
    if (mode !== except) {
      for (let at = 0; at < data.length; at++) {
        result.data[at] *= data[at];
      }
    }
  });
  return result;
}

/** ||X~||^2 = weights^T (product of all Gram matrices) weights. */
function squareOf(grams: readonly Matrix[], weights: Float64Array): number {
  const { data, rows } = hadamard(grams);
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    sum += weights[r] * dot(data, r * rows, weights, 0, rows);
  }
  return sum;
}

/** Scales the columns of A to length 1, in place, and returns the lengths they had. */
function takeNorms({ rows, columns, data }: Matrix): Float64Array {
  const norms = new Float64Array(columns);
  for (let at = 0; at < rows * columns; at++) {
    norms[at % columns] += data[at] ** 2;
  }
  for (let r = 0; r < columns; r++) {
    norms[r] = Math.sqrt(norms[r]);
  }
  for (let at = 0; at < rows * columns; at++) {
    data[at] = norms[at % columns] > 0 ? data[at] / norms[at % columns] : 0;
  }
  return norms;
}

/** weight^(1/d) in every factor's column. */
function spread(factors: readonly Matrix[], weights: Float64Array): void {
  const roots = weights.map((weight) => weight ** (1 / factors.length));
  for (const { data, columns } of factors) {
    for (let at = 0; at < data.length; at++) {
      data[at] *= roots[at % columns];
    }
  }
}

function entryOf(factors: readonly Matrix[], rows: readonly number[]): number {
  const R = factors[0].columns;
  let sum = 0;
  for (let r = 0; r < R; r++) {
    let product = 1;
    for (let mode = 0; mode < rows.length; mode++) {
      product *= factors[mode].data[rows[mode] * R + r];
    }
    sum += product;
  }
  return sum;
}
