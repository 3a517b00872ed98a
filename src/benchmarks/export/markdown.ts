import type { BenchmarkReport, BenchmarkTable } from '../../protocol/benchmarks';
import { columnHeading, formatCell } from './cells';
import { reportFacts } from './facts';

/**
 * The report as GitHub-flavoured Markdown: what it ran on, its tables (numbers on the right, as
 * people read them) and its notes. Plots show what the tables hold and are left out.
 */
export function reportMarkdown(report: BenchmarkReport): string {
  const blocks = [
    `# ${escape(report.title)}`,
    escape(report.description),
    reportFacts(report)
      .map(([label, value]) => `- ${label}: ${escape(value)}`)
      .join('\n'),
    ...report.tables.flatMap(tableBlocks),
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

/** Nothing in a text is markup, nor ends its cell. */
function escape(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, '\\$&').replace(/\s*[\r\n]+\s*/g, ' ');
}
