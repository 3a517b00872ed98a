import type { Job } from '../job';
import { Failure } from '../../failures';
import { fastProduct } from '../backends/fastProduct';
import { addProduct, type StridedView } from './blockedProduct';
import { createMatrix, type Matrix } from './matrix';

export interface MultiplyOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /**
   * `double` (default): f64. `single`: f32 where the product is large enough to gain from it: on a
   * backend with a device or a library of its own, through `tf.matMul`, where that is in use and
   * pays at this size, otherwise on the kernels' threads, which are faster than the `tf.matMul` of
   * `wasm`; smaller ones in f64 as well.
   */
  readonly precision?: 'double' | 'single';
  readonly job?: Job;
}

/** Multiply-adds from which f32 beats f64, conversion included. */
const singlePaysFrom = 2 ** 20;

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
  const elsewhere = isSingle ? await fastProduct(a, b, { m, n, k }, options) : undefined;
  if (elsewhere) {
    return elsewhere;
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
