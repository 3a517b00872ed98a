/**
 * The index in what was typed: numbers with commas or spaces between them.
 * @returns what is wrong with it, as a sentence, where it is none of a tensor of these `dims`.
 */
export function parseIndex(text: string, dims: readonly number[]): readonly number[] | string {
  const parts = text
    .replace(/[()[\]]/g, ' ')
    .split(/[\s,;]+/)
    .filter((part) => part !== '');
  if (parts.length !== dims.length) {
    return `Give ${dims.length} whole numbers, such as ${dims.map(() => 0).join(', ')}.`;
  }
  const index = parts.map(Number);
  const wrong = index.findIndex(
    (at, mode) => !Number.isInteger(at) || at < 0 || at >= (dims[mode] ?? 0),
  );
  const most = (dims[wrong] ?? 1) - 1;
  return wrong < 0 ? index : `Number ${wrong + 1} must be a whole one from 0 to ${most}.`;
}
