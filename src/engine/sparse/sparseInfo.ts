import { readSparse } from '../../formats/sparse/registry';
import type { SparseFile } from '../../formats/sparse/sparseFormat';
import { openLocalFile } from '../../io/localFile';
import type { SparseInfo } from '../../protocol/sparse';
import { part, unattended, type Job } from '../job';
import { elementCount } from '../tensor/tensor';
import { modeDegrees } from './degrees';
import { orderBytes, rawBytes } from './sizes';
import { squaredNorm } from './sparseTensor';

/**
 * What a file holds as a sparse matrix or tensor.
 * @param params absolute path of a local file; the tensor of a weights file that has several.
 * @throws as `readSparse`.
 */
export async function sparseInfo(
  { path, tensor }: { readonly path: string; readonly tensor?: string },
  job: Job = unattended,
): Promise<SparseInfo> {
  const file = await readSparse(
    await openLocalFile(path),
    tensor === undefined ? {} : { tensor },
    part(job, 0, 0.9),
  );
  const info = infoOf(file, job);
  job.report(1);
  return info;
}

/** The figures of a tensor that was read. @throws CancelledError. */
export function infoOf({ tensor: X, ...file }: SparseFile, job: Job = unattended): SparseInfo {
  const { dims, indices, values } = X;
  const modes = indices.map((keys, mode) => {
    job.throwIfCancelled();
    return modeDegrees(keys, dims[mode]);
  });
  return {
    ...file,
    dims,
    nonzeros: values.length,
    density: dims.reduce((share, size) => share / size, values.length),
    squaredNorm: squaredNorm(X),
    ...valueRange(values),
    modes,
    bytes: { raw: rawBytes(X), dense: 8 * elementCount(dims), orders: orderBytes(dims) },
  };
}

function valueRange(values: Float64Array): Pick<SparseInfo, 'min' | 'max' | 'negative'> {
  let [min, max, negative] = [Infinity, -Infinity, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    negative += value < 0 ? 1 : 0;
  }
  return values.length === 0 ? { negative } : { min, max, negative };
}
