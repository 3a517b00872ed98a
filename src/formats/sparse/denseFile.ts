import type { Job } from '../../engine/job';
import { fromDense } from '../../engine/sparse/sparseTensor';
import { elementCount, formatShape } from '../../engine/tensor/tensor';
import { FormatError, UsageError } from '../../failures';
import type { TensorEntry, WeightsFile } from '../format';
import { readTensor } from '../tensorData';
import { requireFileSizes } from './assembleFile';
import type { SparseFile } from './sparseFormat';

/** A message need not list ten thousand names to say that one is to be chosen. */
const namesShown = 20;

/**
 * The nonzeros of a dense tensor of a weights file: a pruned layer.
 * @throws UsageError when the file has several tensors and none, or an unknown one, is named;
 * FormatError for a scalar and for NaN or infinity; as `readTensor`.
 */
export async function readDenseFile(
  file: WeightsFile,
  tensor: string | undefined,
  job: Job,
): Promise<SparseFile> {
  const entry = chosen(file, tensor);
  requireFileSizes(file.name, entry.shape);
  const dense = await readTensor(file, entry, job);
  try {
    const X = fromDense(dense, job);
    return {
      format: file.format,
      name: file.name,
      size: file.size,
      tensor: X,
      stored: elementCount(entry.shape),
      duplicates: 0,
      zeros: elementCount(entry.shape) - X.values.length,
      notes: [`Tensor "${entry.name}", stored in full (${formatShape(entry.shape)}).`],
    };
  } catch (error) {
    if (error instanceof UsageError) {
      throw new FormatError(
        `"${file.name}": tensor "${entry.name}": ${error.message}`,
        { ...error.details, file: file.name, tensor: entry.name },
        { cause: error },
      );
    }
    throw error;
  }
}

function chosen(file: WeightsFile, tensor: string | undefined): TensorEntry {
  const { name, tensors } = file;
  const entry = tensor === undefined ? tensors[0] : tensors.find((one) => one.name === tensor);
  if (entry && (tensor !== undefined || tensors.length === 1)) {
    return entry;
  }
  if (tensor !== undefined) {
    throw new UsageError(`"${name}" has no tensor "${tensor}".`, { file: name, tensor });
  }
  const names = tensors.slice(0, namesShown).map((one) => `"${one.name}"`);
  const more = tensors.length > namesShown ? ` and ${tensors.length - namesShown} more` : '';
  throw new UsageError(
    tensors.length === 0
      ? `"${name}" has no tensors.`
      : `"${name}" has ${tensors.length} tensors; name one: ${names.join(', ')}${more}.`,
    { file: name, value: tensors.length, limit: 1 },
  );
}
