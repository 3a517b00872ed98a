import { unattended, type Job } from '../job';
import { rowStrideOf } from '../kernels/eigen/eigenSystem';
import { makeReflector } from '../kernels/eigen/reflector';
import { applyBlock, type ReflectorBlock } from '../kernels/eigen/reflectorBlock';
import { addressOf, type Runner } from '../kernels/eigen/runner';
import { columnsFromRows, copyTurned, type ArenaRows } from './arenaRows';
import { createMatrix, type Matrix } from './matrix';
import { teamRunner } from './teamRunner';
import { largestMagnitude, powerOfTwoAbove } from './vectors';

/** Reflectors applied together to the columns after them. */
const panelWidth = 32;
/** Columns that are reduced one by one; a panel is halved until it is no wider. */
const narrowWidth = 8;

/** A factorisation under way; column j of A lies contiguously in row j of `columns`. */
interface Factorisation {
  readonly runner: Runner;
  /** R above the diagonal, the reflectors' vectors from it on. */
  readonly columns: ArenaRows;
  /** Rows of A. */
  readonly m: number;
  /** R's diagonal. */
  readonly diagonal: Float64Array;
  readonly scales: Float64Array;
}

/**
 * Thin Householder QR of A (m x n): Q (m x k) with orthonormal columns, R (k x n) upper
 * triangular, k = min(m, n). Works for rank-deficient A too; R's diagonal may have any sign.
 * Blocked, with the reflectors of a panel in compact WY form: nearly all work is matrix products.
 */
export function qr(a: Matrix, job: Job = unattended): { Q: Matrix; R: Matrix } {
  const { rows: m, columns: n } = a;
  const k = Math.min(m, n);
  const scale = powerOfTwoAbove(largestMagnitude(a.data));
  job.throwIfCancelled();
  const runner = teamRunner(job);
  const { arena } = runner;
  return arena.scope(() => {
    const stride = rowStrideOf(m);
    const columns = { data: arena.doubles(n * stride), stride };
    copyTurned(a, scale, columns, job);
    const [diagonal, scales] = [arena.doubles(k), arena.doubles(k)];
    const state = { runner, columns, m, diagonal, scales };
    for (let p0 = 0; p0 < k; p0 += panelWidth) {
      const pEnd = Math.min(k, p0 + panelWidth);
      reducePanel(state, p0, pEnd);
      reflectColumns(state, p0, pEnd, n);
    }
    return { Q: formQ(state, k, job), R: copyR(state, k, n, scale) };
  });
}

/** Reduces columns p0 to pEnd: half of them, the others by those, then the others (recursive QR). */
function reducePanel(state: Factorisation, p0: number, pEnd: number): void {
  if (pEnd - p0 > narrowWidth) {
    const half = (p0 + pEnd) >> 1;
    reducePanel(state, p0, half);
    reflectColumns(state, p0, half, pEnd);
    reducePanel(state, half, pEnd);
    return;
  }
  const { runner, columns, m, diagonal, scales } = state;
  const { exports, arena } = runner;
  arena.scope(() => {
    const dots = arena.doubles(narrowWidth);
    for (let p = p0; p < pEnd; p++) {
      runner.look();
      const at = p * columns.stride + p;
      const { scale, beta } = makeReflector(exports, columns.data, at, m - p);
      diagonal[p] = beta;
      scales[p] = scale;
      const next = addressOf(columns.data, at + columns.stride);
      const [v, inner, bytes] = [addressOf(columns.data, at), addressOf(dots), columns.stride * 8];
      exports.rowDots(pEnd - p - 1, next, bytes, m - p, v, inner);
      exports.addToRows(pEnd - p - 1, next, bytes, m - p, inner, -scale, v);
    }
  });
}

/** Applies reflectors p0 to pEnd to the columns from pEnd to `end`. */
function reflectColumns(state: Factorisation, p0: number, pEnd: number, end: number): void {
  const { runner, columns } = state;
  const { data, stride } = columns;
  runner.arena.scope(() => {
    const block = blockOf(state, p0, pEnd);
    applyBlock(runner, block, data.subarray(pEnd * stride), stride, end - pEnd, 'backward');
  });
}

/** Reflectors p0 to pEnd as a block, in the workspace. */
function blockOf(state: Factorisation, p0: number, pEnd: number): ReflectorBlock {
  const { runner, columns, m, scales } = state;
  const length = m - p0;
  const width = pEnd - p0;
  const vectors = runner.arena.zeros(width * length);
  for (let p = p0; p < pEnd; p++) {
    const from = p * columns.stride;
    const to = (p - p0) * length + p - p0;
    vectors.set(columns.data.subarray(from + p, from + m), to);
  }
  return { first: p0, width, length, vectors, stride: length, scales: scales.subarray(p0, pEnd) };
}

/** Q = H_0 ... H_{k-1} applied to the first k unit vectors. */
function formQ(state: Factorisation, k: number, job: Job): Matrix {
  const { runner, m, columns } = state;
  const { stride } = columns;
  const data = runner.arena.zeros(k * stride);
  for (let j = 0; j < k; j++) {
    data[j * stride + j] = 1;
  }
  for (let p0 = Math.floor((k - 1) / panelWidth) * panelWidth; p0 >= 0; p0 -= panelWidth) {
    runner.look();
    runner.arena.scope(() => {
      const block = blockOf(state, p0, Math.min(k, p0 + panelWidth));
      // Reflector p leaves the first p entries alone, so vectors before p0 are still unit vectors.
      applyBlock(runner, block, data.subarray(p0 * stride), stride, k - p0, 'forward');
    });
  }
  const order = Int32Array.from({ length: k }, (_, j) => j);
  return columnsFromRows({ data, stride }, m, order, { fixSigns: false }, job);
}

function copyR({ columns, diagonal }: Factorisation, k: number, n: number, scale: number): Matrix {
  const R = createMatrix(k, n);
  for (let j = 0; j < n; j++) {
    const from = j * columns.stride;
    for (let i = 0; i < Math.min(j, k); i++) {
      R.data[i * n + j] = columns.data[from + i] * scale;
    }
    if (j < k) {
      R.data[j * n + j] = diagonal[j] * scale;
    }
  }
  return R;
}
