import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { KpdFit, PatternOutput, PatternReport, Progress } from '../../src/protocol/patterns';
import type { RadioGroup } from '../components/controls';
import { progressLine, waiting } from '../components/progressLine';
import {
  formatBytes,
  formatChange,
  formatCount,
  formatDuration,
  formatNumberOf,
  formatPercent,
} from '../format';
import { figuresOf } from './figures';
import type { OpenMap } from './openMap';

/** What is under way: at first only a name is being asked for. */
export type Applying = 'naming' | Progress;

export interface ApplyView {
  readonly open: OpenMap;
  readonly kept: number;
  readonly fit: KpdFit | undefined;
  readonly as: PatternOutput;
  readonly applying: Applying | undefined;
  readonly onAs: (as: PatternOutput) => void;
  readonly onApply: () => void;
  readonly onCancel: () => void;
}

const titles: Readonly<Record<PatternOutput, string>> = {
  bsr: 'Pressed file with the kept blocks (BSR)',
  kpd: 'Pressed file with the Kronecker form (KPD)',
  zeros: 'Dense file with zeros',
  mask: 'Mask (NumPy)',
};

/** What can be written of a map: pressed files hold blocks, not the entries of N:M. */
export function outputsFor({ kind }: OpenMap): readonly PatternOutput[] {
  return kind === 'block' ? ['bsr', 'kpd', 'zeros', 'mask'] : ['zeros', 'mask'];
}

/** Writing the choice: as what, how large it will be, and how far it is. */
export function applyPanel(view: ApplyView): TemplateResult {
  const { applying, as, open, onApply, onAs, onCancel } = view;
  const outputs = outputsFor(open);
  const chosen = outputs.includes(as) ? as : 'zeros';
  const change = (event: Event) => {
    const value = outputs.find((one) => one === (event.target as RadioGroup).value);
    if (value && value !== as) {
      onAs(value);
    }
  };
  return html`<section class="report-part" id="apply-panel" aria-label="Write">
    <h2>Write it</h2>
    <vscode-radio-group
      id="apply-as"
      orientation="vertical"
      .value=${chosen}
      ?disabled=${applying !== undefined}
      @change=${change}
    >
      <label slot="label" class="visually-hidden">Write as</label>
      ${outputs.map(
        (one) =>
          html`<vscode-radio id="as-${one}" value=${one} ?checked=${one === chosen}
            >${titles[one]}</vscode-radio
          >`,
      )}
    </vscode-radio-group>
    <p class="muted" id="apply-words">${applyWords(view, chosen)}</p>
    ${
      applying === undefined
        ? html`<div class="actions">
            <vscode-button id="apply" @click=${onApply}>Apply…</vscode-button>
          </div>`
        : applying === 'naming'
          ? waiting('Waiting for a name for the new file…')
          : progressLine('Writing', applying, { id: 'cancel-apply', run: onCancel })
    }
  </section>`;
}

/** What is written, and how large it will be. */
export function applyWords(
  { fit, kept, open }: Pick<ApplyView, 'fit' | 'kept' | 'open'>,
  as: PatternOutput,
): string {
  const { bytes, denseBytes } = figuresOf(open, kept);
  const { columns, rows } = open.map;
  const tensor = (size: number) =>
    `This tensor takes ${formatBytes(size)} instead of ${formatBytes(denseBytes)}; all others stay as they are.`;
  switch (as) {
    case 'bsr':
      return tensor(bytes);
    case 'kpd':
      return fit
        ? `${tensor(fit.bytes)} ${formatNumberOf(fit.rank, 'term')}, relative error ${formatPercent(fit.relativeError)}.`
        : 'The Kronecker form is fitted when it is written.';
    case 'zeros':
      return `A copy of the file in its own format and size, with zeros for what is dropped; kept values stay as they are, bit for bit.`;
    case 'mask':
      return `An array of ${formatCount(rows * columns)} booleans in the tensor's own shape, about ${formatBytes(rows * columns + 128)}.`;
  }
}

export interface ReportActions {
  readonly onOpen: () => void;
  readonly onReveal: () => void;
  readonly onDismiss: () => void;
}

/** What was written, measured by reading it back. */
export function reportPanel(report: PatternReport, actions: ReportActions): TemplateResult {
  const name = report.output.split(/[\\/]/).at(-1) ?? report.output;
  return html`<section class="card result" id="result" aria-label="Result" tabindex="-1">
    <div class="result-head">
      <p>
        <span class="done-sign" aria-hidden="true">✓</span>
        <strong
          >Wrote
          <span class="breakable" id="result-file" title=${report.output}>${name}</span></strong
        >
        (${formatBytes(report.outputBytes)}${
          report.as === 'mask'
            ? nothing
            : `, ${formatChange(report.sourceBytes, report.outputBytes)} than ${formatBytes(report.sourceBytes)}`
        }).
      </p>
      <p class="muted">
        ${formatNumberOf(report.dropped, 'entry').replace(/entrys$/, 'entries')} of
        ${formatCount(report.elements)} dropped
        (${formatPercent(report.dropped / report.elements)}), relative error of the tensor
        ${formatPercent(report.relativeError)}, ${formatDuration(report.elapsedMs)}.
      </p>
      <div class="actions">
        <vscode-button id="open" @click=${actions.onOpen}>Open</vscode-button>
        <vscode-button id="reveal" appearance="secondary" @click=${actions.onReveal}
          >Reveal</vscode-button
        >
        <vscode-button id="dismiss-result" appearance="secondary" @click=${actions.onDismiss}
          >Dismiss</vscode-button
        >
      </div>
    </div>
  </section>`;
}
