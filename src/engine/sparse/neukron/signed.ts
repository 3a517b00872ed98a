import type { Job } from '../../job';
import { compareEntries } from '../coordinateOrder';
import type { SparseTensor } from '../sparseTensor';
import type { Decoder } from './decoder';

/** max(X, 0). */
export function positivePart(X: SparseTensor): SparseTensor {
  return partOf(X, 1);
}

/** max(-X, 0). */
export function negativePart(X: SparseTensor): SparseTensor {
  return partOf(X, -1);
}

function partOf(X: SparseTensor, sign: 1 | -1): SparseTensor {
  const kept: number[] = [];
  X.values.forEach((value, e) => {
    if (sign * value > 0) {
      kept.push(e);
    }
  });
  return {
    dims: X.dims,
    indices: X.indices.map((index) => Uint32Array.from(kept, (e) => index[e])),
    values: Float64Array.from(kept, (e) => sign * X.values[e]),
  };
}

/** For each nonzero in row-major order 1 where it is negative. */
export function signsOf(X: SparseTensor): Uint8Array {
  return Uint8Array.from(X.values, (value) => (value < 0 ? 1 : 0));
}

/**
 * Entries of magnitudes with the signs of X at its nonzeros. Stored signs are numbered like the
 * nonzeros, so that whoever decodes needs to know where these are.
 */
export function withSigns(
  X: SparseTensor,
  entry: (index: readonly number[]) => number,
): (index: readonly number[]) => number {
  return (index) => {
    const magnitude = entry(index);
    const e = entryAt(X, index);
    return e >= 0 && X.values[e] < 0 ? -magnitude : magnitude;
  };
}

/** The number of the nonzero at `index`, or -1, by bisection. */
export function entryAt(X: SparseTensor, index: readonly number[]): number {
  const probe = X.indices.map((keys, mode) => Uint32Array.of(0, index[mode]));
  let low = 0;
  let high = X.values.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    probe.forEach((pair, mode) => (pair[0] = X.indices[mode][middle]));
    const order = compareEntries(probe, 0, 1);
    if (order === 0) {
      return middle;
    }
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return -1;
}

/**
 * ||X - X~||^2 over the elements of X themselves, without padding: every one is generated once, the
 * squares added up, and what the nonzeros change corrected.
 */
export function exactSquaredError(X: SparseTensor, decoder: Decoder, job: Job): number {
  let sum = 0;
  decoder.forEachPiece(({ values }) => {
    for (const value of values) {
      sum += value * value;
    }
  }, silent(job));
  const atNonzeros = decoder.values(X.indices, job);
  for (let e = 0; e < atNonzeros.length; e++) {
    sum += X.values[e] * (X.values[e] - 2 * atNonzeros[e]);
  }
  return sum;
}

function silent(job: Job): Job {
  return { throwIfCancelled: () => job.throwIfCancelled(), report() {} };
}
