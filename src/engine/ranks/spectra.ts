import { UsageError } from '../../failures';
import { tensorTrainShape } from './tensorTrainRank';
import { freeModes } from './tuckerRank';

/**
 * Norms of what truncation discards: entry r is the square root of the summed squares of the
 * singular values from index r on (entry 0 the norm, the last entry 0). Summed from the small end,
 * so nothing cancels.
 */
export function tailNorms(spectrum: ArrayLike<number>): Float64Array {
  const tails = new Float64Array(spectrum.length + 1);
  const largest = spectrum.length > 0 ? Math.abs(spectrum[0]) : 0;
  if (largest === 0) {
    return tails;
  }
  let sum = 0;
  for (let r = spectrum.length - 1; r >= 0; r--) {
    const share = spectrum[r] / largest;
    sum += share * share;
    tails[r] = largest * Math.sqrt(sum);
  }
  return tails;
}

/** Smallest rank whose relative error is at most `error`; at least 1. */
export function rankForError(spectrum: ArrayLike<number>, error: number): number {
  assertError(error);
  const tails = tailNorms(spectrum);
  const allowed = error * tails[0];
  let rank = 1;
  while (rank < spectrum.length && tails[rank] > allowed) {
    rank++;
  }
  return rank;
}

/** Smallest rank that keeps at least the share `energy` of the squared norm; at least 1. */
export function rankForEnergy(spectrum: ArrayLike<number>, energy: number): number {
  return rankForError(spectrum, errorForEnergy(energy));
}

/** Keeping the share `energy` of the squared norm leaves this relative error. */
export function errorForEnergy(energy: number): number {
  if (!(energy >= 0 && energy <= 1)) {
    throw new UsageError(`Energy is a share of the squared norm, from 0 to 1, not ${energy}.`, {
      value: energy,
    });
  }
  return Math.sqrt(1 - energy);
}

/**
 * Tucker ranks (T, C, spatial full) that guarantee relative error `error`: the squared budget is
 * split evenly over the free modes (HOSVD's error is at most the root of their summed squares).
 * `spectra[k]` are the singular values of the unfolding at mode k, for the free modes.
 */
export function tuckerRankForError(
  shape: readonly number[],
  spectra: readonly ArrayLike<number>[],
  error: number,
): number[] {
  const share = error / Math.sqrt(freeModes);
  return shape.map((size, k) => (k < freeModes ? rankForError(spectra[k], share) : size));
}

/**
 * Tensor Train ranks (1, R1, ..., 1) that guarantee relative error `error`: the squared budget is
 * split evenly over the bonds. `spectra[k]` are the singular values of the matrix whose rows are
 * modes 0..k and whose columns are the rest, in Tensor Train's order of modes.
 */
export function tensorTrainRankForError(
  shape: readonly number[],
  spectra: readonly ArrayLike<number>[],
  error: number,
): number[] {
  const bonds = tensorTrainShape(shape).length - 1;
  const share = error / Math.sqrt(bonds);
  return [1, ...spectra.slice(0, bonds).map((spectrum) => rankForError(spectrum, share)), 1];
}

/**
 * Smallest rank in [1, limit] whose measured error is at most `error`, for a method without a
 * spectrum (CP): doubling, then bisection, taking the error to fall as the rank grows; undefined
 * when even `limit` is not enough.
 */
export async function searchRankForError(
  errorAt: (rank: number) => Promise<number>,
  error: number,
  limit: number,
): Promise<number | undefined> {
  assertError(error);
  let low = 0;
  let high = 1;
  while ((await errorAt(high)) > error) {
    if (high === limit) {
      return undefined;
    }
    low = high;
    high = Math.min(limit, high * 2);
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((await errorAt(middle)) > error) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return high;
}

function assertError(error: number): void {
  if (!(error >= 0)) {
    throw new UsageError(`A relative error is at least 0, not ${error}.`, { value: error });
  }
}
