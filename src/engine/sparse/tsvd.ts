import { unattended, type Job } from '../job';
import type { Matrix } from '../linalg/matrix';
import { dot } from '../linalg/vectors';
import { modelOf, requireCount, requireMatrixFor, requireRoom } from './fitting';
import { occupied, placeOf, type Occupied } from './occupied';
import { leadingLeftVectors } from './singularVectors';
import type { SparseModel } from './sparseModel';
import { sparseTimesDense } from './sparseProducts';
import { compressedRows, squaredNorm, transposed, type SparseTensor } from './sparseTensor';

export interface TsvdOptions {
  readonly rank: number;
  /** Of the random start of the iteration large matrices need; 0. */
  readonly seed?: number;
  /** Share of the energy by which the iteration may still improve; 1e-10. */
  readonly tolerance?: number;
  /** Sizes of the short side up to which the exact decomposition is formed; 2560. */
  readonly exactUpTo?: number;
}

export interface TsvdModel extends SparseModel {
  /** Descending. */
  readonly singularValues: Float64Array;
  /**
   * X~ = left right^T over the occupied rows (n x r) and columns (m x r): the singular vectors of the
   * short side, and those of the long one times the singular values.
   */
  readonly left: Matrix;
  readonly right: Matrix;
  /** Rows and columns that have entries; undefined where all do. */
  readonly places: Occupied['places'];
}

/**
 * Truncated singular value decomposition of a sparse matrix: X ~ U diag(s) V^T of rank r, in
 * r (N + M + 1) numbers of 8 bytes. The error is that of the projection on the vectors found,
 * ||X||^2 - ||U^T X||^2, whether or not the iteration converged (`details.converged`).
 * @throws UsageError for a tensor of another order and an impossible rank, OutOfMemoryError.
 */
export async function fitTsvd(
  X: SparseTensor,
  options: TsvdOptions,
  job: Job = unattended,
): Promise<TsvdModel> {
  const from = performance.now();
  requireMatrixFor('T-SVD', X);
  requireCount('rank', options.rank);
  const { tensor, places } = occupied(X);
  // The vectors found first are those of the short side.
  const isWide = tensor.dims[0] <= tensor.dims[1];
  const [short, long] = isWide ? [0, 1] : [1, 0];
  const rank = Math.min(options.rank, tensor.dims[short]);
  const remedy = 'Choose a smaller rank.';
  requireRoom(2 * rank * (tensor.dims[0] + tensor.dims[1]), 'The factors', remedy, job);
  const lines = compressedRows(isWide ? transposed(tensor) : tensor);
  const { U, values, ...how } = await leadingLeftVectors(
    lines,
    tensor.dims[short],
    { ...options, rank, seed: options.seed ?? 0 },
    job,
  );
  // diag(s) V^T of the short side, transposed: its squares sum to what the vectors explain.
  const scaled: Matrix = sparseTimesDense(lines, U, job);
  const found = values.length;
  const explained = dot(scaled.data, 0, scaled.data, 0, scaled.data.length);
  const parameters = found * (X.dims[0] + X.dims[1] + 1);
  const model = modelOf(
    X,
    {
      method: 'tsvd',
      parameters,
      bytes: 8 * parameters,
      squaredError: squaredNorm(X) - explained,
      entry(index) {
        const i = placeOf(places[short], index[short]);
        const j = placeOf(places[long], index[long]);
        return i < 0 || j < 0 ? 0 : dot(U.data, i * found, scaled.data, j * found, found);
      },
      details: {
        rank: found,
        ...(found < options.rank && { wantedRank: options.rank }),
        ...how,
        seed: options.seed ?? 0,
      },
    },
    from,
  );
  const [left, right] = isWide ? [U, scaled] : [scaled, U];
  return { ...model, singularValues: values, left, right, places };
}
