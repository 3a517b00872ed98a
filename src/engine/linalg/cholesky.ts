import { Failure } from '../../failures';
import { unattended, type Job } from '../job';
import { kernels } from '../kernels';
import { addProduct } from './blockedProduct';
import { createMatrix, type Matrix } from './matrix';

/** Rows factored at a time; all else is products of at least this depth. */
const blockSize = 128;
const maxAttempts = 20;

/** U with U^T U = A, in the kernels' memory, and the inverses of its diagonal blocks. */
interface Factored {
  readonly U: Float64Array;
  readonly inverses: readonly Float64Array[];
}

/**
 * M (m x R) times (G + ridge I)^{-1} for symmetric positive semi-definite G (R x R; its upper
 * triangle is read), by Cholesky. When a pivot fails, the ridge grows tenfold, from at least
 * 1e-12 trace(G) / R, and it is tried again. `into` receives the result when it is given.
 * @throws Failure (internal) when G holds numbers that are not finite.
 */
export function solveRight(
  m: Matrix,
  g: Matrix,
  ridge: number,
  job: Job = unattended,
  into: Matrix = createMatrix(m.rows, g.rows),
): Matrix {
  const { arena } = kernels();
  const size = g.rows;
  let trace = 0;
  for (let i = 0; i < size; i++) {
    trace += g.data[i * size + i];
  }
  let shift = ridge;
  for (let attempt = 0; attempt < maxAttempts && Number.isFinite(trace); attempt++) {
    const solved = arena.scope(() => {
      const factored = factorUpper(g, shift, job);
      if (factored) {
        const X = arena.doubles(m.rows * size);
        X.set(m.data);
        solveForward(X, m.rows, factored, size, job);
        solveBackward(X, m.rows, factored, size, job);
        into.data.set(X);
      }
      return factored !== undefined;
    });
    if (solved) {
      return into;
    }
    // An all-zero G has no scale of its own; any positive ridge makes the answer M / ridge.
    shift = Math.max(shift * 10, (1e-12 * trace) / size, 2 ** -1000);
  }
  throw new Failure(
    'internal',
    `A ${size} x ${size} system of normal equations has no finite solution.`,
  );
}

/** Lower L with L L^T = G + shift I, or undefined when a pivot is not clearly positive. */
export function choleskyFactor(g: Matrix, shift = 0, job: Job = unattended): Matrix | undefined {
  const n = g.rows;
  return kernels().arena.scope(() => {
    const factored = factorUpper(g, shift, job);
    if (!factored) {
      return undefined;
    }
    const L = createMatrix(n, n);
    for (let i = 0; i < n; i++) {
      for (let j = i; j < n; j++) {
        L.data[j * n + i] = factored.U[i * n + j];
      }
    }
    return L;
  });
}

/**
 * Blocked and left-looking: a block of rows is brought up to date by one product, its diagonal
 * block factored and inverted, and the rest of the rows multiplied by that inverse. Must be called
 * in a scope of the arena, which holds the result.
 */
function factorUpper(g: Matrix, shift: number, job: Job): Factored | undefined {
  const { arena, exports } = kernels();
  const n = g.rows;
  const U = arena.doubles(n * n);
  U.set(g.data);
  const diagonal = arena.doubles(n);
  for (let i = 0; i < n; i++) {
    U[i * n + i] += shift;
    diagonal[i] = U[i * n + i];
  }
  const inverses: Float64Array[] = [];
  for (let from = 0; from < n; from += blockSize) {
    job.throwIfCancelled();
    const width = Math.min(blockSize, n - from);
    const rows = at(U, from, 0, n);
    addProduct(
      { m: width, n: n - from, k: from },
      transposed(at(U, 0, from, n)),
      at(U, 0, from, n),
      { ...at(U, from, from, n), rowStride: n },
      { alpha: -1, job },
    );
    const corner = rows.data.byteOffset + from * 8;
    // Below this the pivot is what rounding left of the diagonal, not information.
    const tolerance = n * Number.EPSILON;
    const original = diagonal.byteOffset + from * 8;
    if (exports.choleskyBlock(corner, n, width, original, tolerance) < width) {
      return undefined;
    }
    const inverse = arena.doubles(width * width);
    exports.invertUpper(corner, n, width, inverse.byteOffset);
    inverses.push(inverse);
    const next = from + width;
    if (next < n) {
      replaceByProduct(
        { m: width, n: n - next, k: width },
        { data: inverse, rowStride: 1, columnStride: width },
        at(U, from, next, n),
        at(U, from, next, n),
        job,
      );
    }
  }
  return { U, inverses };
}

/** X <- X U^{-1}, block of columns by block of columns from the left. */
function solveForward(
  X: Float64Array,
  rows: number,
  { U, inverses }: Factored,
  n: number,
  job: Job,
): void {
  inverses.forEach((inverse, block) => {
    const from = block * blockSize;
    const width = Math.min(blockSize, n - from);
    const columns = at(X, 0, from, n);
    addProduct({ m: rows, n: width, k: from }, at(X, 0, 0, n), at(U, 0, from, n), columns, {
      alpha: -1,
      job,
    });
    const V = { data: inverse, rowStride: width, columnStride: 1 };
    replaceByProduct({ m: rows, n: width, k: width }, columns, V, columns, job);
  });
}

/** X <- X U^{-T}, block of columns by block of columns from the right. */
function solveBackward(
  X: Float64Array,
  rows: number,
  { U, inverses }: Factored,
  n: number,
  job: Job,
): void {
  for (let block = inverses.length - 1; block >= 0; block--) {
    const from = block * blockSize;
    const width = Math.min(blockSize, n - from);
    const next = from + width;
    const columns = at(X, 0, from, n);
    addProduct(
      { m: rows, n: width, k: n - next },
      at(X, 0, next, n),
      transposed(at(U, from, next, n)),
      columns,
      { alpha: -1, job },
    );
    const V = { data: inverses[block], rowStride: 1, columnStride: width };
    replaceByProduct({ m: rows, n: width, k: width }, columns, V, columns, job);
  }
}

interface View {
  readonly data: Float64Array;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** The part of a row-major matrix of n columns from (row, column) on. */
function at(data: Float64Array, row: number, column: number, n: number): View {
  return { data: data.subarray(row * n + column), rowStride: n, columnStride: 1 };
}

function transposed({ data, rowStride, columnStride }: View): View {
  return { data, rowStride: columnStride, columnStride: rowStride };
}

/** C = A B, where C may be A or B. */
function replaceByProduct(
  size: { readonly m: number; readonly n: number; readonly k: number },
  a: View,
  b: View,
  c: View,
  job: Job,
): void {
  const { arena } = kernels();
  const { m, n } = size;
  arena.scope(() => {
    const product = arena.doubles(m * n);
    addProduct(size, a, b, product, { into: 'replace', job });
    for (let i = 0; i < m; i++) {
      c.data.set(product.subarray(i * n, (i + 1) * n), i * c.rowStride);
    }
  });
}
