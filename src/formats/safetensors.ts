import type { RandomAccessFile } from '../io/randomAccessFile';
import { FormatError, UsageError } from '../failures';
import type { TensorEntry, WeightsFile, WeightsFormat } from './format';
import { readInPieces } from './pieces';
import { parseHeader, type StoredRange } from './safetensorsHeader';
import { writeSafetensors } from './safetensorsWriter';

/** Of the reference implementation, so that neither reads what the other refuses. */
export const maxHeaderLength = 100_000_000;

const lengthBytes = 8;

/**
 * The safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes without
 * gaps. Specification: https://github.com/huggingface/safetensors#format
 */
export const safetensorsFormat: WeightsFormat = {
  id: 'safetensors',
  label: 'Safetensors',
  extensions: ['.safetensors'],
  matches(head, file) {
    const length = headerLength(head);
    return (
      length !== undefined &&
      length <= Math.min(maxHeaderLength, file.size - lengthBytes) &&
      head[lengthBytes] === 0x7b
    );
  },
  open: openSafetensors,
  write: writeSafetensors,
};

async function openSafetensors(file: RandomAccessFile): Promise<WeightsFile> {
  if (file.size < lengthBytes) {
    throw new FormatError(
      `"${file.name}" has ${file.size} bytes, too few for the ${lengthBytes} of a safetensors header length; it is truncated.`,
      { file: file.name, value: file.size, limit: lengthBytes },
    );
  }
  const length = headerLength(await file.read(0, lengthBytes)) ?? Infinity;
  if (length > maxHeaderLength) {
    throw new FormatError(
      `"${file.name}" states a header of ${length} bytes, more than the ${maxHeaderLength} allowed; it is damaged or not a safetensors file.`,
      { file: file.name, value: length, limit: maxHeaderLength },
    );
  }
  const dataStart = lengthBytes + length;
  if (dataStart > file.size) {
    throw new FormatError(
      `"${file.name}" states a header of ${length} bytes, but only ${file.size - lengthBytes} follow; it is truncated or not a safetensors file.`,
      { file: file.name, value: length, limit: file.size - lengthBytes },
    );
  }
  const header = parseHeader(
    file.name,
    decodeText(file.name, await file.read(lengthBytes, length)),
    file.size - dataStart,
  );
  return {
    format: safetensorsFormat.id,
    name: file.name,
    size: file.size,
    tensors: header.tensors,
    metadata: header.metadata,
    // Bytes of a type the product does not know are handed out too: they can be passed through.
    async readBytes(tensor, job) {
      const { begin, end } = rangeOf(file, header.ranges, tensor);
      return readInPieces(file, dataStart + begin, end - begin, job);
    },
    close: () => file.close(),
  };
}

/** Undefined when there are fewer than 8 bytes; inexact beyond 2^53, which no file reaches. */
function headerLength(head: Uint8Array): number | undefined {
  if (head.byteLength < lengthBytes) {
    return undefined;
  }
  const view = new DataView(head.buffer, head.byteOffset, lengthBytes);
  return view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
}

function decodeText(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new FormatError(
      `"${file}": the header is not valid UTF-8; the file is damaged or not a safetensors file.`,
      { file },
      { cause: error },
    );
  }
}

function rangeOf(
  file: RandomAccessFile,
  ranges: ReadonlyMap<string, StoredRange>,
  tensor: TensorEntry,
): StoredRange {
  const range = ranges.get(tensor.name);
  if (!range) {
    throw new UsageError(`"${file.name}" has no tensor "${tensor.name}".`, {
      file: file.name,
      tensor: tensor.name,
    });
  }
  return range;
}
