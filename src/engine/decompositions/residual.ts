import { frobeniusNorm, residualNorm } from '../errors';
import { unattended, type Job } from '../job';
import { addProduct } from '../linalg/blockedProduct';
import type { FloatMatrix } from '../linalg/gramBasis';
import type { DenseTensor, FloatArray } from '../tensor/tensor';
import type { Decomposition } from './decomposition';

/** Elements of a product that are formed at a time: 32 MB. */
const elementsAtOnce = 2 ** 22;

/** ||X - X~|| from the residual itself, in f64. */
export async function residualOf(
  decomposition: Decomposition,
  tensor: DenseTensor,
  job: Job = unattended,
): Promise<number> {
  if (decomposition.residual) {
    return decomposition.residual(tensor, job);
  }
  return residualNorm(tensor.data, (await decomposition.reconstruct(job)).data);
}

/** ||A - L R|| for row-major A (m x n), some rows at a time. */
export function productResidual(
  data: FloatArray,
  L: FloatMatrix,
  R: FloatMatrix,
  job: Job = unattended,
): number {
  const { columns } = R;
  const rank = L.columns;
  const step = Math.max(1, Math.floor(elementsAtOnce / columns));
  const product = new Float64Array(Math.min(step, L.rows) * columns);
  const norms: number[] = [];
  for (let from = 0; from < L.rows; from += step) {
    const rows = Math.min(step, L.rows - from);
    const part = product.subarray(0, rows * columns);
    addProduct(
      { m: rows, n: columns, k: rank },
      { data: L.data.subarray(from * rank), rowStride: rank, columnStride: 1 },
      { data: R.data, rowStride: columns, columnStride: 1 },
      part,
      { into: 'replace', job },
    );
    norms.push(residualNorm(data.subarray(from * columns, (from + rows) * columns), part));
  }
  return frobeniusNorm(norms);
}
