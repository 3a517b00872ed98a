import { FormatError, UnsupportedError, UsageError } from '../../failures';
import type { Matrix } from '../linalg/matrix';
import { dot, largestMagnitude } from '../linalg/vectors';
import { dtypes, type DType } from '../tensor/dtype';
import { elementCount, formatShape, type FloatArray } from '../tensor/tensor';
import type { Attributes, Factor, IndexDType, Method, Rank } from './decomposition';

/** Squares below this have lost digits to underflow: beneath every f32, far beneath any weight. */
export const smallestSquare = 1e-280;

/** What a pressed file keeps of a decomposition; the method is known from elsewhere. */
export interface StoredDecomposition {
  readonly shape: readonly number[];
  readonly rank: Rank;
  readonly attributes: Attributes;
  readonly factors: readonly Factor[];
}

/** Values stored; indices and bitmaps are no parameters. */
export function countParameters(factors: readonly Factor[]): number {
  return factors.reduce(
    (sum, { shape, dtype }) => sum + (dtype === undefined ? elementCount(shape) : 0),
    0,
  );
}

/** Bytes of all factors, values in `dtype`. */
export function countBytes(factors: readonly Factor[], dtype: DType): number {
  return factors.reduce(
    (sum, factor) => sum + elementCount(factor.shape) * dtypes[factor.dtype ?? dtype].bytes,
    0,
  );
}

export function matrixFactor(name: string, matrix: Matrix): Factor {
  return { name, shape: [matrix.rows, matrix.columns], data: matrix.data };
}

/**
 * The elements of the factor called `name`, which must have `shape`, in f64.
 * @throws FormatError when it is missing or of another shape.
 */
export function factorOfShape(
  factors: readonly Factor[],
  name: string,
  shape: readonly number[],
): Float64Array {
  return toDouble(storedFactorOfShape(factors, name, shape));
}

/**
 * As {@link factorOfShape}, in the precision it is kept in; with `dtype`, a factor of indices or
 * bits of that type. @throws FormatError when it is missing, or of another shape or type.
 */
export function storedFactorOfShape(
  factors: readonly Factor[],
  name: string,
  shape: readonly number[],
  dtype?: IndexDType,
): FloatArray {
  const factor = factors.find((candidate) => candidate.name === name);
  if (!factor) {
    throw new FormatError(`The factor "${name}" of the decomposition is missing.`, { value: name });
  }
  const fits =
    factor.shape.length === shape.length &&
    shape.every((size, axis) => size === factor.shape[axis]) &&
    factor.data.length === elementCount(factor.shape);
  if (!fits) {
    const expected = formatShape(shape);
    const found = formatShape(factor.shape);
    throw new FormatError(`The factor "${name}" is ${found} where ${expected} is expected.`, {
      value: found,
      limit: expected,
    });
  }
  if (factor.dtype !== dtype) {
    const [found, expected] = [factor.dtype, dtype].map((type) => type ?? 'values');
    throw new FormatError(`The factor "${name}" holds ${found} where ${expected} is expected.`, {
      value: found,
      limit: expected,
    });
  }
  return factor.data;
}

/** A whole number of at least 1. @throws UsageError otherwise. */
export function requireRank(method: Method, rank: Rank): number {
  if (typeof rank !== 'number' || !Number.isInteger(rank) || rank < 1) {
    throw new UsageError(
      `${JSON.stringify(rank)} is no rank for ${method}; give a whole number of at least 1.`,
      { value: JSON.stringify(rank) },
    );
  }
  return rank;
}

/**
 * CP, Tucker and Tensor Train start at order 3; on a matrix all three are its truncated SVD.
 * @throws UsageError for fewer axes, or one without elements.
 */
export function requireTensor(method: Method, shape: readonly number[]): void {
  if (shape.length < 3 || elementCount(shape) === 0) {
    throw new UsageError(
      `${method} needs a tensor with elements and at least 3 axes, not one of shape ${formatShape(shape)}.`,
      { value: formatShape(shape), limit: 3 },
    );
  }
}

/**
 * ||X||^2. @throws UnsupportedError when X holds NaN or infinity, or values whose squares leave the
 * range of f64.
 */
export function finiteSquaredNorm(data: Float64Array): number {
  const square = dot(data, 0, data, 0, data.length);
  if (!Number.isFinite(square)) {
    throw new UnsupportedError(
      'The tensor holds NaN, infinity or values too large to square; it cannot be decomposed.',
    );
  }
  if (square < smallestSquare && largestMagnitude(data) > 0) {
    throw new UnsupportedError(
      'The values of the tensor are too small to square; it cannot be decomposed.',
    );
  }
  return square;
}

/** The elements in f64; not copied when they are already. */
export function toDouble(data: FloatArray): Float64Array {
  return data instanceof Float64Array ? data : new Float64Array(data);
}
