import { describeFailure, FormatError, isCancelled, OutOfMemoryError } from '../../failures';
import type { WeightsFile } from '../../formats/format';
import { readTensor } from '../../formats/tensorData';
import { restore } from '../decompositions';
import type { Factor } from '../decompositions/decomposition';
import { unattended, type Job } from '../job';
import { elementCount, type DenseTensor } from '../tensor/tensor';
import type { PressedHeader } from './pressedHeader';

/**
 * The dense approximation of the pressed tensor `name`, in f64.
 * @throws FormatError when its factors do not fit what `header` says of them; OutOfMemoryError.
 */
export async function restoreTensor(
  file: WeightsFile,
  name: string,
  header: PressedHeader,
  job: Job = unattended,
): Promise<DenseTensor<Float64Array>> {
  const { method, shape, rank, attributes, factors } = header.tensors[name];
  const stored: Factor[] = [];
  for (const factor of factors) {
    const entry = file.tensors.find((candidate) => candidate.name === factor.tensor);
    if (!entry) {
      throw new FormatError(`"${file.name}" has no tensor "${factor.tensor}".`, {
        file: file.name,
        tensor: factor.tensor,
      });
    }
    const { data } = await readTensor(file, entry, job);
    const { dtype } = factor;
    stored.push({ name: factor.name, shape: entry.shape, data, ...(dtype && { dtype }) });
  }
  let restored: DenseTensor<Float64Array>;
  try {
    restored = await restore(method, { shape, rank, attributes, factors: stored }).reconstruct(job);
  } catch (error) {
    if (isCancelled(error)) {
      throw error;
    }
    const { kind, message } = describeFailure(error);
    const Failed = kind === 'memory' ? OutOfMemoryError : FormatError;
    throw new Failed(
      `"${file.name}": the pressed tensor "${name}" cannot be rebuilt: ${message}`,
      { file: file.name, tensor: name },
      { cause: error },
    );
  }
  if (restored.data.length !== elementCount(shape)) {
    throw new FormatError(
      `"${file.name}": the pressed tensor "${name}" is rebuilt with ${restored.data.length} values instead of ${elementCount(shape)}.`,
      { file: file.name, tensor: name, value: restored.data.length, limit: elementCount(shape) },
    );
  }
  return restored;
}
