import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SparseReport } from '../../src/protocol/sparse';
import {
  formatBytes,
  formatChange,
  formatCompact,
  formatDuration,
  formatError,
  formatNumberOf,
} from '../format';

export interface ReportView {
  readonly report: SparseReport;
  /** e.g. `NeuKron`. */
  readonly method: string;
  readonly lookup: TemplateResult;
  readonly onOpen: () => void;
  readonly onReveal: () => void;
  readonly onDismiss: () => void;
}

/** What was written, measured by reading it back. */
export function reportPanel(view: ReportView): TemplateResult {
  const { report } = view;
  const { check, outputBytes, rawBytes, withOrders } = report;
  const name = report.output.split(/[\\/]/).at(-1) ?? report.output;
  return html`<section class="card result" id="result" aria-label="Result" tabindex="-1">
    <div class="result-head">
      <p>
        <span class="done-sign" aria-hidden="true">✓</span>
        <strong
          >Wrote
          <span class="breakable" id="result-file" title=${report.output}>${name}</span></strong
        >
        (${view.method}, ${report.label})
      </p>
      <p class="result-line">
        <span class="big" id="result-bytes">${formatBytes(outputBytes)}</span>
        <span id="result-change"
          >${formatChange(rawBytes, outputBytes)} than ${formatBytes(rawBytes)} as
          coordinates${ratio(rawBytes, outputBytes)}; the source file has
          ${formatBytes(report.sourceBytes)}</span
        >
      </p>
      <p id="result-error">
        Opened again and compared with the source: relative error
        <strong>${formatError(report.relativeError)}</strong>, squared
        ${formatError(report.squaredError)}.
        ${formatNumberOf(check.entries, 'entry').replace(/entrys$/, 'entries')} of the file
        decoded${
          check.largestDifference === 0
            ? ' exactly as by the model'
            : `, at most ${formatError(check.largestDifference)} from the model`
        }.
        ${formatCompact(report.parameters)} parameters, ${formatDuration(report.elapsedMs)}.
      </p>
      ${
        withOrders
          ? nothing
          : html`<p class="muted">
              Without orders: an index here is a position in the model’s own order.
            </p>`
      }
      ${
        report.notes.length > 0
          ? html`<ul class="notes">
              ${report.notes.map((note) => html`<li class="breakable">${note}</li>`)}
            </ul>`
          : nothing
      }
      <div class="actions">
        <vscode-button id="open" @click=${view.onOpen}>Open</vscode-button>
        <vscode-button id="reveal" appearance="secondary" @click=${view.onReveal}
          >Reveal</vscode-button
        >
        <vscode-button id="dismiss-result" appearance="secondary" @click=${view.onDismiss}
          >Dismiss</vscode-button
        >
      </div>
    </div>
    ${view.lookup}
  </section>`;
}

function ratio(before: number, after: number): string {
  return after > 0 && before > after ? ` (${Number((before / after).toPrecision(3))} : 1)` : '';
}
