import { dtypes } from '../engine/tensor/dtype';
import { elementCount, formatShape } from '../engine/tensor/tensor';
import { UnsupportedError, UsageError } from '../failures';
import type { TensorSource } from './format';

/**
 * Looks at everything about to be written before the first byte is.
 * @throws UsageError naming a name that two tensors share, or a byte length that does not follow
 * from shape and type.
 */
export function requireSound(tensors: readonly TensorSource[]): void {
  const names = new Set<string>();
  for (const tensor of tensors) {
    if (names.has(tensor.name)) {
      throw new UsageError(`Two tensors cannot be written under the one name "${tensor.name}".`, {
        tensor: tensor.name,
      });
    }
    names.add(tensor.name);
    const expected = elementCount(tensor.shape) * dtypes[tensor.dtype].bytes;
    if (tensor.storedDtype === undefined && tensor.byteLength !== expected) {
      throw new UsageError(
        `Tensor "${tensor.name}" (${formatShape(tensor.shape)}, ${tensor.dtype}) takes ${expected} bytes, not ${tensor.byteLength}.`,
        { tensor: tensor.name, value: tensor.byteLength, limit: expected },
      );
    }
  }
}

/** @throws UnsupportedError when the bytes are of a type that only another format knows. */
export function requireOwnType(tensor: TensorSource, label: string): void {
  if (tensor.storedDtype !== undefined) {
    throw new UnsupportedError(
      `Tensor "${tensor.name}" of type ${tensor.storedDtype} cannot be written as ${label}; write a .safetensors file.`,
      { tensor: tensor.name, value: tensor.storedDtype },
    );
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
