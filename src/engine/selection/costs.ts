import type { TensorEntry } from '../../formats/format';
import { denseMacs } from '../ranks';
import { dtypes } from '../tensor/dtype';
import type { TensorCost } from './choice';

/**
 * What a tensor costs as it is. Multiply-adds are counted for floating-point tensors of two and
 * more dimensions; biases, statistics and integer tables have none.
 */
export function costOf(entry: TensorEntry, norm?: number): TensorCost {
  return {
    tensor: entry.name,
    shape: entry.shape,
    dtype: entry.dtype ?? entry.storedDtype,
    parameters: entry.parameters,
    bytes: entry.bytes,
    macs: isFloat(entry) ? denseMacs(entry.shape) : 0,
    ...(norm !== undefined && { norm }),
  };
}

/** Whether the tensor holds floating-point numbers that can be read. */
export function isFloat(entry: TensorEntry): boolean {
  return entry.problem === undefined && entry.dtype !== undefined && dtypes[entry.dtype].isFloat;
}
