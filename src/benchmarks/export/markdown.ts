import type { BenchmarkPlot, BenchmarkReport, BenchmarkTable } from '../../protocol/benchmarks';
import { columnHeading, formatCell } from './cells';
import { reportFacts } from './facts';

/**
 * The report as GitHub-flavoured Markdown: what it ran on, its tables (numbers on the right, as
 * people read them), the points of its plots as tables, and its notes.
 */
export function reportMarkdown(report: BenchmarkReport): string {
  const blocks = [
    `# ${escape(report.title)}`,
    escape(report.description),
    reportFacts(report)
      .map(([label, value]) => `- ${label}: ${escape(value)}`)
      .join('\n'),
    ...report.tables.flatMap(tableBlocks),
    ...report.plots.map(plotTable).flatMap(tableBlocks),
    ...(report.notes.length === 0
      ? []
      : ['## Notes', report.notes.map((note) => `- ${escape(note)}`).join('\n')]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function tableBlocks({ title, caption, columns, rows }: BenchmarkTable): string[] {
  const lines = [
    columns.map((column) => escape(columnHeading(column))),
    columns.map(({ kind }) => (kind === 'number' ? '---:' : '---')),
    ...rows.map((row) => columns.map((column, i) => escape(formatCell(column, row[i])))),
  ];
  return [
    `## ${escape(title)}`,
    ...(caption === undefined ? [] : [escape(caption)]),
    lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
  ];
}

/** A curve has hundreds of points; so many of each series, evenly chosen, show how it goes. */
const mostPoints = 20;

/** The points of a plot, series by series. */
function plotTable({ id, title, x, y, series }: BenchmarkPlot): BenchmarkTable {
  const isThinned = series.some(({ points }) => points.length > mostPoints);
  return {
    id,
    title: `Plot: ${title}`,
    ...(isThinned && { caption: `At most ${mostPoints} points of a series.` }),
    columns: [
      { id: 'series', title: 'Series', kind: 'text' },
      { id: 'x', title: x.title, kind: 'number', ...(x.unit !== undefined && { unit: x.unit }) },
      { id: 'y', title: y.title, kind: 'number', ...(y.unit !== undefined && { unit: y.unit }) },
    ],
    rows: series.flatMap((one) =>
      someOf(one.points).map(([px, py]) => [
        one.published ? `${one.title}, published` : one.title,
        px,
        py,
      ]),
    ),
  };
}

function someOf<T>(points: readonly T[]): readonly T[] {
  return points.length <= mostPoints
    ? points
    : Array.from(
        { length: mostPoints },
        (_, i) => points[Math.round((i * (points.length - 1)) / (mostPoints - 1))],
      );
}

/** Nothing in a text is markup, nor ends its cell. */
function escape(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, '\\$&').replace(/\s*[\r\n]+\s*/g, ' ');
}
