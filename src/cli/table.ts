export interface Column {
  readonly title: string;
  /** Numbers stand on the right; text, the default, on the left. */
  readonly align?: 'left' | 'right';
}

/**
 * Lines of an aligned table under a rule. With `width`, a line that is longer is cut off in its
 * last column with an ellipsis.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): string[] {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((widest, row) => Math.max(widest, lengthOf(row[i] ?? '')), lengthOf(title)),
  );
  const line = (cells: readonly string[]) =>
    cutOff(
      columns
        .map(({ align }, i) => pad(cells[i] ?? '', widths[i], align === 'right'))
        .join('  ')
        .trimEnd(),
      width,
    );
  const rule = columns.map(({ title }, i) => (title === '' ? ' ' : '─').repeat(widths[i]));
  return [
    line(columns.map(({ title }) => title)),
    cutOff(rule.join('  ').trimEnd(), width, ''),
    ...rows.map(line),
  ];
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return right ? space + text : text + space;
}

function cutOff(text: string, width: number, mark = '…'): string {
  const characters = [...text];
  return characters.length <= width
    ? text
    : `${characters.slice(0, Math.max(0, width - mark.length)).join('')}${mark}`;
}

/** Characters, not UTF-16 units; wide scripts do not occur in tensor names. */
function lengthOf(text: string): number {
  return [...text].length;
}

/** Control characters of foreign text (names, metadata) would be obeyed by a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
