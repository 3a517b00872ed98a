import type { BenchmarkCell, BenchmarkColumn } from '../../protocol/benchmarks';

const defaultDigits = 4;

/** Below this a number is written with an exponent: zeros after the point say nothing. */
const smallestPlain = 1e-4;

/** What stands where there is no value. */
const dash = '–';

/** `Time (ms)`; figures of a publication say so: `Rank, published`. */
export function columnHeading({ title, unit, published }: BenchmarkColumn): string {
  return `${title}${unit === undefined ? '' : ` (${unit})`}${published ? ', published' : ''}`;
}

/** A cell as people read it: numbers with the column's significant digits, in groups of three. */
export function formatCell(column: BenchmarkColumn, cell: BenchmarkCell | undefined): string {
  if (cell === null || cell === undefined) {
    return dash;
  }
  return typeof cell === 'string' ? cell : formatNumber(cell, column.digits ?? defaultDigits);
}

function formatNumber(value: number, digits: number): string {
  if (!Number.isFinite(value)) {
    return dash;
  }
  const size = Math.abs(value);
  // Digits before the point are never cut.
  if (Number.isInteger(value) || size >= 10 ** (digits - 1)) {
    return Math.round(value).toLocaleString('en-US');
  }
  return size < smallestPlain ? value.toExponential(digits - 1) : value.toPrecision(digits);
}
