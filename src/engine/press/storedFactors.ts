import { decode, encode } from '../../formats/tensorData';
import type { Factor } from '../decompositions/decomposition';
import { unattended, type Job } from '../job';
import type { DType } from '../tensor/dtype';

/** The factors with the values they have once stored as `dtype`. */
export function roundedFactors(
  factors: readonly Factor[],
  dtype: DType,
  job: Job = unattended,
): Factor[] {
  return factors.map(({ name, shape, data }) => ({
    name,
    shape,
    data: decode(encode(data, dtype, job), dtype, job),
  }));
}
