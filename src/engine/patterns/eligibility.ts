import type { TensorEntry } from '../../formats/format';
import { UnsupportedError, UsageError } from '../../failures';
import { dtypes, type DType } from '../tensor/dtype';

type Header = Pick<TensorEntry, 'shape' | 'dtype' | 'storedDtype' | 'parameters' | 'problem'>;

/**
 * Why a tensor has no pattern, as far as its header tells, in words that follow
 * "cannot be shown: "; undefined when it has. Every floating-point tensor of at least two axes is
 * a matrix in some way, whatever a decomposition could do with it.
 */
export function noPatternReason(entry: Header): string | undefined {
  const { shape, dtype, storedDtype, problem, parameters } = entry;
  if (problem !== undefined || dtype === undefined) {
    return `its type ${storedDtype} cannot be read`;
  }
  if (!dtypes[dtype].isFloat) {
    return `${dtype} values have no blocks to drop`;
  }
  if (shape.length < 2) {
    return shape.length === 0 ? 'a single number' : '1-D tensor';
  }
  return parameters === 0 ? 'it is empty' : undefined;
}

/** A tensor that has a pattern: its type is known. */
export type PatternEntry = TensorEntry & { readonly dtype: DType };

/**
 * The line of the file's table for `tensor`.
 * @throws UsageError when there is none; UnsupportedError when it has no pattern.
 */
export function requirePatternEntry(
  file: { readonly name: string; readonly tensors: readonly TensorEntry[] },
  tensor: string,
): PatternEntry {
  const entry = file.tensors.find(({ name }) => name === tensor);
  if (!entry) {
    throw new UsageError(`"${file.name}" has no tensor "${tensor}".`, { file: file.name, tensor });
  }
  const reason = noPatternReason(entry);
  if (reason !== undefined || entry.dtype === undefined) {
    throw cannotBeShown(file.name, tensor, reason ?? 'its type is unknown');
  }
  return { ...entry, dtype: entry.dtype };
}

export function cannotBeShown(file: string, tensor: string, reason: string): UnsupportedError {
  return new UnsupportedError(`"${file}": tensor "${tensor}" cannot be shown: ${reason}.`, {
    file,
    tensor,
  });
}
