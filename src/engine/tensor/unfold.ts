import { createMatrix, transposeInto, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { Failure } from '../../failures';
import { unattended, type Job } from '../job';
import { elementCount, type DenseTensor, type FloatArray } from './tensor';

/** Where a result goes, such as the kernels' memory; every element is written. */
export type Allocate = (count: number) => Float64Array;

const onHeap: Allocate = (count) => new Float64Array(count);

/** The tensor's elements in f64; not copied when they are already. */
export function toFloat64(tensor: DenseTensor): Float64Array {
  return tensor.data instanceof Float64Array ? tensor.data : new Float64Array(tensor.data);
}

/** The elements as a `rows` x `columns` matrix in the order they lie (row-major, no copy of f64). */
export function asMatrix(tensor: DenseTensor, rows: number, columns: number): Matrix {
  if (rows * columns !== tensor.data.length) {
    throw new Failure(
      'internal',
      `${tensor.data.length} elements do not fill a ${rows} x ${columns} matrix.`,
    );
  }
  return createMatrix(rows, columns, toFloat64(tensor));
}

/**
 * X_(mode): axis `mode` in front, the others in their order, the last varying fastest; shape
 * (I_mode, product of the others).
 */
export function unfold(
  tensor: DenseTensor,
  mode: number,
  job: Job = unattended,
  allocate: Allocate = onHeap,
): Matrix {
  const rows = tensor.shape[mode];
  const columns = tensor.data.length / rows;
  return asMatrix(
    mode === 0 ? tensor : permute(tensor, frontAxes(tensor, mode), job, allocate),
    rows,
    columns,
  );
}

/** The inverse of {@link unfold}: the tensor of `shape` whose unfolding at `mode` is `matrix`. */
export function fold(
  matrix: Matrix,
  mode: number,
  shape: readonly number[],
  job: Job = unattended,
  allocate: Allocate = onHeap,
): DenseTensor<Float64Array> {
  if (mode === 0) {
    return { shape: [...shape], data: matrix.data };
  }
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== mode);
  const front = { shape: [shape[mode], ...axes.map((axis) => shape[axis])], data: matrix.data };
  const back = shape.map((_, axis) => (axis === mode ? 0 : axis < mode ? axis + 1 : axis));
  return permute(front, back, job, allocate);
}

/** Elements moved between looks at the stop sign. */
const elementsPerCheck = 2 ** 20;

/** The tensor with axis `axes[k]` of the given one as its axis k; always a new array. */
export function permute(
  tensor: DenseTensor,
  axes: readonly number[],
  job: Job = unattended,
  allocate: Allocate = onHeap,
): DenseTensor<Float64Array> {
  const shape = axes.map((axis) => tensor.shape[axis]);
  const count = elementCount(shape);
  const result = allocate(count);
  if (count === 0) {
    return { shape, data: result };
  }
  const swap = asSwapOfBlocks(tensor.shape, axes);
  if (swap) {
    swapBlocks(result, tensor.data, swap, job);
    return { shape, data: result };
  }
  const strides = rowMajorStrides(tensor.shape);
  const steps = axes.map((axis) => strides[axis]);
  const order = shape.length;
  const inner = order > 0 ? shape[order - 1] : 1;
  const innerStep = order > 0 ? steps[order - 1] : 1;
  const index = new Array<number>(order).fill(0);
  const { data } = tensor;
  let from = 0;
  let nextCheck = 0;
  for (let to = 0; to < count; to += inner) {
    if (to >= nextCheck) {
      job.throwIfCancelled();
      nextCheck = to + elementsPerCheck;
    }
    for (let i = 0, at = from; i < inner; i++, at += innerStep) {
      result[to + i] = data[at];
    }
    for (let axis = order - 2; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < shape[axis]) {
        break;
      }
      from -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { shape, data: result };
}

/** A row-major (batch, rows, columns, block) of which rows and columns change places. */
interface Swap {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
}

/** The permutation as a {@link Swap}, if it is one once axes that stay together are merged. */
function asSwapOfBlocks(shape: readonly number[], axes: readonly number[]): Swap | undefined {
  const runs: number[][] = [];
  for (const axis of axes) {
    const last = runs.at(-1);
    if (last?.at(-1) === axis - 1) {
      last.push(axis);
    } else {
      runs.push([axis]);
    }
  }
  const size = (run: readonly number[] | undefined): number =>
    elementCount((run ?? []).map((axis) => shape[axis]));
  const first = runs.at(0);
  const batch = first?.[0] === 0 ? first : undefined;
  const [columns, rows, block, ...rest] = batch ? runs.slice(1) : runs;
  const isSwap = rows && rest.length === 0 && rows[0] === (batch?.length ?? 0);
  return isSwap
    ? { batch: size(batch), rows: size(rows), columns: size(columns), block: size(block) }
    : undefined;
}

/** Tile by tile, so that both sides stay in cache. */
function swapBlocks(
  target: Float64Array,
  source: FloatArray,
  { batch, rows, columns, block }: Swap,
  job: Job,
): void {
  if (block === 1) {
    const count = rows * columns;
    for (let b = 0; b < batch; b++) {
      const part = source.subarray(b * count, (b + 1) * count);
      transposeInto(target.subarray(b * count, (b + 1) * count), part, rows, columns, job);
    }
    return;
  }
  const tile = Math.max(1, Math.floor(tileElements / block));
  for (let b = 0; b < batch; b++) {
    const base = b * rows * columns * block;
    for (let i0 = 0; i0 < rows; i0 += tile) {
      job.throwIfCancelled();
      const iEnd = Math.min(rows, i0 + tile);
      for (let j0 = 0; j0 < columns; j0 += tile) {
        const jEnd = Math.min(columns, j0 + tile);
        // Along the target's rows: lines that are written cost more than lines that are read.
        for (let j = j0; j < jEnd; j++) {
          let to = base + (j * rows + i0) * block;
          for (let i = i0; i < iEnd; i++) {
            const from = base + (i * columns + j) * block;
            for (let k = from; k < from + block; k++, to++) {
              target[to] = source[k];
            }
          }
        }
      }
    }
  }
}

/** Elements of a row of a tile. */
const tileElements = 128;

/**
 * X x_mode M for M (J, I_mode), or X x_mode M^T for M (I_mode, J) with `transpose`: axis `mode`
 * of the result has size J.
 */
export async function modeProduct(
  tensor: DenseTensor,
  matrix: Matrix,
  mode: number,
  transpose = false,
  job?: Job,
): Promise<DenseTensor<Float64Array>> {
  const size = transpose ? matrix.columns : matrix.rows;
  const shape = tensor.shape.map((length, axis) => (axis === mode ? size : length));
  if (mode === tensor.shape.length - 1) {
    const rows = tensor.data.length / tensor.shape[mode];
    const flat = asMatrix(tensor, rows, tensor.shape[mode]);
    const { data } = await multiply(flat, matrix, { transposeB: !transpose, job });
    return { shape, data };
  }
  const product = await multiply(matrix, unfold(tensor, mode, job), { transposeA: transpose, job });
  return fold(product, mode, shape, job);
}

function frontAxes(tensor: DenseTensor, mode: number): number[] {
  return [mode, ...tensor.shape.map((_, axis) => axis).filter((axis) => axis !== mode)];
}

function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  }
  return strides;
}
