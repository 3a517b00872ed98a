import { basename, extname } from 'node:path';
import { UsageError } from '../../failures';

/** @throws UsageError when the name would make readers take the file for something else. */
export function requireSafetensorsName(output: string): void {
  if (extname(output).toLowerCase() !== '.safetensors') {
    throw new UsageError(
      `A compressed file is a safetensors file, but "${basename(output)}" does not end in .safetensors; give another name.`,
      { file: output },
    );
  }
}

/**
 * Names for a tensor's factors, `<tensor>.<factor>`, that nothing in `taken` has; a number is added
 * where one is. The names are added to `taken`.
 */
export function factorNames(
  tensor: string,
  factors: readonly { readonly name: string }[],
  taken: Set<string>,
): string[] {
  return factors.map(({ name }) => {
    const plain = `${tensor}.${name}`;
    let free = plain;
    for (let i = 2; taken.has(free); i++) {
      free = `${plain}_${i}`;
    }
    taken.add(free);
    return free;
  });
}
