import { OutOfMemoryError, UsageError } from '../../failures';
import type { Job } from '../job';
import { formatShape } from '../tensor/tensor';
import { relativeError } from './sizes';
import type { SparseMethod, SparseModel } from './sparseModel';
import { squaredNorm, type SparseTensor } from './sparseTensor';

/** Word of a fit under way: the error after `step` sweeps, rounds, stencils or epochs. */
export type FitReport = (progress: {
  readonly step: number;
  readonly squaredError: number;
}) => void;

/** What a method found; {@link modelOf} adds what all methods state alike. */
export interface Fitted {
  readonly method: SparseMethod;
  readonly parameters: number;
  readonly bytes: number;
  readonly orderBytes?: number;
  readonly squaredError: number;
  /** The approximation at an index inside the tensor. */
  entry(index: readonly number[]): number;
  readonly details: SparseModel['details'];
}

/** @param from `performance.now()` at the start of the fit. */
export function modelOf(X: SparseTensor, fitted: Fitted, from: number): SparseModel {
  const { dims } = X;
  // Rounding may leave a little less than nothing of a perfect approximation.
  const squaredError = Math.max(0, fitted.squaredError);
  return {
    ...fitted,
    dims,
    orderBytes: fitted.orderBytes ?? 0,
    squaredError,
    relativeError: relativeError(squaredError, squaredNorm(X)),
    entry(index) {
      requireIndex(dims, index);
      return fitted.entry(index);
    },
    elapsedMs: performance.now() - from,
  };
}

/** @throws UsageError for an index outside a tensor of size `dims`. */
export function requireIndex(dims: readonly number[], index: readonly number[]): void {
  const isInside =
    index.length === dims.length &&
    index.every((i, mode) => Number.isInteger(i) && i >= 0 && i < dims[mode]);
  if (!isInside) {
    throw new UsageError(
      `(${index.join(', ')}) is not an entry of a tensor of ${formatShape(dims)}; give one whole number per mode, from 0.`,
    );
  }
}

/** @throws UsageError when a tensor of size `others` cannot be compared with one of size `dims`. */
export function requireSameSizes(dims: readonly number[], others: readonly number[]): void {
  if (dims.length !== others.length || dims.some((size, mode) => size !== others[mode])) {
    throw new UsageError(
      `The model stands for a tensor of ${formatShape(dims)}, which cannot be compared with one of ${formatShape(others)}.`,
    );
  }
}

/** @throws UsageError when X is not a matrix, for a method called `name` that takes nothing else. */
export function requireMatrixFor(name: string, X: SparseTensor): void {
  if (X.dims.length !== 2) {
    throw new UsageError(
      `${name} takes matrices, and this is a tensor of ${formatShape(X.dims)}. Use CP, Tucker or NeuKron for it.`,
      { value: X.dims.length, limit: 2 },
    );
  }
}

/** @throws UsageError unless `value` is a whole number from 1. */
export function requireCount(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new UsageError(`The ${what} must be a whole number from 1, not ${value}.`, {
      value,
      limit: 1,
    });
  }
}

/** Numbers held in f64 at a time when the job sets no limit: 4 GB of them. */
const mostNumbers = 2 ** 29;

/**
 * @param remedy what to do instead, a sentence.
 * @throws OutOfMemoryError when `numbers` f64 numbers exceed what the job may hold.
 */
export function requireRoom(numbers: number, what: string, remedy: string, job: Job): void {
  const limit = Math.min(mostNumbers, (job.memoryLimit ?? Infinity) / 8);
  if (numbers > limit) {
    throw new OutOfMemoryError(
      `${what} would take ${Math.ceil(numbers)} numbers of 8 bytes, more than the ${Math.floor(limit)} allowed. ${remedy}`,
      { value: numbers, limit: Math.floor(limit) },
    );
  }
}
