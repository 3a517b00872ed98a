import { unattended, type Job } from '../job';
import { eigh } from './eigh';
import { gram } from './gram';
import { createMatrix, transpose, type Matrix } from './matrix';
import { multiply } from './multiply';
import { dot, rotate } from './vectors';

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
  const squares = new Float64Array(left.rows);
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    for (let j = 0; j < left.rows; j++) {
      const from = j * left.columns;
      squares[j] = dot(left.data, from, left.data, from, left.columns);
    }
    if (!rotateAllPairs(left, right, squares, job)) {
      break;
    }
  }
  return { left, right };
}

/** One sweep; true when some pair had to be rotated. */
function rotateAllPairs(left: Matrix, right: Matrix, squares: Float64Array, job: Job): boolean {
  const { rows: n, columns: m, data: w } = left;
  let rotated = false;
  for (let p = 0; p < n - 1; p++) {
    job.throwIfCancelled();
    for (let q = p + 1; q < n; q++) {
      const a = squares[p];
      const b = squares[q];
      if (a === 0 || b === 0) {
        continue;
      }
      const g = dot(w, p * m, w, q * m, m);
      if (Math.abs(g) <= orthogonal * Math.sqrt(a) * Math.sqrt(b)) {
        continue;
      }
      const z = (b - a) / (2 * g);
      const t = z === 0 ? 1 : Math.sign(z) / (Math.abs(z) + Math.sqrt(1 + z * z));
      const c = 1 / Math.sqrt(1 + t * t);
      rotate(w, p * m, w, q * m, m, c, c * t);
      rotate(right.data, p * right.columns, right.data, q * right.columns, right.columns, c, c * t);
      squares[p] = Math.max(0, a - t * g);
      squares[q] = b + t * g;
      rotated = true;
    }
  }
  return rotated;
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
