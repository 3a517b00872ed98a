import { isCancelled } from '../../failures';
import type { Job } from '../job';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { largestMagnitude, powerOfTwoAbove } from '../linalg/vectors';
import type { Accelerator } from './accelerator';
import { tf } from './tf';
import { withBackend } from './turn';

interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly job?: Job;
}

/** An operand as it is multiplied: rows, columns, and where they lie. */
interface Operand {
  readonly rows: number;
  readonly columns: number;
  readonly matrix: Matrix;
  readonly transposed: boolean;
  readonly scale: number;
}

/** Steps that are summed in f32; more are added in f64, so that long sums lose no digits. */
const depthStep = 8192;
/** Rows of a block are a multiple of it, which suits the tiles of every backend. */
const rowStep = 64;

/** Exponents of scales that f32 takes as they are: neither sums nor products leave its range. */
const harmlessExponent = 20;

/** Elements of a row from which copying it is worth a call. */
const longRow = 64;

/** The backend failed, not the caller: another one can do the same work. */
export class ProductFailedError extends Error {}

/**
 * A B in f32 through `tf.matMul`, operands far from order one scaled by a power of two first so that
 * no product overflows or vanishes. A goes through in blocks of rows, with a look at the stop sign between;
 * how it is cut depends on sizes and the accelerator alone.
 * @throws ProductFailedError when the backend could not compute it.
 */
export async function singleProduct(
  a: Matrix,
  b: Matrix,
  options: ProductOptions,
  accelerator: Accelerator,
): Promise<Matrix> {
  const left = operand(a, options.transposeA ?? false);
  const right = operand(b, options.transposeB ?? false);
  const result = createMatrix(left.rows, right.columns);
  try {
    await withBackend(accelerator.name, async () => {
      try {
        await accelerator.guard(() => addBlocks(left, right, result, accelerator, options.job));
      } finally {
        accelerator.afterProduct?.();
      }
    });
  } catch (thrown) {
    if (isCancelled(thrown)) {
      throw thrown;
    }
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ProductFailedError(reason, { cause: thrown });
  }
  return result;
}

function operand(matrix: Matrix, transposed: boolean): Operand {
  return {
    rows: transposed ? matrix.columns : matrix.rows,
    columns: transposed ? matrix.rows : matrix.columns,
    matrix,
    transposed,
    scale: scaleFor(largestMagnitude(matrix.data)),
  };
}

/** The power of two to divide by; 1 where that can be left out, which saves a pass. */
function scaleFor(largest: number): number {
  const scale = powerOfTwoAbove(largest);
  return Math.abs(Math.log2(scale)) <= harmlessExponent ? 1 : scale;
}

async function addBlocks(
  left: Operand,
  right: Operand,
  result: Matrix,
  { workPerCall, maxElements }: Accelerator,
  job: Job | undefined,
): Promise<void> {
  const { rows: m, columns: k } = left;
  const n = right.columns;
  const depth = Math.min(k, depthStep);
  const width = Math.min(n, Math.max(1, Math.floor(maxElements / depth)));
  const rows = Math.floor(
    Math.min(workPerCall / (width * depth), maxElements / Math.max(width, depth)),
  );
  const step = Math.max(rowStep, Math.floor(rows / rowStep) * rowStep);
  const scale = { left: left.scale, right: right.scale };
  for (let from = 0; from < n; from += width) {
    const columns = Math.min(width, n - from);
    for (let k0 = 0; k0 < k; k0 += depth) {
      const steps = Math.min(depth, k - k0);
      // Transposed operands are turned here: XNNPACK, behind wasm, has no kernel for them, and
      // a turned copy costs little beside the conversion to f32.
      const fixed = tf.tensor2d(block(right, k0, steps, from, columns), [steps, columns]);
      try {
        for (let i0 = 0; i0 < m; i0 += step) {
          job?.throwIfCancelled();
          const count = Math.min(step, m - i0);
          const moving = block(left, i0, count, k0, steps);
          const product = tf.tidy(() => tf.matMul(tf.tensor2d(moving, [count, steps]), fixed));
          try {
            const values = await product.data<'float32'>();
            put(values, result, i0, from, columns, scale, k0 > 0);
          } finally {
            product.dispose();
          }
        }
      } finally {
        fixed.dispose();
      }
    }
  }
}

/** Rows i0.. and columns j0.. of an operand, in f32, row-major. */
function block(
  { matrix, transposed, scale }: Operand,
  i0: number,
  rows: number,
  j0: number,
  columns: number,
): Float32Array {
  const { data, columns: stride } = matrix;
  const result = new Float32Array(rows * columns);
  if (transposed) {
    turn(data, stride, i0, rows, j0, columns, scale, result);
    return result;
  }
  // The engine's own conversion takes a quarter of the time of a loop, where there is much of it.
  if (scale === 1 && columns === stride) {
    result.set(data.subarray(i0 * stride, (i0 + rows) * stride));
    return result;
  }
  if (scale === 1 && columns >= longRow) {
    for (let i = 0; i < rows; i++) {
      const source = (i0 + i) * stride + j0;
      result.set(data.subarray(source, source + columns), i * columns);
    }
    return result;
  }
  for (let i = 0; i < rows; i++) {
    const source = (i0 + i) * stride + j0;
    const target = i * columns;
    for (let j = 0; j < columns; j++) {
      result[target + j] = data[source + j] / scale;
    }
  }
  return result;
}

/** result[i, j] = data[j0 + j, i0 + i] / scale, tile by tile for the cache's sake. */
function turn(
  data: Float64Array,
  stride: number,
  i0: number,
  rows: number,
  j0: number,
  columns: number,
  scale: number,
  result: Float32Array,
): void {
  const tile = 32;
  for (let i1 = 0; i1 < rows; i1 += tile) {
    const iEnd = Math.min(rows, i1 + tile);
    for (let j1 = 0; j1 < columns; j1 += tile) {
      const jEnd = Math.min(columns, j1 + tile);
      for (let j = j1; j < jEnd; j++) {
        for (let i = i1; i < iEnd; i++) {
          result[i * columns + j] = data[(j0 + j) * stride + i0 + i] / scale;
        }
      }
    }
  }
}

function put(
  values: Float32Array,
  { data, columns: stride }: Matrix,
  i0: number,
  j0: number,
  columns: number,
  scale: { readonly left: number; readonly right: number },
  isAdded: boolean,
): void {
  const rows = values.length / columns;
  const isPlain = !isAdded && scale.left === 1 && scale.right === 1;
  if (isPlain && columns === stride) {
    data.set(values, i0 * stride);
    return;
  }
  if (isPlain && columns >= longRow) {
    for (let i = 0; i < rows; i++) {
      const source = i * columns;
      data.set(values.subarray(source, source + columns), (i0 + i) * stride + j0);
    }
    return;
  }
  for (let i = 0; i < rows; i++) {
    const source = i * columns;
    const target = (i0 + i) * stride + j0;
    for (let j = 0; j < columns; j++) {
      const value = values[source + j] * scale.left * scale.right;
      data[target + j] = isAdded ? data[target + j] + value : value;
    }
  }
}
