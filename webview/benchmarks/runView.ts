import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { BenchmarksModel, FailureData } from '../../src/protocol/benchmarks';
import { failureNotice } from '../components/failureNotice';
import { progressLine } from '../components/progressLine';
import { formatNumberOf } from '../format';
import { reportTable } from './reportTable';

/** A run that is under way, or that ended without a report. */
export type Run = NonNullable<BenchmarksModel['running']>;

/** Whether the model's run is under way; one that has ended leaves its rows there. */
export function isRunning({ cancelled, failure, running }: BenchmarksModel): boolean {
  return running !== undefined && !cancelled && failure === undefined;
}

export interface RunStatusView {
  readonly model: BenchmarksModel;
  /** A failure of anything else than the run. */
  readonly actionFailure: FailureData | undefined;
  /** Whether the rows of the run are out of sight, because an earlier report is shown. */
  readonly isElsewhere: boolean;
  readonly onCancel: () => void;
  readonly onAgain: () => void;
  readonly onShowRun: () => void;
  readonly onDismiss: () => void;
}

/** How the run goes or how it ended, and what else went wrong. */
export function runStatus(view: RunStatusView): TemplateResult {
  const { actionFailure, model } = view;
  const { cancelled, failure, running } = model;
  return html`<div class="status-area">
    ${running && isRunning(model) ? progress(running, view) : nothing}
    ${
      failure
        ? failureNotice(failure, { title: 'The benchmark failed', onRetry: view.onAgain })
        : nothing
    }
    ${cancelled ? stopped(running, view) : nothing}
    ${
      actionFailure
        ? failureNotice(actionFailure, { title: 'That did not work', onDismiss: view.onDismiss })
        : nothing
    }
  </div>`;
}

function progress({ id, progress: { fraction, message } }: Run, view: RunStatusView) {
  const title = view.model.benchmarks.find((benchmark) => benchmark.id === id)?.title ?? id;
  return html`
    ${progressLine(`Running ${title}`, { fraction, message }, { id: 'cancel', run: view.onCancel })}
    <p class="visually-hidden" role="status" id="progress-said">
      ${message === undefined ? `Running ${title}` : `Running ${title}: ${message}`}
    </p>
    ${
      view.isElsewhere
        ? html`<div class="actions">
            <vscode-button id="show-run" appearance="secondary" @click=${view.onShowRun}
              >Show the Rows so Far</vscode-button
            >
          </div>`
        : nothing
    }
  `;
}

function stopped(running: Run | undefined, { onAgain }: RunStatusView): TemplateResult {
  const rows = countRows(running);
  return html`<section class="notice warning" id="cancelled" role="status">
    <p>
      Cancelled after ${formatNumberOf(rows, 'row')}.
      ${rows > 0 ? 'They are shown below, and are not kept as a report.' : nothing}
    </p>
    <div class="actions">
      <vscode-button id="again" appearance="secondary" @click=${onAgain}>Run Again</vscode-button>
    </div>
  </section>`;
}

function countRows(running: Run | undefined): number {
  return (running?.tables ?? []).reduce((sum, { rows }) => sum + rows.length, 0);
}

/** The rows that have arrived. */
export function runTables({ tables }: Run, isUnderWay: boolean): TemplateResult {
  const shown = isUnderWay ? tables : tables.filter(({ rows }) => rows.length > 0);
  return html`${shown.map((table) => reportTable({ table, isRunning: isUnderWay }))}`;
}
