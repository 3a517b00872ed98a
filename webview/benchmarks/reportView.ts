import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { BenchmarkData, BenchmarkReport, BenchmarksHost } from '../../src/protocol/benchmarks';
import { formatBytes, formatDuration, formatNumberOf } from '../format';
import { compareTables } from './compareTables';
import { formatTime } from './historyList';
import { reportPlot } from './reportPlot';
import { reportTable } from './reportTable';

export type ExportFormat = Parameters<BenchmarksHost['exportAs']>[0]['format'];

export interface ReportView {
  readonly report: BenchmarkReport;
  /** Of the same benchmark; its figures stand beside those of the report. */
  readonly earlier?: BenchmarkReport;
  /** Ids of series that are switched off, by the id of their plot. */
  readonly hidden: ReadonlyMap<string, ReadonlySet<string>>;
  readonly onToggleSeries: (plot: string, series: string) => void;
  readonly onExport: (format: ExportFormat) => void;
  readonly onCopy: () => void;
}

const noneHidden: ReadonlySet<string> = new Set();

/** A finished report: tables, plots, what they mean, and what they were measured on. */
export function reportView(view: ReportView): TemplateResult {
  const { earlier, hidden, onToggleSeries, report } = view;
  return html`
    <header class="report-head">
      <div>
        <h2 class="breakable" id="report-title">${report.title}</h2>
        <ul class="facts">
          <li>${formatTime(report.startedAt)}</li>
          <li>${formatDuration(report.elapsedMs)}</li>
          <li>seed ${report.seed}</li>
          ${report.data ? html`<li class="breakable" id="ran-on">${dataWords(report.data)}</li>` : nothing}
          ${
            report.minutes === undefined
              ? nothing
              : html`<li>${formatNumberOf(report.minutes, 'minute')} of training</li>`
          }
        </ul>
        ${
          earlier
            ? html`<p class="muted" id="compared">
                Compared with the report of ${formatTime(earlier.startedAt)}, on
                ${earlier.environment.backend} with TensorPress ${earlier.environment.toolVersion}.
                ${isSameData(report, earlier) ? nothing : 'It ran on other data.'}
                ${hasDifference(report, earlier) ? nothing : 'No measured figure that both have differs.'}
              </p>`
            : nothing
        }
      </div>
      ${exportActions(view)}
    </header>
    ${report.tables.map((table) =>
      reportTable({ table, earlier: earlier?.tables.find(({ id }) => id === table.id) }),
    )}
    ${report.plots.map((plot) =>
      reportPlot({
        plot,
        hidden: hidden.get(plot.id) ?? noneHidden,
        onToggle: (series) => onToggleSeries(plot.id, series),
      }),
    )}
    ${
      report.notes.length > 0
        ? html`<section class="report-part" id="notes">
            <h3>Notes</h3>
            <ul class="notes">
              ${report.notes.map((note) => html`<li>${note}</li>`)}
            </ul>
          </section>`
        : nothing
    }
    ${environmentBlock(report)}
  `;
}

/** `email.mtx.gz, 1,005 × 25,919, 92,159 nonzeros`. */
function dataWords({ file, dims, nonzeros }: BenchmarkData): string {
  const size = dims.map((one) => one.toLocaleString('en-US')).join(' × ');
  return `${file ?? 'synthetic data'}, ${size}, ${formatNumberOf(nonzeros, 'nonzero')}`;
}

function isSameData({ data }: BenchmarkReport, { data: other }: BenchmarkReport): boolean {
  return JSON.stringify(data) === JSON.stringify(other);
}

function hasDifference({ tables }: BenchmarkReport, earlier: BenchmarkReport): boolean {
  return tables.some((table) => {
    const other = earlier.tables.find(({ id }) => id === table.id);
    return other && compareTables(table, other).columns.some(({ role }) => role === 'earlier');
  });
}

function exportActions({ onCopy, onExport }: ReportView): TemplateResult {
  return html`<div class="actions" role="group" aria-label="Export the report">
    <vscode-button id="copy" appearance="secondary" @click=${onCopy}
      >Copy as Markdown</vscode-button
    >
    ${(['markdown', 'csv', 'json'] as const).map(
      (format) =>
        html`<vscode-button
          id=${`export-${format}`}
          appearance="secondary"
          @click=${() => onExport(format)}
          >${format === 'markdown' ? 'Export Markdown…' : `${format.toUpperCase()}…`}</vscode-button
        >`,
    )}
  </div>`;
}

function environmentBlock({ environment, parts, seed }: BenchmarkReport): TemplateResult {
  const { backend, cores, cpu, kernels, memoryBytes, runtime, system, threads, toolVersion } =
    environment;
  const facts: readonly (readonly [string, string])[] = [
    ['TensorPress', toolVersion],
    ['Backend', backend],
    ['Kernels', `${kernels}, ${formatNumberOf(threads, 'thread')}`],
    ['Processor', `${cpu}, ${formatNumberOf(cores, 'core')}`],
    ['Memory', formatBytes(memoryBytes)],
    ['System', system],
    ['Runtime', runtime],
    ['Parts', parts.join(', ')],
    ['Seed', String(seed)],
  ];
  return html`<section class="report-part" id="environment">
    <h3>Machine and versions</h3>
    <dl class="stats">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd class="breakable">${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}
