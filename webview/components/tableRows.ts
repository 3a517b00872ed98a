export interface TableRow {
  /** The tensor's name: unique in a table. */
  readonly name: string;
}

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** A grid track, such as `minmax(8rem, 2fr)`. */
  readonly width: string;
  /** Right-aligned, and sorted from the largest at first. */
  readonly numeric?: boolean;
  /** Explains the column where its title is too short to. */
  readonly hint?: string;
  /** The column is left out in tables narrower than this many pixels. */
  readonly hideBelow?: number;
  /** Content for lit; text from files goes through its bindings only. */
  readonly render: (row: Row) => unknown;
  readonly compare?: (a: Row, b: Row) => number;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

const collator = new Intl.Collator('en', { numeric: true });

/** `layer2` before `layer10`. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}

/** Shapes by number of dimensions, then by size along each. */
export function compareShapes(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) {
    return a.length - b.length;
  }
  const at = a.findIndex((size, index) => size !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** Undefined comes last in ascending order. */
export function compareNumbers(a: number | undefined, b: number | undefined): number {
  return (a ?? Infinity) === (b ?? Infinity) ? 0 : (a ?? Infinity) - (b ?? Infinity);
}

/** The rows whose names contain every word of `filter`, whatever the case. */
export function filterRows<Row extends TableRow>(
  rows: readonly Row[],
  filter: string,
): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0
    ? rows
    : rows.filter(({ name }) => {
        const text = name.toLowerCase();
        return words.every((word) => text.includes(word));
      });
}

/** The filtered rows in the order of `sort`; those that compare equal keep the file's order. */
export function arrangeRows<Row extends TableRow>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  filter: string,
  sort: Sort | undefined,
): readonly Row[] {
  const shown = filterRows(rows, filter);
  const compare = columns.find(({ id }) => id === sort?.column)?.compare;
  if (!sort || !compare) {
    return shown;
  }
  const sign = sort.descending ? -1 : 1;
  return [...shown].sort((a, b) => sign * compare(a, b));
}
