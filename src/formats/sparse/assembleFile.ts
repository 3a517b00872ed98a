import type { Job } from '../../engine/job';
import { assembleSparse, largestSize, type Assembled } from '../../engine/sparse/sparseTensor';
import { formatShape } from '../../engine/tensor/tensor';
import { FormatError, UnsupportedError, UsageError } from '../../failures';
import { maxOrder } from '../shapes';

/** As `assembleSparse`, with what is wrong said of the file that holds the entries. */
export function assembleFile(
  file: string,
  dims: readonly number[],
  indices: readonly Uint32Array[],
  values: Float64Array,
  job: Job,
): Assembled {
  try {
    return assembleSparse(dims, indices, values, job);
  } catch (error) {
    if (error instanceof UsageError) {
      const details = { ...error.details, file };
      throw new FormatError(`"${file}": ${error.message}`, details, { cause: error });
    }
    throw error;
  }
}

/**
 * Sizes as a file states them.
 * @throws FormatError for none, too many, or one below 1; UnsupportedError for one beyond 2^32.
 */
export function requireFileSizes(file: string, dims: readonly number[]): void {
  if (dims.length === 0 || dims.length > maxOrder) {
    throw new FormatError(
      `"${file}" states ${dims.length} modes; a tensor has from 1 to ${maxOrder}.`,
      { file, value: dims.length, limit: maxOrder },
    );
  }
  const wrong = dims.find((size) => !Number.isInteger(size) || size < 1);
  if (wrong !== undefined) {
    throw new FormatError(
      `"${file}" states the sizes ${formatShape(dims)}; each must be a whole number of at least 1.`,
      { file, value: wrong, limit: 1 },
    );
  }
  const large = dims.find((size) => size > largestSize);
  if (large !== undefined) {
    throw new UnsupportedError(
      `"${file}" has a mode of ${large} indices, more than the ${largestSize} that can be read; leave out rows and columns that are empty.`,
      { file, value: large, limit: largestSize },
    );
  }
}
