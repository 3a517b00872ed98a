import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { BenchmarkTable } from '../../src/protocol/benchmarks';
import { formatCell } from './cells';
import { compareTables, plainTable } from './compareTables';
import type { ShownColumn } from './compareTables';

export interface ReportTableView {
  readonly table: BenchmarkTable;
  /** The same table of an earlier report. */
  readonly earlier?: BenchmarkTable;
  /** Whether rows may still come. */
  readonly isRunning?: boolean;
}

/** A table of a report. Published figures say so in their heading, and stand apart. */
export function reportTable({ table, earlier, isRunning }: ReportTableView): TemplateResult {
  const { columns, rows } = earlier ? compareTables(table, earlier) : plainTable(table);
  const title = `benchmark-table-${table.id}`;
  return html`
    <section class="report-part" data-table=${table.id}>
      <h3 id=${title}>${table.title}</h3>
      ${table.caption === undefined ? nothing : html`<p class="muted">${table.caption}</p>`}
      <div class="scroll-box tall" role="region" tabindex="0" aria-labelledby=${title}>
        <table class="plain figures" aria-labelledby=${title}>
          <thead>
            <tr>
              ${columns.map(heading)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr>
                  ${columns.map((column) => cell(column, row))}
                </tr>`,
            )}
            ${rows.length === 0 ? emptyRow(columns.length, isRunning ?? false) : nothing}
          </tbody>
        </table>
      </div>
    </section>
  `;
}

function emptyRow(columns: number, isRunning: boolean): TemplateResult {
  return html`<tr>
    <td class="muted" colspan=${columns}>${isRunning ? 'No rows yet.' : 'No rows.'}</td>
  </tr>`;
}

function heading(column: ShownColumn): TemplateResult {
  const { published, role, title, unit } = column;
  const words = { own: title, earlier: 'earlier', ratio: 'ratio' }[role];
  return html`<th
    scope="col"
    class=${classOf(column)}
    abbr=${role === 'own' ? nothing : `${title}, ${words}`}
    title=${role === 'ratio' ? `${title}: this report over the earlier one` : nothing}
  >
    ${words}${unit === undefined ? nothing : html` <span class="unit">${unit}</span>`}
    ${published ? html`<span class="tag">published</span>` : nothing}
  </th>`;
}

function cell(column: ShownColumn, row: readonly (string | number | null)[]): TemplateResult {
  const text = formatCell(column, row[column.index]);
  return column.index === 0 && column.kind === 'text'
    ? html`<th scope="row">${text}</th>`
    : html`<td class=${classOf(column)}>${text}</td>`;
}

function classOf({ kind, published, role }: ShownColumn): string {
  return [
    kind === 'number' ? 'numeric' : '',
    published ? 'published' : '',
    role === 'own' ? '' : 'compared',
  ]
    .filter(Boolean)
    .join(' ');
}
