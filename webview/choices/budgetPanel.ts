import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { PlanBudget, PlanView } from '../../src/protocol/choices';
import type { RadioGroup, TextField } from '../components/controls';
import {
  formatBytes,
  formatChange,
  formatCompact,
  formatCount,
  formatError,
  formatPercent,
} from '../format';
import {
  budgetAtSlider,
  budgetText,
  defaultBudgets,
  describeBudget,
  modeOf,
  parseBudget,
  sliderPosition,
  sliderRange,
} from './budget';
import type { BudgetMode } from './budget';

export interface BudgetView {
  readonly budget: PlanBudget;
  /** What was typed and is not a budget, with what is expected instead. */
  readonly typed: { readonly text: string; readonly problem: string } | undefined;
  readonly disabled: boolean;
  readonly onBudget: (budget: PlanBudget) => void;
  readonly onProblem: (typed: { text: string; problem: string }) => void;
}

export function budgetPanel(view: BudgetView): TemplateResult {
  const mode = modeOf(view.budget);
  const range = sliderRange[mode];
  const position = sliderPosition(view.budget);
  const enter = (event: Event) => {
    const { value } = event.target as TextField;
    const budget = parseBudget(mode, value);
    if ('problem' in budget) {
      view.onProblem({ text: value, problem: budget.problem });
    } else {
      view.onBudget(budget);
    }
  };
  const change = (event: Event) => {
    const { value } = event.target as RadioGroup;
    if ((value === 'kept' || value === 'maxError') && value !== mode) {
      view.onBudget(defaultBudgets[value]);
    }
  };
  return html`
    <section class="card budget" aria-label="Budget">
      <vscode-radio-group
        id="budget-mode"
        class="budget-mode"
        .value=${mode}
        ?disabled=${view.disabled}
        @change=${change}
      >
        <label slot="label" class="visually-hidden">Budget</label>
        <vscode-radio id="mode-kept" value="kept" ?checked=${mode === 'kept'}
          >Share of the parameters to keep</vscode-radio
        >
        <vscode-radio id="mode-error" value="maxError" ?checked=${mode === 'maxError'}
          >Largest relative error of a tensor</vscode-radio
        >
      </vscode-radio-group>
      <div class="budget-line">
        <input
          type="range"
          id="budget"
          class="slider"
          min=${range.min}
          max=${range.max}
          step=${range.step}
          .value=${String(position)}
          .style=${`--filled: ${(100 * (position - range.min)) / (range.max - range.min)}%`}
          aria-label=${mode === 'kept' ? 'Share of the parameters to keep' : 'Largest relative error'}
          aria-valuetext=${describeBudget(view.budget)}
          ?disabled=${view.disabled}
          @input=${(event: Event) =>
            view.onBudget(budgetAtSlider(mode, (event.target as HTMLInputElement).valueAsNumber))}
        />
        <vscode-text-field
          id="budget-value"
          size="6"
          .value=${view.typed?.text ?? budgetText(view.budget)}
          ?disabled=${view.disabled}
          aria-label=${mode === 'kept' ? 'Percent of the parameters to keep' : 'Largest relative error'}
          @change=${enter}
          @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && enter(event)}
          >${mode === 'kept' ? html`<span slot="end" class="unit">%</span>` : nothing}</vscode-text-field
        >
      </div>
      <div class="budget-ends muted" aria-hidden="true">
        ${
          mode === 'kept'
            ? html`<span>smallest file</span><span>nothing lost</span>`
            : html`<span>most exact</span><span>smallest file</span>`
        }
      </div>
      ${
        view.typed
          ? html`<p class="field-problem" role="alert" id="budget-problem">
              ${view.typed.problem}
            </p>`
          : nothing
      }
    </section>
  `;
}

export interface OutcomeView {
  readonly planned: PlanView | undefined;
  readonly fileBytes: number;
  readonly isComputing: boolean;
  /** Offered where there is no plan and nothing else offers to compute one. */
  readonly onCompute: (() => void) | undefined;
}

/** What the plan comes to: the numbers a person decides by. */
export function outcomePanel({
  planned,
  fileBytes,
  isComputing,
  onCompute,
}: OutcomeView): TemplateResult {
  if (!planned) {
    return html`<section class="card outcome" aria-label="Outcome">
      <p class="empty" id="outcome-empty">
        ${
          isComputing
            ? 'The first results appear here as soon as a tensor is done.'
            : 'There is no plan yet: it needs at least one tensor with choices.'
        }
      </p>
      ${
        onCompute
          ? html`<div class="actions">
              <vscode-button id="compute" appearance="secondary" @click=${onCompute}
                >Compute Choices</vscode-button
              >
            </div>`
          : nothing
      }
    </section>`;
  }
  const { summary } = planned;
  const share = summary.denseBytes > 0 ? summary.bytes / summary.denseBytes : 1;
  return html`
    <section class="card outcome" aria-label="Outcome">
      <div class="headline">
        <div>
          <div class="caption">Resulting weights</div>
          <div class="big" id="result-size">${formatBytes(summary.bytes)}</div>
        </div>
        <div>
          <div class="caption">Saving</div>
          <div class="big" id="result-change">
            ${formatChange(summary.denseBytes, summary.bytes)}
          </div>
        </div>
        <div>
          <div class="caption" title="Norm of all residuals over norm of all weights">
            Relative error, whole file
          </div>
          <div class="big" id="result-error">${formatError(summary.error.relative)}</div>
        </div>
      </div>
      <div
        class="compare"
        role="img"
        aria-label="${formatBytes(summary.denseBytes)} before, ${formatBytes(summary.bytes)} after"
      >
        <span>Before</span><span class="numeric">${formatBytes(summary.denseBytes)}</span
        ><span class="compare-track"><span class="compare-before"></span></span> <span>After</span
        ><span class="numeric">${formatBytes(summary.bytes)}</span
        ><span class="compare-track"
          ><span class="compare-after" .style=${`width: ${Math.min(100, share * 100)}%`}></span
        ></span>
      </div>
      <dl class="facts-line">
        <div>
          <dt>Parameters</dt>
          <dd id="result-parameters">
            <span title=${formatCount(summary.parameters)}
              >${formatCompact(summary.parameters)}</span
            >
            of ${formatCompact(summary.denseParameters)}
            (${formatPercent(ratio(summary.parameters, summary.denseParameters))} kept)
          </dd>
        </div>
        <div>
          <dt title="Summed over the tensors, per output position">Multiply-adds</dt>
          <dd id="result-macs">
            ${formatCompact(summary.macs)} of ${formatCompact(summary.denseMacs)}
            (${formatChange(summary.denseMacs, summary.macs, ['fewer', 'more'])})
          </dd>
        </div>
        <div>
          <dt title="With the header, which describes every tensor">File</dt>
          <dd id="result-file-estimate">
            about
            ${formatBytes(fileBytes - summary.denseBytes + summary.bytes + summary.addedHeaderBytes)}
            of ${formatBytes(fileBytes)}
          </dd>
        </div>
      </dl>
      ${
        summary.feasible
          ? nothing
          : html`<p class="notice warning" role="status" id="infeasible">
              ${summary.reason ?? 'The budget cannot be met.'}
            </p>`
      }
      ${
        isComputing
          ? html`<p class="muted">From the choices known so far; the numbers still move.</p>`
          : nothing
      }
    </section>
  `;
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 1;
}

export type { BudgetMode };
