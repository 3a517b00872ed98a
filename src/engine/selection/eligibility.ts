import type { FloatArray } from '../tensor/tensor';
import type { TensorEntry } from '../../formats/format';
import { smallestSquare } from '../decompositions/storedFactors';
import { dtypes } from '../tensor/dtype';

/** Convolutions with more than three spatial axes do not occur. */
const maxOrder = 5;

/**
 * Why a tensor gets no choices, as far as its header tells, in words that follow "stays dense: ";
 * undefined when it is eligible. Eligible are floating-point matrices (m, n) and convolution
 * kernels (T, C, spatial...) of one to three spatial axes with at least two dimensions to factorise.
 */
export function ineligibleReason(entry: TensorEntry): string | undefined {
  const { shape, dtype, storedDtype, problem } = entry;
  if (problem !== undefined || dtype === undefined) {
    return `its type ${storedDtype} cannot be read`;
  }
  if (!dtypes[dtype].isFloat) {
    return `${dtype} values are not approximated`;
  }
  if (entry.parameters === 0) {
    return 'it is empty';
  }
  if (shape.length < 2) {
    return shape.length === 0 ? 'a single number' : '1-D tensor';
  }
  if (shape.length > maxOrder) {
    return `${shape.length} dimensions, more than the ${maxOrder} of a 3-D convolution`;
  }
  if (shape.filter((size) => size > 1).length < 2) {
    return 'only one of its dimensions is larger than 1';
  }
  if (shape.length > 2 && shape[1] === 1) {
    return 'a convolution with one input channel per filter (depth-wise, or the first layer)';
  }
  return undefined;
}

/** In f64: the values, a matricisation of them, and what the factorisation works on. */
const copiesHeld = 3;
const bytesPerGb = 2 ** 30;

/**
 * Why a tensor cannot be factorised within `memoryLimit` bytes, in words that follow
 * "stays dense: "; undefined when it can.
 */
export function tooLargeReason(
  { bytes, parameters }: Pick<TensorEntry, 'bytes' | 'parameters'>,
  memoryLimit = Infinity,
): string | undefined {
  const needed = bytes + copiesHeld * 8 * parameters;
  return needed > memoryLimit
    ? `factorising it takes about ${(needed / bytesPerGb).toFixed(1)} GB of memory, and the limit ` +
        `is ${(memoryLimit / bytesPerGb).toFixed(1)} GB`
    : undefined;
}

/**
 * ||data||, and how many values are NaN or infinite (the norm is then of the others). Scaled where
 * squares would leave the range of f64.
 */
export function measure(data: FloatArray): { norm: number; nonFinite: number } {
  let square = 0;
  let largest = 0;
  let nonFinite = 0;
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i]);
    if (size < Infinity) {
      square += size * size;
      largest = size > largest ? size : largest;
    } else {
      nonFinite++;
    }
  }
  if (square === Infinity || (square < 1e-280 && largest > 0)) {
    square = 0;
    for (let i = 0; i < data.length; i++) {
      const share = data[i] / largest;
      square += Math.abs(share) <= 1 ? share * share : 0;
    }
    return { norm: largest * Math.sqrt(square), nonFinite };
  }
  return { norm: Math.sqrt(square), nonFinite };
}

/** Why values that were read cannot be factorised, in words that follow "stays dense: ". */
export function unusableReason({
  norm,
  nonFinite,
}: {
  norm: number;
  nonFinite: number;
}): string | undefined {
  if (nonFinite > 0) {
    return `${nonFinite} of its values ${nonFinite === 1 ? 'is' : 'are'} NaN or infinite`;
  }
  if (norm > 0 && norm * norm < smallestSquare) {
    return 'its values are too small to square';
  }
  return Number.isFinite(norm * norm) ? undefined : 'its values are too large to square';
}
