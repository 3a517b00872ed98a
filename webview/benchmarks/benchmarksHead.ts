import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { BenchmarkInfo } from '../../src/protocol/benchmarks';
import type { Checkbox } from '../components/controls';
import { runOptions } from './runOptions';

export interface BenchmarksHeadView {
  readonly benchmarks: readonly BenchmarkInfo[];
  readonly selected: BenchmarkInfo | undefined;
  /** Ids of parts of the selected benchmark that are not to run. */
  readonly leftOut: ReadonlySet<string>;
  /** Path of the file to run on; undefined for synthetic data. */
  readonly data: string | undefined;
  /** Of training; the benchmark's own when undefined. */
  readonly minutes: number | undefined;
  readonly isRunning: boolean;
  /** The last thing that happened, for eyes and screen readers. */
  readonly said: string;
  readonly onSelect: (id: string) => void;
  readonly onTogglePart: (id: string, runs: boolean) => void;
  readonly onChooseData: () => void;
  readonly onDropData: () => void;
  readonly onMinutes: (minutes: number) => void;
  readonly onRun: () => void;
}

/** What to measure: a benchmark, and which of its parts. */
export function benchmarksHead(view: BenchmarksHeadView): TemplateResult {
  const { benchmarks, isRunning, leftOut, selected } = view;
  return html`
    <header class="page-head with-actions">
      <div class="toolbar">
        <h1>Benchmarks</h1>
        <select
          id="benchmark"
          class="choice"
          aria-label="Benchmark"
          aria-describedby="benchmark-about"
          ?disabled=${isRunning}
          @change=${(event: Event) => view.onSelect((event.target as HTMLSelectElement).value)}
        >
          ${benchmarks.map(
            ({ id, title }) =>
              html`<option value=${id} .selected=${id === selected?.id}>${title}</option>`,
          )}
        </select>
        <vscode-button
          id="run"
          ?disabled=${isRunning || !hasPart(selected, leftOut)}
          @click=${view.onRun}
          >Run</vscode-button
        >
      </div>
      <span id="said" class="breakable" role="status">${view.said}</span>
    </header>
    ${
      selected
        ? html`<p class="muted" id="benchmark-about">
            ${selected.description} Duration: ${selected.duration}.
          </p>`
        : nothing
    }
    ${selected ? runOptions({ ...view, benchmark: selected }) : nothing}
    ${selected && selected.parts.length > 1 ? partsBox(selected, view) : nothing}
  `;
}

/** Whether anything is left to run. */
function hasPart(benchmark: BenchmarkInfo | undefined, leftOut: ReadonlySet<string>): boolean {
  const parts = benchmark?.parts ?? [];
  return (
    benchmark !== undefined && (parts.length === 0 || parts.some(({ id }) => !leftOut.has(id)))
  );
}

function partsBox(
  { parts }: BenchmarkInfo,
  { isRunning, leftOut, onTogglePart }: BenchmarksHeadView,
): TemplateResult {
  const running = parts.filter(({ id }) => !leftOut.has(id)).length;
  return html`<details id="parts">
    <summary>
      Parts: ${running === parts.length ? `all ${running}` : `${running} of ${parts.length}`}
    </summary>
    <div class="parts" role="group" aria-label="Parts to run">
      ${parts.map(
        ({ id, title }) =>
          html`<vscode-checkbox
            data-part=${id}
            ?disabled=${isRunning}
            .checked=${!leftOut.has(id)}
            @change=${(event: Event) => {
              const { checked } = event.target as Checkbox;
              if (checked === leftOut.has(id)) {
                onTogglePart(id, checked);
              }
            }}
            >${title}</vscode-checkbox
          >`,
      )}
    </div>
  </details>`;
}
