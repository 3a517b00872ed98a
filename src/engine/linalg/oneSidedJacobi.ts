import { unattended, type Job } from '../job';
import { kernels } from '../kernels';
import { eigh } from './eigh';
import { gram } from './gram';
import { createMatrix, transpose, type Matrix } from './matrix';
import { multiply } from './multiply';
import { dot } from './vectors';

/** Relative inner product below which two columns count as orthogonal. */
const orthogonal = 1e-14;
const maxSweeps = 60;

/** U diag(s) V^T = A as rows: row j of `left` is s_j u_j, row j of `right` is v_j; unsorted. */
export interface JacobiResult {
  readonly left: Matrix;
  readonly right: Matrix;
}

/**
 * One-sided Jacobi on the columns of A (m x n, m >= n): rotates pairs until all are orthogonal to
 * working precision, which finds every singular value to high relative accuracy. It starts from
 * the eigenvectors of A^T A, so that only what the squaring lost is left to do: one sweep or two.
 */
export async function oneSidedJacobi(a: Matrix, job: Job = unattended): Promise<JacobiResult> {
  const { vectors } = eigh(await gram(a, 'columns', job), job);
  const left = transpose(await multiply(a, vectors, { job }));
  const right = transpose(vectors);
  kernels().arena.scope(() => rotateUntilOrthogonal(left, right, job));
  return { left, right };
}

function rotateUntilOrthogonal(left: Matrix, right: Matrix, job: Job): void {
  const { arena, exports } = kernels();
  const { rows: n, columns: m } = left;
  const w = arena.doubles(n * m);
  w.set(left.data);
  const v = arena.doubles(n * right.columns);
  v.set(right.data);
  const squares = arena.doubles(n);
  let rotations = n > 1 ? Infinity : 0;
  for (let sweep = 0; sweep < maxSweeps && rotations > 0; sweep++) {
    for (let j = 0; j < n; j++) {
      const row = w.byteOffset + j * m * 8;
      squares[j] = exports.dot(row, row, m);
    }
    rotations = 0;
    for (let p = 0; p < n - 1; p++) {
      job.throwIfCancelled();
      const matrices = [w.byteOffset, m, v.byteOffset, right.columns] as const;
      rotations += exports.jacobiRow(...matrices, squares.byteOffset, n, p, orthogonal);
    }
  }
  left.data.set(w);
  right.data.set(v);
}

/**
 * Completes the columns of U listed in `missing` to an orthonormal set, in place: each becomes the
 * unit vector that the others cover least, freed from them (twice, against rounding).
 */
export function completeColumns(U: Matrix, missing: readonly number[], job: Job): void {
  if (missing.length === 0) {
    return;
  }
  const rows = transpose(U);
  const { rows: n, columns: m, data } = rows;
  const present = new Set(Array.from({ length: n }, (_, j) => j));
  missing.forEach((j) => present.delete(j));
  const covered = new Float64Array(m);
  const cover = (j: number) => {
    for (let i = 0; i < m; i++) {
      covered[i] += data[j * m + i] ** 2;
    }
  };
  present.forEach(cover);
  for (const j of missing) {
    job.throwIfCancelled();
    const from = j * m;
    data.fill(0, from, from + m);
    data[from + indexOfSmallest(covered)] = 1;
    for (let pass = 0; pass < 2; pass++) {
      for (const other of present) {
        const inner = dot(data, from, data, other * m, m);
        for (let i = 0; i < m; i++) {
          data[from + i] -= inner * data[other * m + i];
        }
      }
      const norm = Math.sqrt(dot(data, from, data, from, m));
      for (let i = 0; i < m; i++) {
        data[from + i] /= norm;
      }
    }
    present.add(j);
    cover(j);
  }
  U.data.set(transpose(createMatrix(n, m, data)).data);
}

function indexOfSmallest(values: Float64Array): number {
  let smallest = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i] < values[smallest]) {
      smallest = i;
    }
  }
  return smallest;
}
