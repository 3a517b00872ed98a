import { unattended, type Job } from '../engine/job';
import { dtypes, type DType } from '../engine/tensor/dtype';
import { UsageError } from '../failures';
import type { ByteSink, TensorSource } from './format';
import { metadataKey, safetensorsDTypes } from './safetensorsHeader';
import { requireByteLength, requireSound } from './sources';

/**
 * Writes a safetensors file, one tensor in memory at a time. The header lists the tensors in the
 * order given; their bytes follow from the widest type to the narrowest (within a type in the order
 * given), because the format allows no padding and readers want each tensor aligned to its type.
 * The same input gives the same bytes.
 * @throws UsageError for a name used twice or reserved, or bytes of another length than stated.
 */
export async function writeSafetensors(
  sink: ByteSink,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
  job: Job = unattended,
): Promise<void> {
  requireSound(tensors);
  if (tensors.some(({ name }) => name === metadataKey)) {
    throw new UsageError(
      `A tensor cannot be named "${metadataKey}" in a safetensors file; give it another name.`,
      { tensor: metadataKey },
    );
  }
  const stored = [...tensors].sort((a, b) => itemBits(b) - itemBits(a));
  await sink.write(headerBytes(tensors, stored, metadata));
  const total = stored.reduce((sum, tensor) => sum + tensor.byteLength, 0);
  let done = 0;
  for (const tensor of stored) {
    job.throwIfCancelled();
    const bytes = await tensor.bytes();
    requireByteLength(tensor, bytes);
    await sink.write(bytes);
    done += tensor.byteLength;
    job.report(total === 0 ? 1 : done / total, tensor.name);
  }
}

const storedNames: ReadonlyMap<DType, string> = new Map(
  [...safetensorsDTypes].flatMap(([name, { dtype }]) => (dtype ? [[dtype, name]] : [])),
);

/** The format's own name of `dtype`, e.g. `BF16`. */
export function safetensorsName(dtype: DType): string {
  const name = storedNames.get(dtype);
  if (name === undefined) {
    throw new UsageError(`The safetensors format has no type ${dtype}.`, { value: dtype });
  }
  return name;
}

function itemBits(tensor: TensorSource): number {
  const stored =
    tensor.storedDtype === undefined ? undefined : safetensorsDTypes.get(tensor.storedDtype);
  return stored?.bits ?? dtypes[tensor.dtype].bytes * 8;
}

function headerBytes(
  tensors: readonly TensorSource[],
  stored: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const offsets = new Map<TensorSource, readonly [number, number]>();
  let end = 0;
  for (const tensor of stored) {
    offsets.set(tensor, [end, end + tensor.byteLength]);
    end += tensor.byteLength;
  }
  // Text, not an object: an object would put names that look like numbers first.
  const fields = tensors.map((tensor) => {
    const entry = {
      dtype: tensor.storedDtype ?? safetensorsName(tensor.dtype),
      shape: tensor.shape,
      data_offsets: offsets.get(tensor),
    };
    return `${JSON.stringify(tensor.name)}:${JSON.stringify(entry)}`;
  });
  if (Object.keys(metadata).length > 0) {
    fields.unshift(`"${metadataKey}":${JSON.stringify(metadata)}`);
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
