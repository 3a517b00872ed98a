import type { Job } from '../job';
import { Failure } from '../../failures';
import { activeBackend } from '../backends/backend';
import { singleProduct } from '../backends/singleProduct';
import { addProduct, type StridedView } from './blockedProduct';
import { createMatrix, type Matrix } from './matrix';

export interface MultiplyOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /**
   * `double` (default): f64. `single`: f32 where the product is large enough to gain from it: on a
   * backend with a device or a library of its own through `tf.matMul`, on `wasm`, whose `tf.matMul`
   * has one thread and no transposed operands, on the kernels' threads; otherwise f64 as well.
   */
  readonly precision?: 'double' | 'single';
  readonly job?: Job;
}

/** Multiply-adds from which f32 beats f64, conversion included. */
const singlePaysFrom = 2 ** 20;
/** Multiply-adds from which another backend beats the kernels, the way there and back included. */
const backendPaysFrom = 2 ** 24;

/** A B, with either side transposed on request; (m x k)(k x n) gives m x n. */
export async function multiply(
  a: Matrix,
  b: Matrix,
  options: MultiplyOptions = {},
): Promise<Matrix> {
  const m = options.transposeA ? a.columns : a.rows;
  const k = options.transposeA ? a.rows : a.columns;
  const n = options.transposeB ? b.rows : b.columns;
  if (k !== (options.transposeB ? b.columns : b.rows)) {
    throw new Failure(
      'internal',
      `Cannot multiply ${a.rows} x ${a.columns} by ${b.rows} x ${b.columns}: inner sizes differ.`,
    );
  }
  options.job?.throwIfCancelled();
  const work = m * n * k;
  const isSingle = options.precision === 'single' && work >= singlePaysFrom;
  if (isSingle && work >= backendPaysFrom && (activeBackend() ?? 'wasm') !== 'wasm') {
    return singleProduct(a, b, options);
  }
  const result = createMatrix(m, n);
  addProduct(
    { m, n, k },
    view(a, options.transposeA ?? false),
    view(b, options.transposeB ?? false),
    result.data,
    { into: 'replace', precision: isSingle ? 'single' : 'double', job: options.job },
  );
  return result;
}

function view(a: Matrix, transposed: boolean): StridedView {
  return transposed
    ? { data: a.data, rowStride: 1, columnStride: a.columns }
    : { data: a.data, rowStride: a.columns, columnStride: 1 };
}
