import type {
  SparseDecodeReport,
  SparseEntries,
  SparseModelInfo,
  SparseReport,
} from '../protocol/sparse';
import { settingsText } from './sparseAttempts';
import { formatNumber } from './sparseComparison';
import { printable, renderTable } from './table';
import { formatBytes, formatCount, formatSeconds, formatShapeShort, formatShare } from './text';

/** What a compressed file holds, in words. */
export function describeModel(model: SparseModelInfo): string[] {
  const { name, method, size, dims, parameters, nonzeros, hasOrders, details } = model;
  return [
    `${printable(name)}: ${method}, ${formatBytes(size)}`,
    `${formatShapeShort(dims)}${nonzeros === undefined ? '' : `, of a source with ${formatCount(nonzeros)} nonzeros`}`,
    `${formatCount(parameters)} parameters`,
    positionsSentence(hasOrders),
    ...Object.entries(details).map(
      ([key, value]) => `  ${printable(key)}: ${printable(detailText(value))}`,
    ),
  ];
}

/** What was written, as measured from the file. */
export function describeWritten(report: SparseReport): string[] {
  const { output, attempt, label, parameters, outputBytes, rawBytes, sourceBytes } = report;
  const { squaredError, relativeError, check, withOrders, notes, elapsedMs } = report;
  const settings = settingsText(attempt) || label;
  return [
    `Wrote ${printable(output)} in ${formatSeconds(elapsedMs)}: ${formatBytes(outputBytes)}, ` +
      `${formatShare(outputBytes / rawBytes)} of the coordinates (${formatBytes(rawBytes)}; the source file has ${formatBytes(sourceBytes)}).`,
    `${attempt.method}${settings === '' ? '' : ` ${settings}`}: ${formatCount(parameters)} parameters, ` +
      `squared error ${formatNumber(squaredError)}, relative error ${formatShare(relativeError)}, measured from the file.`,
    `Opened again: ${formatCount(check.entries)} entries differ from the model's by at most ${formatNumber(check.largestDifference)}.`,
    positionsSentence(withOrders),
    ...notes.map(printable),
  ];
}

export function describeDecoded(report: SparseDecodeReport, hasOrders: boolean): string[] {
  const { output, dims, entries, smallest, outputBytes, elapsedMs } = report;
  return [
    `Wrote ${printable(output)}: ${formatShapeShort(dims)} with ${formatCount(entries)} entries` +
      `${smallest === undefined ? '' : `, the smallest of magnitude ${formatNumber(smallest)}`}, ` +
      `${formatBytes(outputBytes)}, in ${formatSeconds(elapsedMs)}.`,
    ...(hasOrders ? [] : [positionsSentence(false)]),
  ];
}

/** Generated entries; `indices` counted from 0. */
export function describeEntries(
  indices: readonly (readonly number[])[],
  { values, microseconds }: SparseEntries,
): string[] {
  return [
    ...renderTable(
      [
        { title: 'Entry', align: 'right' },
        { title: 'Value', align: 'right' },
      ],
      indices.map((index, i) => [index.join(', '), formatNumber(values[i])]),
    ),
    `${formatNumber(microseconds)} µs each; indices count from 0.`,
  ];
}

function detailText(value: SparseModelInfo['details'][string]): string {
  const one = (part: string | number | boolean) =>
    typeof part === 'number' ? formatNumber(part) : String(part);
  return Array.isArray(value) ? value.map(one).join(', ') : one(value as string | number | boolean);
}

function positionsSentence(hasOrders: boolean): string {
  return hasOrders
    ? 'Rows and columns keep their places.'
    : 'Rows and columns come in an order of the model’s own: the file holds no orders.';
}
