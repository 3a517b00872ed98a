import type { Job } from '../job';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { largestMagnitude, powerOfTwoAbove } from '../linalg/vectors';
import { startBackend } from './backend';
import { tf } from './tf';

interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly job?: Job;
}

/** Multiply-adds per call of the backend, which cannot be interrupted: some 20 ms. */
const workPerCall = 2 ** 28;

/**
 * A B in f32 through `tf.matMul`, each operand scaled by a power of two to order one first so that
 * no product overflows. A goes through in blocks of rows, with a look at the stop sign between.
 */
export async function singleProduct(
  a: Matrix,
  b: Matrix,
  options: ProductOptions,
): Promise<Matrix> {
  await startBackend();
  const { transposeA = false, transposeB = false } = options;
  const m = transposeA ? a.columns : a.rows;
  const k = transposeA ? a.rows : a.columns;
  const n = transposeB ? b.rows : b.columns;
  const scaleA = powerOfTwoAbove(largestMagnitude(a.data));
  const scaleB = powerOfTwoAbove(largestMagnitude(b.data));
  // Transposed operands are turned here: XNNPACK, behind wasm, has no kernel for them, and what
  // TensorFlow.js then falls back to is ten times slower and more.
  const right = tf.tensor2d(
    transposeB ? columnsAsRows(b, 0, k, scaleB) : toSingle(b.data, scaleB),
    [k, n],
  );
  const result = createMatrix(m, n);
  const step = Math.max(1, Math.floor(workPerCall / (n * k)));
  try {
    for (let from = 0; from < m; from += step) {
      options.job?.throwIfCancelled();
      const rows = Math.min(step, m - from);
      const block = transposeA
        ? columnsAsRows(a, from, rows, scaleA)
        : toSingle(a.data.subarray(from * k, (from + rows) * k), scaleA);
      const product = tf.tidy(() => tf.matMul(tf.tensor2d(block, [rows, k]), right));
      const values = await product.data<'float32'>();
      product.dispose();
      for (let i = 0; i < values.length; i++) {
        result.data[from * n + i] = values[i] * scaleA * scaleB;
      }
    }
  } finally {
    right.dispose();
  }
  return result;
}

function toSingle(values: Float64Array, scale: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    result[i] = values[i] / scale;
  }
  return result;
}

/** `count` columns from `from` on, as the rows of a matrix; tile by tile, for the cache's sake. */
function columnsAsRows(a: Matrix, from: number, count: number, scale: number): Float32Array {
  const { rows, columns, data } = a;
  const result = new Float32Array(rows * count);
  const tile = 32;
  for (let i0 = 0; i0 < rows; i0 += tile) {
    const iEnd = Math.min(rows, i0 + tile);
    for (let j0 = 0; j0 < count; j0 += tile) {
      const jEnd = Math.min(count, j0 + tile);
      for (let i = i0; i < iEnd; i++) {
        for (let j = j0; j < jEnd; j++) {
          result[j * rows + i] = data[i * columns + from + j] / scale;
        }
      }
    }
  }
  return result;
}
