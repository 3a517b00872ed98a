import { extname } from 'node:path';
import { FormatError, UnsupportedError } from '../failures';
import type { RandomAccessFile } from '../io/randomAccessFile';
import { describeForeign, headLength } from './foreign';
import type { WeightsFile, WeightsFormat } from './format';
import { npyFormat } from './npy';
import { npzFormat } from './npz';
import { safetensorsFormat } from './safetensors';

/** Every format the product reads or writes. A new one is a file of its own and a line here. */
export const formats: readonly WeightsFormat[] = [npyFormat, npzFormat, safetensorsFormat];

/** With the dot, lower case. */
export const supportedExtensions: readonly string[] = formats.flatMap(
  ({ extensions }) => extensions,
);

/** The format a file of this name is expected to be in, or undefined. */
export function formatByName(name: string): WeightsFormat | undefined {
  const extension = extname(name).toLowerCase();
  return formats.find(({ extensions }) => extensions.includes(extension));
}

/**
 * Opens a weights file, its header only. The content decides about the format; the name is asked
 * where the content does not tell, so that a damaged file is reported as what it was meant to be.
 * Takes over `file`, which is closed with the result, or at once when opening fails.
 * @throws FormatError saying what a foreign file really is, or what is wrong with a damaged one;
 * UnsupportedError when the file is sound but of no known kind; FileError as the file's reads.
 */
export async function openWeights(file: RandomAccessFile): Promise<WeightsFile> {
  try {
    const head = await file.read(0, Math.min(headLength, file.size));
    return await chooseFormat(head, file).open(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function chooseFormat(head: Uint8Array, file: RandomAccessFile): WeightsFormat {
  const byContent = formats.find((format) => format.matches(head, file));
  if (byContent) {
    return byContent;
  }
  const foreign = describeForeign(head, file.size);
  if (foreign !== undefined) {
    throw new FormatError(`"${file.name}" is ${foreign}.`, { file: file.name, value: foreign });
  }
  const byName = formatByName(file.name);
  if (byName) {
    return byName;
  }
  throw new UnsupportedError(
    `"${file.name}" is not a weights file that TensorPress reads (${supportedExtensions.join(', ')}).`,
    { file: file.name },
  );
}
