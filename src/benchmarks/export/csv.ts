import type { BenchmarkCell, BenchmarkReport, BenchmarkTable } from '../../protocol/benchmarks';
import { columnHeading } from './cells';

const lineEnd = '\r\n';

/**
 * The report's tables as CSV (RFC 4180: commas, quotes where needed, CRLF), one below the other
 * with an empty line between: a line with the table's title, a line of headings, the rows. Numbers
 * have full precision; a cell without a value is empty.
 */
export function reportCsv(report: BenchmarkReport): string {
  return report.tables.map(tableCsv).join(lineEnd);
}

function tableCsv({ title, columns, rows }: BenchmarkTable): string {
  const lines: (readonly BenchmarkCell[])[] = [
    [title],
    columns.map(columnHeading),
    ...rows.map((row) => columns.map((_, i) => row[i] ?? null)),
  ];
  return lines.map((cells) => cells.map(quoted).join(',') + lineEnd).join('');
}

function quoted(cell: BenchmarkCell): string {
  if (cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) {
    return '';
  }
  const text = String(cell);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
