import { UsageError } from '../failures';
import type { TensorSource } from './format';

/** @throws UsageError naming the first name that two tensors share. */
export function requireUniqueNames(tensors: readonly TensorSource[]): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) {
      throw new UsageError(`Two tensors cannot be written under the one name "${name}".`, {
        tensor: name,
      });
    }
    names.add(name);
  }
}

/** @throws UsageError when a source delivered another number of bytes than it announced. */
export function requireByteLength(tensor: TensorSource, bytes: Uint8Array): void {
  if (bytes.byteLength !== tensor.byteLength) {
    throw new UsageError(
      `Tensor "${tensor.name}" was announced with ${tensor.byteLength} bytes but has ${bytes.byteLength}.`,
      { tensor: tensor.name, value: bytes.byteLength, limit: tensor.byteLength },
    );
  }
}
