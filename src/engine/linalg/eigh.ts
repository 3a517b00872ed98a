import { Failure } from '../../failures';
import { unattended, type Job } from '../job';
import { kernels, operationKinds } from '../kernels';
import type { Arena } from '../kernels/arena';
import { eigenRecordLength, recordOf } from '../kernels/eigen/eigenItem';
import { eigenSystem, eigenSystemSpace, rowStrideOf } from '../kernels/eigen/eigenSystem';
import { addressOf } from '../kernels/eigen/runner';
import { columnsFromRows, copyUpper, type ArenaRows } from './arenaRows';
import type { EigenDecomposition, Matrix } from './matrix';
import { teamRunner } from './teamRunner';
import { largestMagnitude, powerOfTwoAbove } from './vectors';

/** Larger matrices keep all threads busy by themselves, and must hear the stop sign in between. */
const oneThreadUpTo = 640;

/** Smaller matrices lie in the second-level cache in f64 too. */
const singleFrom = 128;

export interface EighOptions {
  /** Vectors wanted, those of the largest eigenvalues; all n when left out. Values are always all. */
  readonly count?: number;
  /**
   * `single`: the reduction to tridiagonal form is computed in f32. Vectors are orthonormal in f64
   * all the same; they and the values are those of a matrix some roundings of f32 away.
   */
  readonly precision?: 'double' | 'single';
}

/**
 * All eigenvalues (descending) and orthonormal eigenvectors (the first `count` as columns) of a
 * symmetric matrix, of which the upper triangle is read: blocked Householder tridiagonalisation,
 * divide and conquer, blocked back-transformation (LAPACK's dsyevd). Each eigenvalue is right to a
 * few eps of the largest; the entry of largest magnitude of every vector is positive.
 * @throws Failure (internal) when an entry is not finite.
 */
export function eigh(
  symmetric: Matrix,
  job: Job = unattended,
  options: EighOptions = {},
): EigenDecomposition {
  const n = symmetric.rows;
  const count = wantedOf(n, options);
  const precision = precisionOf(n, options);
  const scale = scaleOf(symmetric);
  job.throwIfCancelled();
  const runner = teamRunner(job);
  const { arena } = runner;
  return arena.scope(() => {
    const a = squareIn(arena, n);
    copyUpper(symmetric, scale, a, job);
    const rows = squareIn(arena, n);
    const { values, order } = eigenSystem(runner, a.data, n, rows.data, count, precision);
    return {
      values: values.map((value) => value * scale),
      vectors: columnsFromRows(rows, n, order, { fixSigns: true }, job),
    };
  });
}

/**
 * {@link eigh} of several matrices: the threads of the engine take one each where none is large,
 * which uses them better than sharing one matrix after the other. The results are the same.
 * @throws Failure (internal) when an entry is not finite.
 */
export function eighAll(
  matrices: readonly Matrix[],
  job: Job = unattended,
  options: EighOptions = {},
): EigenDecomposition[] {
  const engine = kernels();
  const isShared = matrices.length > 1 && engine.team.size > 1;
  if (!isShared || matrices.some((matrix) => matrix.rows > oneThreadUpTo)) {
    return matrices.map((matrix) => eigh(matrix, job, options));
  }
  const { arena, team } = engine;
  return arena.scope(() => {
    const tasks = matrices.map((symmetric) => {
      const n = symmetric.rows;
      const count = wantedOf(n, options);
      const scale = scaleOf(symmetric);
      const a = squareIn(arena, n);
      copyUpper(symmetric, scale, a, job);
      const rows = squareIn(arena, n);
      const results = arena.doubles(n + count);
      const precision = precisionOf(n, options);
      const space = arena.reserve(eigenSystemSpace(n, precision) * 8);
      return { n, count, scale, a, rows, results, space, precision };
    });
    const records = arena.doubles(tasks.length * eigenRecordLength);
    tasks.forEach(({ a, rows, results, ...task }, index) => {
      const [atA, atRows, atResults] = [a.data, rows.data, results].map((data) => addressOf(data));
      const record = recordOf({ ...task, a: atA, rows: atRows, results: atResults });
      records.set(record, index * eigenRecordLength);
    });
    job.throwIfCancelled();
    team.run(operationKinds.eigen, [addressOf(records)], tasks.length);
    return tasks.map(({ n, scale, rows, results }) => ({
      values: results.slice(0, n).map((value) => value * scale),
      vectors: columnsFromRows(rows, n, results.subarray(n), { fixSigns: true }, job),
    }));
  });
}

function squareIn(arena: Arena, n: number): ArenaRows {
  const stride = rowStrideOf(n);
  return { data: arena.doubles(n * stride), stride };
}

function wantedOf(n: number, { count = n }: EighOptions): number {
  return Math.max(0, Math.min(n, count));
}

function precisionOf(n: number, { precision = 'double' }: EighOptions): 'double' | 'single' {
  return n < singleFrom ? 'double' : precision;
}

/** A power of two that brings the entries to order one or less. */
function scaleOf(symmetric: Matrix): number {
  const n = symmetric.rows;
  const largest = largestMagnitude(symmetric.data);
  if (!Number.isFinite(largest)) {
    throw new Failure('internal', `A ${n} x ${n} matrix holds an entry that is not finite.`);
  }
  return powerOfTwoAbove(largest);
}
