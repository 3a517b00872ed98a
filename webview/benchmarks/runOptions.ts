import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { BenchmarkInfo } from '../../src/protocol/benchmarks';
import { formatNumberOf } from '../format';

export interface RunOptionsView {
  readonly benchmark: BenchmarkInfo;
  /** Path of the file to run on; undefined for synthetic data. */
  readonly data: string | undefined;
  readonly minutes: number | undefined;
  readonly isRunning: boolean;
  readonly onChooseData: () => void;
  /** Back to synthetic data. */
  readonly onDropData: () => void;
  readonly onMinutes: (minutes: number) => void;
}

/** What a benchmark runs on and for how long it trains, where it leaves that open. */
export function runOptions(view: RunOptionsView): TemplateResult | typeof nothing {
  const { data, minutes } = view.benchmark;
  return data || minutes
    ? html`<div class="toolbar" id="run-options">
        ${data ? dataChoice(view) : nothing} ${minutes ? minutesChoice(view) : nothing}
      </div>`
    : nothing;
}

function dataChoice({
  benchmark,
  data,
  isRunning,
  onChooseData,
  onDropData,
}: RunOptionsView): TemplateResult {
  const { data: offer } = benchmark;
  return html`<span class="labelled"
      ><span>Data</span>
      <span id="data" class="breakable" title=${data ?? offer?.description ?? ''}
        >${data === undefined ? offer?.synthetic : nameOf(data)}</span
      ></span
    >
    <vscode-button
      id="choose-data"
      appearance="secondary"
      title=${offer?.description ?? ''}
      ?disabled=${isRunning}
      @click=${onChooseData}
      >Use a File…</vscode-button
    >
    ${
      data === undefined
        ? nothing
        : html`<vscode-button
            id="drop-data"
            appearance="secondary"
            ?disabled=${isRunning}
            @click=${onDropData}
            >Use Synthetic Data</vscode-button
          >`
    }`;
}

function minutesChoice({
  benchmark,
  minutes,
  isRunning,
  onMinutes,
}: RunOptionsView): TemplateResult {
  const { choices = [], default: own = 0 } = benchmark.minutes ?? {};
  const chosen = minutes ?? own;
  return html`<label class="labelled"
    ><span>Training</span>
    <select
      id="minutes"
      class="choice"
      ?disabled=${isRunning}
      @change=${(event: Event) => onMinutes(Number((event.target as HTMLSelectElement).value))}
    >
      ${choices.map(
        (choice) =>
          html`<option value=${choice} .selected=${choice === chosen}>
            ${formatNumberOf(choice, 'minute')}
          </option>`,
      )}
    </select></label
  >`;
}

/** The last part of a path of any system. */
function nameOf(path: string): string {
  return path.split(/[\\/]/).pop() ?? path;
}
