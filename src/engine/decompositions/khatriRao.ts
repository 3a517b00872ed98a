import { kernels, operationKinds } from '../kernels';
import type { OperationName } from '../kernels/operations';
import { createMatrix, type Matrix } from '../linalg/matrix';

/** Multiply-adds of an item: small enough to share out, large enough not to notice the sharing. */
const workPerItem = 2 ** 17;

/**
 * The column-wise Kronecker product of `factors` (I_k x R): (product of I_k) x R, the last
 * factor's row varying fastest, which is the order of a row-major tensor's elements. Factors and
 * result lie in the arena of the kernels, as everywhere in this file.
 */
export function khatriRao(factors: readonly Matrix[]): Matrix {
  return factors.slice(1).reduce((left, right) => {
    const R = left.columns;
    const result = allocate(left.rows * right.rows, R);
    const step = Math.max(1, Math.floor(workPerItem / (right.rows * R)));
    const parameters = [left, right, result].map(addressOf);
    run('khatriRao', [...parameters, left.rows, right.rows, R, step], left.rows / step);
    return result;
  }, factors[0]);
}

/** P (rows x inner x R) and K (inner x R): M[i,r] = sum over q of P[i,q,r] K[q,r]. */
export function contractTrailing(P: Matrix, rows: number, K: Matrix): Matrix {
  const { rows: inner, columns: R } = K;
  const M = allocate(rows, R);
  const step = Math.max(1, Math.floor(workPerItem / (inner * R)));
  run('contractTrailing', [...[P, K, M].map(addressOf), rows, inner, R, step], rows / step);
  return M;
}

/** P (I x inner x R) and A (I x R): the sum over i of P[i,q,r] A[i,r], (inner x R). */
export function contractLeading(P: Matrix, A: Matrix): Matrix {
  const { rows, columns: R } = A;
  const inner = P.data.length / (rows * R);
  const result = allocate(inner, R);
  run('contractLeading', [...[P, A, result].map(addressOf), rows, inner, R], inner);
  return result;
}

/** The upper triangle of the entrywise product of two or more symmetric matrices of the same size. */
export function hadamard(matrices: readonly Matrix[]): Matrix {
  const n = matrices[0].rows;
  const result = allocate(n, n);
  const step = Math.max(1, Math.floor(workPerItem / n));
  run(
    'hadamard',
    [addressOf(result), matrices.length, n, step, ...matrices.map(addressOf)],
    n / step,
  );
  return result;
}

/** A copy in the arena. */
export function resident(matrix: Matrix): Matrix {
  const copy = allocate(matrix.rows, matrix.columns);
  copy.data.set(matrix.data);
  return copy;
}

/** An uninitialised matrix in the arena. */
export function allocate(rows: number, columns: number): Matrix {
  return createMatrix(rows, columns, kernels().arena.doubles(rows * columns));
}

function addressOf({ data }: Matrix): number {
  return data.byteOffset;
}

function run(name: OperationName, parameters: readonly number[], items: number): void {
  kernels().team.run(operationKinds[name], parameters, Math.ceil(items));
}
