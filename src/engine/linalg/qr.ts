import { unattended, type Job } from '../job';
import { createMatrix, transpose, type Matrix } from './matrix';
import { addScaled, dot } from './vectors';

/** Reflectors applied to one column while it is in cache. */
const panelWidth = 32;

/**
 * Thin Householder QR of A (m x n): Q (m x k) with orthonormal columns, R (k x n) upper
 * triangular, k = min(m, n). Works for rank-deficient A too; R's diagonal may have any sign.
 */
export function qr(a: Matrix, job: Job = unattended): { Q: Matrix; R: Matrix } {
  const { rows: m, columns: n } = a;
  const k = Math.min(m, n);
  // Columns lie contiguously as rows of the transpose: row j of `work` is column j of A.
  const work = transpose(a, job).data;
  const reflectors = new Float64Array(k * m);
  for (let p0 = 0; p0 < k; p0 += panelWidth) {
    const pEnd = Math.min(k, p0 + panelWidth);
    for (let p = p0; p < pEnd; p++) {
      job.throwIfCancelled();
      for (let earlier = p0; earlier < p; earlier++) {
        reflect(reflectors, earlier, m, work, p * m);
      }
      makeReflector(work, p * m, p, m, reflectors);
    }
    for (let j = pEnd; j < n; j++) {
      job.throwIfCancelled();
      for (let p = p0; p < pEnd; p++) {
        reflect(reflectors, p, m, work, j * m);
      }
    }
  }
  const R = createMatrix(k, n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i <= Math.min(j, k - 1); i++) {
      R.data[i * n + j] = work[j * m + i];
    }
  }
  return { Q: formQ(reflectors, k, m, job), R };
}

/**
 * Reflector p maps entries p.. of the column at `from` to a multiple of the first unit vector;
 * scaled to v^T v = 2 (H = I - v v^T), or zero when there is nothing to reflect.
 */
function makeReflector(
  work: Float64Array,
  from: number,
  p: number,
  m: number,
  reflectors: Float64Array,
): void {
  const count = m - p;
  let largest = 0;
  for (let i = p; i < m; i++) {
    largest = Math.max(largest, Math.abs(work[from + i]));
  }
  if (largest === 0) {
    return;
  }
  const v = p * m + p;
  for (let i = 0; i < count; i++) {
    reflectors[v + i] = work[from + p + i] / largest;
  }
  const norm = Math.sqrt(dot(reflectors, v, reflectors, v, count));
  const alpha = reflectors[v] > 0 ? -norm : norm;
  reflectors[v] -= alpha;
  const scale = 1 / Math.sqrt(norm * Math.abs(reflectors[v]));
  for (let i = 0; i < count; i++) {
    reflectors[v + i] *= scale;
  }
  work[from + p] = alpha * largest;
  work.fill(0, from + p + 1, from + m);
}

/** The column of length m at `from` <- H_p column. */
function reflect(
  reflectors: Float64Array,
  p: number,
  m: number,
  target: Float64Array,
  from: number,
): void {
  const v = p * m + p;
  const inner = dot(reflectors, v, target, from + p, m - p);
  addScaled(-inner, reflectors, v, target, from + p, m - p);
}

/** Q = H_0 ... H_{k-1} applied to the first k unit vectors, one column after the other. */
function formQ(reflectors: Float64Array, k: number, m: number, job: Job): Matrix {
  const columns = createMatrix(k, m);
  for (let j = 0; j < k; j++) {
    columns.data[j * m + j] = 1;
  }
  for (let p0 = Math.floor((k - 1) / panelWidth) * panelWidth; p0 >= 0; p0 -= panelWidth) {
    const pEnd = Math.min(k, p0 + panelWidth);
    // Reflector p leaves the first p entries alone, so columns before p0 are still unit vectors.
    for (let j = p0; j < k; j++) {
      job.throwIfCancelled();
      for (let p = pEnd - 1; p >= p0; p--) {
        reflect(reflectors, p, m, columns.data, j * m);
      }
    }
  }
  return transpose(columns, job);
}
