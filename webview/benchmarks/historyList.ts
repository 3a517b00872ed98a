import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { BenchmarkHistoryEntry } from '../../src/protocol/benchmarks';
import { formatDuration } from '../format';

export interface HistoryView {
  readonly history: readonly BenchmarkHistoryEntry[];
  readonly shown: string | undefined;
  /** The key of the report with which the shown one is compared. */
  readonly compared: string | undefined;
  /** Id of the benchmark whose report is shown: only its own can be compared with it. */
  readonly comparable: string | undefined;
  readonly onShow: (key: string) => void;
  readonly onForget: (key: string) => void;
  readonly onCompare: (key: string | undefined) => void;
}

/** Earlier reports, newest first. */
export function historyList(view: HistoryView): TemplateResult {
  return html`
    <nav class="history" aria-labelledby="history-title">
      <h2 id="history-title">Reports</h2>
      ${
        view.history.length === 0
          ? html`<p class="muted" id="no-history">
              Finished reports are kept here, the newest fifty.
            </p>`
          : html`<ul class="history-list">
              ${view.history.map((entry) => historyItem(entry, view))}
            </ul>`
      }
    </nav>
  `;
}

function historyItem(entry: BenchmarkHistoryEntry, view: HistoryView): TemplateResult {
  const { key } = entry;
  const isShown = key === view.shown;
  const time = formatTime(entry.startedAt);
  return html`<li class=${isShown ? 'history-item shown' : 'history-item'} data-key=${key}>
    <button
      type="button"
      class="history-show"
      aria-current=${isShown ? 'true' : nothing}
      @click=${() => view.onShow(key)}
    >
      <strong>${entry.title}</strong>
      <span>${time}</span>
      <span class="history-facts"
        >${formatDuration(entry.elapsedMs)} · ${entry.backend} · ${entry.toolVersion}</span
      >
    </button>
    <button
      type="button"
      class="history-forget"
      aria-label="Remove the report of ${entry.title}, ${time}"
      title="Remove"
      @click=${() => view.onForget(key)}
    >
      <span aria-hidden="true">✕</span>
    </button>
    ${entry.id === view.comparable && !isShown ? compareBox(entry, time, view) : nothing}
  </li>`;
}

function compareBox(
  { key, title }: BenchmarkHistoryEntry,
  time: string,
  { compared, onCompare }: HistoryView,
): TemplateResult {
  return html`<label class="history-compare">
    <input
      type="checkbox"
      aria-label="Compare with the report of ${title}, ${time}"
      .checked=${compared === key}
      @change=${(event: Event) => onCompare((event.target as HTMLInputElement).checked ? key : undefined)}
    />
    Compare
  </label>`;
}

/** In the reader's language and time zone. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime())
    ? iso
    : time.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
