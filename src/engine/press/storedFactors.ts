import { decode, decodeSingle, encode } from '../../formats/tensorData';
import type { Factor } from '../decompositions/decomposition';
import { unattended, type Job } from '../job';
import { dtypes, type DType } from '../tensor/dtype';

/**
 * The factors with the values they have once stored as `dtype`, in f32 where that holds them;
 * indices and bitmaps stay as they are.
 */
export function roundedFactors(
  factors: readonly Factor[],
  dtype: DType,
  job: Job = unattended,
): Factor[] {
  const read = dtypes[dtype].isFloat && dtypes[dtype].bytes <= 4 ? decodeSingle : decode;
  return factors.map((factor) =>
    factor.dtype === undefined
      ? { ...factor, data: read(encode(factor.data, dtype, job), dtype, job) }
      : factor,
  );
}
