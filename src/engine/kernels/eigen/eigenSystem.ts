import { backTransform } from './backTransform';
import {
  divideAndConquer,
  divideAndConquerSpace,
  type TridiagonalSolution,
} from './divideAndConquer';
import type { Runner } from './runner';
import type { TridiagonalPrecision } from './trailing';
import { tridiagonalise, tridiagonalSpace } from './tridiagonal';

/** Elements between the rows of a matrix of n columns: whole cache lines, but no power of two. */
export function rowStrideOf(n: number): number {
  const lines = Math.ceil(n / 8);
  return 8 * (lines % 8 === 0 ? lines + 1 : lines);
}

/** Elements of workspace that {@link eigenSystem} needs at worst. */
export function eigenSystemSpace(n: number, precision: TridiagonalPrecision): number {
  const blocks = 2 * 64 * (n + 64) + 64 * n + 256;
  const stride = rowStrideOf(n);
  return (
    3 * n + 256 + Math.max(tridiagonalSpace(n, stride, precision), divideAndConquerSpace(n), blocks)
  );
}

/**
 * Eigenvalues of a symmetric n x n matrix, and the eigenvectors of the `count` largest as rows, to
 * the plan of LAPACK's dsyevd: blocked tridiagonalisation, divide and conquer, blocked
 * back-transformation. The upper triangle of `a` is read, entries are of order one or less, and
 * `a` is destroyed; rows of `a` and `rows` (n x n) are {@link rowStrideOf} elements apart.
 */
export function eigenSystem(
  runner: Runner,
  a: Float64Array,
  n: number,
  rows: Float64Array,
  count: number,
  precision: TridiagonalPrecision,
): TridiagonalSolution {
  const stride = rowStrideOf(n);
  return runner.arena.scope(() => {
    const { diagonal, below, blocks, spare } = tridiagonalise(runner, a, n, stride, precision);
    const solution = divideAndConquer(runner, diagonal, below, rows, stride, count, spare);
    backTransform(runner, blocks, rows, stride, solution.height);
    return solution;
  });
}
