import { UsageError } from '../../failures';
import { unattended, type Job } from '../job';
import { elementCount, formatShape, type DenseTensor } from '../tensor/tensor';
import { compareEntries, rowMajorOrder } from './coordinateOrder';

/**
 * Entry `e` lies at (indices[0][e], ..., indices[d-1][e]) and has the value `values[e]`; everything
 * else is 0. No coordinate comes twice, no value is 0, NaN or infinite, and the entries are sorted
 * row-major: by the first mode, then the second, and so on.
 */
export interface SparseTensor {
  readonly dims: readonly number[];
  readonly indices: readonly Uint32Array[];
  readonly values: Float64Array;
}

/** Indices are 32-bit numbers: a mode has at most 2^32 of them. */
export const largestSize = 2 ** 32;

/** What became of the entries a tensor was made of: entries = nonzeros + duplicates + zeros. */
export interface Assembled {
  readonly tensor: SparseTensor;
  /** Entries that were added to another one at the same place. */
  readonly duplicates: number;
  /** Places left out because their value, or the sum of their values, is 0. */
  readonly zeros: number;
}

/** Entries looked at between two looks at the stop sign. */
const stride = 2 ** 18;

/** ||X||^2, the sum of the squared values. */
export function squaredNorm(X: SparseTensor): number {
  let sum = 0;
  for (const value of X.values) {
    sum += value * value;
  }
  return sum;
}

/**
 * A tensor of entries in any order: those at the same place are added up, zeros are dropped. Takes
 * over `indices` and `values`, which must not change afterwards.
 * @throws UsageError for no or impossible sizes, arrays of unequal length, an index outside its
 * mode, and a value (or a sum of values) that is NaN or infinite.
 */
export function sparseTensor(
  dims: readonly number[],
  indices: readonly Uint32Array[],
  values: Float64Array,
  job: Job = unattended,
): SparseTensor {
  return assembleSparse(dims, indices, values, job).tensor;
}

/** As {@link sparseTensor}, with a count of what was added up and dropped. */
export function assembleSparse(
  dims: readonly number[],
  indices: readonly Uint32Array[],
  values: Float64Array,
  job: Job = unattended,
): Assembled {
  requireSizes(dims);
  if (indices.length !== dims.length || indices.some(({ length }) => length !== values.length)) {
    throw new UsageError(
      `A sparse tensor of ${dims.length} modes needs as many arrays of indices, each as long as its ${values.length} values; ${indices.map(({ length }) => length).join(', ') || 'none'} are given.`,
      { value: indices.length, limit: dims.length },
    );
  }
  requireEntries(dims, indices, values, job);
  const order = rowMajorOrder(indices, job);
  job.throwIfCancelled();
  const sorted = order ? indices.map((keys) => gathered(keys, order)) : indices;
  const arranged = order ? gathered(values, order) : values;
  return merged(dims, sorted, arranged, job);
}

function requireSizes(dims: readonly number[]): void {
  if (dims.length === 0) {
    throw new UsageError('A sparse tensor has at least one mode.', { value: 0, limit: 1 });
  }
  const wrong = dims.find((size) => !Number.isInteger(size) || size < 1 || size > largestSize);
  if (wrong !== undefined) {
    throw new UsageError(
      `A sparse tensor of ${formatShape(dims)} is impossible: each size is a whole number from 1 to ${largestSize}.`,
      { value: wrong, limit: largestSize },
    );
  }
}

function requireEntries(
  dims: readonly number[],
  indices: readonly Uint32Array[],
  values: Float64Array,
  job: Job,
): void {
  for (const [mode, keys] of indices.entries()) {
    job.throwIfCancelled();
    const size = dims[mode];
    const outside = keys.findIndex((key) => key >= size);
    if (outside >= 0) {
      throw new UsageError(
        `Entry ${outside + 1} has the index ${keys[outside]} in mode ${mode + 1}, which has ${size} (counted from 0).`,
        { value: keys[outside], limit: size },
      );
    }
  }
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new UsageError(
      `Entry ${wrong + 1} is ${values[wrong]}; a sparse tensor holds finite numbers only.`,
      { value: values[wrong] },
    );
  }
}

function gathered<T extends Uint32Array | Float64Array>(source: T, order: Uint32Array): T {
  const target = new (source.constructor as new (length: number) => T)(order.length);
  for (let e = 0; e < order.length; e++) {
    target[e] = source[order[e]];
  }
  return target;
}

/** Sorted entries without duplicates and zeros; the arrays themselves where there are none. */
function merged(
  dims: readonly number[],
  indices: readonly Uint32Array[],
  values: Float64Array,
  job: Job,
): Assembled {
  const count = values.length;
  const first = firstSuperfluous(indices, values);
  if (first === count) {
    return { tensor: { dims: [...dims], indices, values }, duplicates: 0, zeros: 0 };
  }
  const keptIndices = indices.map((keys) => keys.slice());
  const keptValues = values.slice();
  let kept = first;
  let duplicates = 0;
  let zeros = 0;
  for (let e = first, end; e < count; e = end) {
    if (e % stride === 0) {
      job.throwIfCancelled();
    }
    let sum = values[e];
    for (end = e + 1; end < count && compareEntries(indices, e, end) === 0; end++) {
      sum += values[end];
    }
    duplicates += end - e - 1;
    if (!Number.isFinite(sum)) {
      const place = indices.map((keys) => keys[e]).join(', ');
      throw new UsageError(
        `The ${end - e} values at (${place}), counted from 0, add up to ${sum}; a sparse tensor holds finite numbers only.`,
        { value: sum },
      );
    }
    if (sum === 0) {
      zeros++;
      continue;
    }
    for (let mode = 0; mode < indices.length; mode++) {
      keptIndices[mode][kept] = indices[mode][e];
    }
    keptValues[kept++] = sum;
  }
  const tensor = {
    dims: [...dims],
    indices: keptIndices.map((keys) => keys.slice(0, kept)),
    values: keptValues.slice(0, kept),
  };
  return { tensor, duplicates, zeros };
}

/** The first entry that is 0 or shares its place with the next one; the number of entries if none. */
function firstSuperfluous(indices: readonly Uint32Array[], values: Float64Array): number {
  const count = values.length;
  for (let e = 0; e < count; e++) {
    if (values[e] === 0 || (e + 1 < count && compareEntries(indices, e, e + 1) === 0)) {
      return e;
    }
  }
  return count;
}

/**
 * The tensor whose mode `m` is mode `axes[m]` of `X`, sorted anew.
 * @throws UsageError when `axes` does not name each mode once, CancelledError.
 */
export function permutedModes(
  X: SparseTensor,
  axes: readonly number[],
  job: Job = unattended,
): SparseTensor {
  const once = new Set(axes);
  if (
    axes.length !== X.dims.length ||
    once.size !== axes.length ||
    axes.some((axis) => X.dims[axis] === undefined)
  ) {
    throw new UsageError(
      `(${axes.join(', ')}) is not an order of the ${X.dims.length} modes of a tensor.`,
    );
  }
  const dims = axes.map((axis) => X.dims[axis]);
  const indices = axes.map((axis) => X.indices[axis]);
  const order = rowMajorOrder(indices, job);
  return order
    ? {
        dims,
        indices: indices.map((keys) => gathered(keys, order)),
        values: gathered(X.values, order),
      }
    : { dims, indices, values: X.values };
}

/** The transpose of a matrix. @throws UsageError for a tensor of another order. */
export function transposed(X: SparseTensor, job: Job = unattended): SparseTensor {
  requireMatrix(X);
  return permutedModes(X, [1, 0], job);
}

/** Row `i` has the entries from `pointers[i]` to, without it, `pointers[i + 1]`. */
export interface CompressedRows {
  readonly pointers: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float64Array;
}

/**
 * The matrix as compressed sparse rows (CSR), sharing its columns and values; that of the transpose
 * is CSC. Takes 4 bytes per row, empty ones included.
 * @throws UsageError for a tensor of another order.
 */
export function compressedRows(X: SparseTensor): CompressedRows {
  requireMatrix(X);
  const pointers = new Uint32Array(X.dims[0] + 1);
  for (const row of X.indices[0]) {
    pointers[row + 1]++;
  }
  for (let row = 0; row < X.dims[0]; row++) {
    pointers[row + 1] += pointers[row];
  }
  return { pointers, columns: X.indices[1], values: X.values };
}

function requireMatrix(X: SparseTensor): void {
  if (X.dims.length !== 2) {
    throw new UsageError(`A matrix is needed, not a tensor of ${formatShape(X.dims)}.`, {
      value: X.dims.length,
      limit: 2,
    });
  }
}

/** Beyond this many elements a sparse tensor is not written out in full. */
const largestDense = 2 ** 27;

/** All elements, zeros included. @throws UsageError when they are more than 2^27. */
export function toDense(X: SparseTensor): DenseTensor<Float64Array> {
  const count = elementCount(X.dims);
  if (count > largestDense) {
    throw new UsageError(
      `A tensor of ${formatShape(X.dims)} has ${count} elements, too many to write out in full (at most ${largestDense}).`,
      { value: count, limit: largestDense },
    );
  }
  const data = new Float64Array(count);
  for (let e = 0; e < X.values.length; e++) {
    let at = 0;
    for (let mode = 0; mode < X.dims.length; mode++) {
      at = at * X.dims[mode] + X.indices[mode][e];
    }
    data[at] = X.values[e];
  }
  return { shape: [...X.dims], data };
}

/**
 * The nonzero elements of a dense tensor (a pruned layer).
 * @throws UsageError for a scalar, an empty tensor, and NaN or infinity among the elements.
 */
export function fromDense(tensor: DenseTensor, job: Job = unattended): SparseTensor {
  const { shape, data } = tensor;
  requireSizes(shape);
  let count = 0;
  for (const value of data) {
    count += value === 0 ? 0 : 1;
  }
  const indices = shape.map(() => new Uint32Array(count));
  const values = new Float64Array(count);
  let e = 0;
  for (let at = 0; at < data.length; at++) {
    if (at % stride === 0) {
      job.throwIfCancelled();
    }
    const value = data[at];
    if (value === 0) {
      continue;
    }
    if (!Number.isFinite(value)) {
      throw new UsageError(
        `Element ${at + 1} is ${value}; a sparse tensor holds finite numbers only.`,
        { value },
      );
    }
    let rest = at;
    for (let mode = shape.length - 1; mode >= 0; mode--) {
      indices[mode][e] = rest % shape[mode];
      rest = Math.floor(rest / shape[mode]);
    }
    values[e++] = value;
  }
  return { dims: [...shape], indices, values };
}
