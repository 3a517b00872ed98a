import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { CompressReport } from '../../src/protocol/choices';
import { methodMarker } from '../components/marker';
import type { Column } from '../components/table';
import { compareNames, compareNumbers } from '../components/tableRows';
import {
  formatBytes,
  formatChange,
  formatCompact,
  formatDuration,
  formatError,
  formatMethod,
  formatNumberOf,
  formatPercent,
  formatRank,
} from '../format';

export interface ResultActions {
  readonly onReveal: () => void;
  readonly onOpen: () => void;
  readonly onCopyLoader: () => void;
  readonly onDismiss: () => void;
}

type ResultRow = CompressReport['tensors'][number] & { readonly name: string };

const columns: readonly Column<ResultRow>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 'minmax(8rem, 3fr)',
    render: (row) => html`<span class="clip" title=${row.name}>${row.name}</span>`,
    compare: (a, b) => compareNames(a.name, b.name),
  },
  {
    id: 'method',
    title: 'Stored as',
    width: 'minmax(7rem, 2fr)',
    render: (row) =>
      row.method === 'dense'
        ? html`<span class="clip muted" title=${row.reason}>dense: ${row.reason}</span>`
        : html`<span class="clip"
            >${methodMarker(row.method)} ${formatMethod(row.method)}
            ${row.rank === undefined ? '' : formatRank(row.rank)}</span
          >`,
    compare: (a, b) => compareNames(a.method, b.method),
  },
  {
    id: 'kept',
    title: 'Kept',
    width: 'minmax(4.5rem, 1fr)',
    numeric: true,
    hideBelow: 480,
    hint: 'Share of the parameters that remains',
    render: (row) => formatPercent(row.parameters / row.denseParameters),
    compare: (a, b) =>
      compareNumbers(a.parameters / a.denseParameters, b.parameters / b.denseParameters),
  },
  {
    id: 'bytes',
    title: 'Size',
    width: 'minmax(5.5rem, 1fr)',
    numeric: true,
    render: (row) => formatBytes(row.bytes),
    compare: (a, b) => compareNumbers(a.bytes, b.bytes),
  },
  {
    id: 'error',
    title: 'Relative error',
    width: 'minmax(6.5rem, 1fr)',
    numeric: true,
    hint: 'Measured on the written file against the source',
    render: (row) => formatError(row.relativeError),
    compare: (a, b) => compareNumbers(a.relativeError, b.relativeError),
  },
];

/** What was written, measured by reading it back. */
export function resultPanel(report: CompressReport, actions: ResultActions): TemplateResult {
  const pressed = report.tensors.filter(({ method }) => method !== 'dense').length;
  const rows = report.tensors.map((tensor) => ({ ...tensor, name: tensor.tensor }));
  const name = report.output.split(/[\\/]/).at(-1) ?? report.output;
  return html`
    <section class="card result" id="result" aria-label="Result" tabindex="-1">
      <div class="result-head">
        <p>
          <span class="done-sign" aria-hidden="true">✓</span>
          <strong
            >Wrote
            <span class="breakable" id="result-file" title=${report.output}>${name}</span></strong
          >
        </p>
        <p class="result-line">
          <span class="big" id="result-file-size">${formatBytes(report.outputBytes)}</span>
          <span id="result-file-change"
            >${formatChange(report.sourceBytes, report.outputBytes)} than
            ${formatBytes(report.sourceBytes)}</span
          >
        </p>
        <p>
          Read back and compared with the source: relative error of the whole file
          <strong id="result-verified">${formatError(report.error.relative)}</strong>, absolute
          ${formatError(report.error.absolute)}. ${formatNumberOf(pressed, 'tensor')} pressed,
          ${formatCompact(report.parameters)} of ${formatCompact(report.denseParameters)} parameters
          kept, ${formatDuration(report.elapsedMs)} on ${report.backend}.
        </p>
        <div class="actions">
          <vscode-button id="open" @click=${actions.onOpen}>Open</vscode-button>
          <vscode-button id="reveal" appearance="secondary" @click=${actions.onReveal}
            >Reveal</vscode-button
          >
          <vscode-button id="copy-loader" appearance="secondary" @click=${actions.onCopyLoader}
            >Copy PyTorch Loader</vscode-button
          >
          <vscode-button id="dismiss-result" appearance="secondary" @click=${actions.onDismiss}
            >Dismiss</vscode-button
          >
        </div>
      </div>
      <details>
        <summary>Every tensor of the result</summary>
        <press-table
          id="result-table"
          label="Tensors of the result"
          .columns=${columns}
          .rows=${rows}
          .emptyText=${'The file has no tensors.'}
        ></press-table>
      </details>
    </section>
  `;
}
