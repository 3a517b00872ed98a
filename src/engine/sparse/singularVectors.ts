import type { Job } from '../job';
import { eigh } from '../linalg/eigh';
import { createMatrix, firstColumns, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { qr } from '../linalg/qr';
import { fixSigns } from '../linalg/signs';
import { createRandom } from '../random';
import { requireRoom } from './fitting';
import { addScaledRow, lookingEvery, weightedGram } from './sparseProducts';
import type { CompressedRows } from './sparseTensor';

/** The leading left singular vectors of a sparse matrix X. */
export interface LeadingVectors {
  /** Orthonormal columns, (rows of X) x r; the largest entry of each is positive. */
  readonly U: Matrix;
  /** The singular values, descending; fewer than were asked for where X has no more. */
  readonly values: Float64Array;
  readonly algorithm: 'gram' | 'block-krylov';
  /** Rounds of the iteration; 0 for `gram`. */
  readonly cycles: number;
  readonly converged: boolean;
}

export interface LeadingOptions {
  readonly rank: number;
  readonly seed: number;
  /** The iteration ends when the explained energy grows by less than this share; 1e-10. */
  readonly tolerance?: number;
  /** Rows up to which the Gram matrix is formed; 2560. */
  readonly exactUpTo?: number;
}

/** Vectors beyond the wanted ones, which let these converge. */
const oversampling = 10;
/** Powers of X X^T whose images of a block form the search space of a cycle. */
const depth = 3;
const maxCycles = 60;
/** Columns of X treated at a time. */
const columnsAtOnce = 2048;

/**
 * Up to `exactUpTo` rows all come from the eigenvectors of X X^T, exact up to rounding of the squares;
 * above, by restarted randomised block Krylov iteration (Musco and Musco 2015), whose blocks, unlike
 * single-vector Lanczos, also find repeated singular values, of which sparse matrices are full.
 * @param columns X by its columns: entries `pointers[j]` to `pointers[j + 1]` with their row indices
 * @throws OutOfMemoryError when the vectors looked among do not fit.
 */
export async function leadingLeftVectors(
  columns: CompressedRows,
  rows: number,
  options: LeadingOptions,
  job: Job,
): Promise<LeadingVectors> {
  const { rank, exactUpTo = 2560 } = options;
  if (rows === 0) {
    const nothing = { U: createMatrix(0, 0), values: new Float64Array(0) };
    return { ...nothing, algorithm: 'gram', cycles: 0, converged: true };
  }
  const width = Math.min(rows, rank + Math.max(oversampling, rank >> 2));
  const isExact = rows <= exactUpTo || depth * width >= rows;
  const numbers = isExact ? 3 * rows * rows : 4 * depth * width * rows;
  requireRoom(numbers, 'The search for singular vectors', 'Choose a smaller rank.', job);
  if (isExact) {
    const { values, vectors } = eigh(weightedGram(columns, rows, undefined, job), job, {
      count: Math.min(rank, rows),
    });
    return {
      ...leading(values, vectors, rank, rows),
      algorithm: 'gram',
      cycles: 0,
      converged: true,
    };
  }
  return blockKrylov(columns, rows, width, options, job);
}

async function blockKrylov(
  columns: CompressedRows,
  rows: number,
  width: number,
  { rank, seed, tolerance = 1e-10 }: LeadingOptions,
  job: Job,
): Promise<LeadingVectors> {
  const random = createRandom(seed);
  let Q = createMatrix(
    rows,
    width,
    Float64Array.from({ length: rows * width }, () => random.normal()),
  );
  let energy = 0;
  let converged = false;
  let found: { values: Float64Array; vectors: Matrix } | undefined;
  let cycles = 0;
  while (cycles < maxCycles && !converged) {
    cycles++;
    const blocks = [qr(Q, job).Q];
    for (let power = 1; power < depth; power++) {
      blocks.push(qr(timesGram(columns, blocks[power - 1], job), job).Q);
    }
    const basis = qr(sideBySide(blocks), job).Q;
    const { values, vectors } = eigh(await projectedGram(columns, basis, job), job, {
      count: width,
    });
    Q = await multiply(basis, vectors, { job });
    found = { values, vectors: Q };
    const explained = values.subarray(0, rank).reduce((sum, value) => sum + value, 0);
    converged = explained - energy <= tolerance * explained;
    energy = explained;
    job.report(cycles / maxCycles, `cycle ${cycles}`);
  }
  const { values, vectors } = found as NonNullable<typeof found>;
  return { ...leading(values, vectors, rank, rows), algorithm: 'block-krylov', cycles, converged };
}

/** The part of eigenvalues and vectors that stands clear of rounding, `rank` at most. */
function leading(
  squares: Float64Array,
  vectors: Matrix,
  rank: number,
  rows: number,
): { U: Matrix; values: Float64Array } {
  const least = rows * Number.EPSILON * (squares[0] ?? 0);
  let count = 0;
  while (count < Math.min(rank, squares.length) && squares[count] > least) {
    count++;
  }
  const U = firstColumns(vectors, count);
  fixSigns(U);
  return { U, values: squares.slice(0, count).map(Math.sqrt) };
}

/** X (X^T Z), column of X by column, so that X^T Z is never held. */
function timesGram(columns: CompressedRows, Z: Matrix, job: Job): Matrix {
  const k = Z.columns;
  const result = createMatrix(Z.rows, k);
  const inner = new Float64Array(k);
  const look = lookingEvery(job);
  for (let j = 0; j + 1 < columns.pointers.length; j++) {
    const [from, end] = [columns.pointers[j], columns.pointers[j + 1]];
    inner.fill(0);
    for (let e = from; e < end; e++) {
      addScaledRow(inner, 0, Z.data, columns.columns[e] * k, columns.values[e], k);
    }
    for (let e = from; e < end; e++) {
      addScaledRow(result.data, columns.columns[e] * k, inner, 0, columns.values[e], k);
    }
    look(2 * (end - from) * k);
  }
  return result;
}

/** (X^T P)^T (X^T P), over blocks of columns of X. */
async function projectedGram(columns: CompressedRows, P: Matrix, job: Job): Promise<Matrix> {
  const k = P.columns;
  const result = createMatrix(k, k);
  const count = columns.pointers.length - 1;
  for (let j0 = 0; j0 < count; j0 += columnsAtOnce) {
    const width = Math.min(columnsAtOnce, count - j0);
    const block = createMatrix(width, k);
    for (let j = 0; j < width; j++) {
      for (let e = columns.pointers[j0 + j]; e < columns.pointers[j0 + j + 1]; e++) {
        addScaledRow(block.data, j * k, P.data, columns.columns[e] * k, columns.values[e], k);
      }
    }
    const part = await multiply(block, block, { transposeA: true, job });
    for (let at = 0; at < part.data.length; at++) {
      result.data[at] += part.data[at];
    }
  }
  return result;
}

function sideBySide(blocks: readonly Matrix[]): Matrix {
  const { rows, columns } = blocks[0];
  const result = createMatrix(rows, blocks.length * columns);
  blocks.forEach((block, b) => {
    for (let i = 0; i < rows; i++) {
      const row = block.data.subarray(i * columns, (i + 1) * columns);
      result.data.set(row, i * result.columns + b * columns);
    }
  });
  return result;
}
