import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type {
  SparseInfo,
  SparseMethodOffer,
  SparseOutcome,
  SparsePoint,
  SparseSample,
} from '../../src/protocol/sparse';
import { methodMarker } from '../components/marker';
import {
  formatBytes,
  formatChange,
  formatCompact,
  formatDuration,
  formatError,
  formatPercent,
  formatValue,
} from '../format';
import { attemptLabel, methodTitle } from './attempts';
import { formatDetail, formatIndex, formatMicroseconds, stateWords } from './words';

export interface PointView {
  readonly offers: readonly SparseMethodOffer[];
  readonly info: SparseInfo;
  readonly outcome: SparseOutcome;
  /** Where it can be written. */
  readonly writeForm: TemplateResult | typeof nothing;
  readonly onRemove: () => void;
  readonly onRun: () => void;
}

/** Everything that is known of what was selected. */
export function pointPanel(view: PointView): TemplateResult {
  const { offers, onRemove, onRun, outcome } = view;
  const { attempt, point, state } = outcome;
  const title = methodTitle(offers, attempt.method);
  const label = point?.label ?? attemptLabel(offers, attempt);
  return html`<section
    id="point"
    class="card point"
    aria-label="Selected: ${title}, ${label}"
    tabindex="-1"
  >
    <div class="detail-head">
      <h2>
        ${methodMarker(attempt.method)} ${title}, <span id="point-label">${label}</span>
        ${state === 'done' ? nothing : html`<span class="tag" id="point-state">${stateWords(state)}</span>`}
      </h2>
      <div class="toolbar">
        ${
          state === 'paused'
            ? html`<button type="button" class="small-button" id="continue" @click=${onRun}>
                Continue
              </button>`
            : state === 'failed'
              ? html`<button type="button" class="small-button" id="retry" @click=${onRun}>
                  Retry
                </button>`
              : nothing
        }
        ${
          state === 'done' || state === 'paused' || state === 'failed'
            ? html`<button
                type="button"
                class="small-button"
                id="remove"
                title="Takes it off the plot"
                @click=${onRemove}
              >
                Remove
              </button>`
            : nothing
        }
      </div>
    </div>
    ${
      outcome.failure
        ? html`<p class="field-problem breakable">${outcome.failure.message}</p>`
        : nothing
    }
    ${point ? known(view, point) : html`<p class="muted">${emptyWords(state)}</p>`}
  </section>`;
}

function emptyWords(state: SparseOutcome['state']): string {
  return {
    waiting: 'It is run after those before it.',
    running: 'It is under way.',
    done: 'It gave no point.',
    paused: 'It has not come to a point yet.',
    failed: 'It gave no point; the others went on.',
  }[state];
}

function known({ info, outcome, writeForm }: PointView, point: SparsePoint): TemplateResult {
  const { bytes, orderBytes, paused } = point;
  return html`
    <div class="headline">
      ${big('Relative error', 'point-error', formatError(point.relativeError), 'Norm of the difference over norm of the data')}
      ${big('Bytes', 'point-bytes', formatBytes(bytes), 'By the convention of the method’s publication')}
      ${big('Of the coordinates', 'point-share', formatPercent(bytes / Math.max(1, info.bytes.raw)), formatChange(info.bytes.raw, bytes))}
    </div>
    <dl class="facts-line">
      ${fact('Squared error', formatError(point.squaredError))}
      ${fact('Parameters', formatCompact(point.parameters))}
      ${orderBytes > 0 ? fact('Orders', `${formatBytes(orderBytes)} more`) : nothing}
      ${fact('Time', formatDuration(point.elapsedMs))}
      ${fact('An entry', formatMicroseconds(point.entryMicroseconds))}
      ${paused ? fact('As of epoch', `${paused.epoch} of ${paused.epochs}`) : nothing}
    </dl>
    ${
      point.notes.length > 0
        ? html`<ul class="notes" id="point-notes">
            ${point.notes.map((note) => html`<li class="breakable">${note}</li>`)}
          </ul>`
        : nothing
    }
    ${writeForm}
    <details id="sample">
      <summary>Decode check: some entries</summary>
      ${sampleTable(point.sample)}
      <p class="muted">
        ${formatMicroseconds(point.entryMicroseconds)} an entry, the mean over many. Indices count
        from 0.
      </p>
    </details>
    <details id="details">
      <summary>Settings as used</summary>
      <dl class="detail-list number">
        ${Object.entries(point.details).map(
          ([name, value]) =>
            html`<dt class="breakable">${name}</dt>
              <dd class="breakable">${formatDetail(value)}</dd>`,
        )}
      </dl>
      ${outcome.attempt.method === 'neukron' || Object.keys(point.details).length > 0 ? nothing : html`<p class="muted">There are none.</p>`}
    </details>
  `;
}

function big(caption: string, id: string, value: string, title: string): TemplateResult {
  return html`<div>
    <div class="caption" title=${title}>${caption}</div>
    <div class="big" id=${id}>${value}</div>
  </div>`;
}

function fact(term: string, value: string): TemplateResult {
  return html`<div>
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div>`;
}

function sampleTable(sample: readonly SparseSample[]): TemplateResult {
  if (sample.length === 0) {
    return html`<p class="muted">There are no entries to show.</p>`;
  }
  return html`<div class="scroll-box tall" role="region" tabindex="0" aria-label="Decoded entries">
    <table class="plain figures">
      <thead>
        <tr>
          ${['Entry', 'Value', 'Decoded', 'Difference'].map(
            (title, index) =>
              html`<th scope="col" class=${index > 0 ? 'numeric' : ''}>${title}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${sample.map(
          ({ approximation, index, value }) =>
            html`<tr>
              <th scope="row">${formatIndex(index)}</th>
              ${[value, approximation, approximation - value].map(
                (one) => html`<td class="numeric">${formatValue(one)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
