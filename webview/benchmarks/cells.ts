import type { BenchmarkCell, BenchmarkColumn } from '../../src/protocol/benchmarks';
import { formatCount } from '../format';

const defaultDigits = 4;

/** Below this a number is written with an exponent: zeros after the point say nothing. */
const smallestPlain = 1e-4;

/**
 * A cell as people read it: numbers with the column's significant digits, in groups of three, and
 * a dash where there is no value.
 */
export function formatCell(
  { digits }: Pick<BenchmarkColumn, 'digits'>,
  cell: BenchmarkCell | undefined,
): string {
  if (cell === null || cell === undefined) {
    return '–';
  }
  return typeof cell === 'string' ? cell : formatNumber(cell, digits ?? defaultDigits);
}

/** @param digits significant ones; those before the point are never cut. */
export function formatNumber(value: number, digits = defaultDigits): string {
  if (!Number.isFinite(value)) {
    return '–';
  }
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 10 ** (digits - 1)) {
    return formatCount(value);
  }
  const text = size < smallestPlain ? value.toExponential(digits - 1) : value.toPrecision(digits);
  return text.replace('-', '−').replace('e-', 'e−');
}

/** How many times `earlier` the value `current` is, or null where that says nothing. */
export function ratioOf(
  current: BenchmarkCell | undefined,
  earlier: BenchmarkCell | undefined,
): number | null {
  return typeof current === 'number' && typeof earlier === 'number' && earlier !== 0
    ? current / earlier
    : null;
}
