import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Choice, Method } from '../../src/protocol/choices';
import type { Checkbox } from '../components/controls';
import type { CurveSeries } from '../components/curveData';
import { methodMarker } from '../components/marker';
import { waiting } from '../components/progressLine';
import {
  formatBytes,
  formatError,
  formatMethod,
  formatNumberOf,
  formatPercent,
  formatSize,
  formatShape,
  formatShortPercent,
  formatTick,
} from '../format';
import type { ChoicePickEvent } from './choiceTable';
import { curveOf, describeGroups, groupMethods } from './planRows';
import type { MethodGroup, PlanRow } from './planRows';

export interface ChoiceDetailView {
  readonly row: PlanRow;
  readonly methods: readonly Method[];
  readonly hidden: ReadonlySet<string>;
  readonly logY: boolean;
  readonly isComputing: boolean;
  readonly disabled: boolean;
  readonly onToggleMethod: (method: string) => void;
  readonly onLogY: (logY: boolean) => void;
  readonly onPick: (choice: Choice) => void;
  readonly onDense: () => void;
  readonly onAutomatic: () => void;
}

/** The selected tensor: what each method costs and saves, and what the plan does. */
export function choiceDetail(view: ChoiceDetailView): TemplateResult {
  const { row } = view;
  return html`
    <header class="detail-head">
      <h2 class="breakable" id="detail-title">${row.name}</h2>
    </header>
    <p class="muted">
      ${formatShape(row.shape)} · ${row.dtype} · ${formatNumberOf(row.parameters, 'parameter')} ·
      ${formatBytes(row.bytes)}
    </p>
    ${row.skipped === undefined ? planLine(view) : skippedLine(row.skipped)}
    ${
      row.choices.length > 0
        ? comparison(view)
        : row.skipped !== undefined
          ? nothing
          : view.isComputing
            ? waiting('Its choices have not been computed yet.')
            : html`<p class="empty" id="no-choices">
                There are no choices for this tensor. Compute the choices again to get them.
              </p>`
    }
  `;
}

function skippedLine(reason: string): TemplateResult {
  return html`<section class="notice info" id="skip-reason">
    <p><strong>This tensor stays as it is.</strong> ${reason}</p>
  </section>`;
}

function planLine({ row, disabled, onDense, onAutomatic }: ChoiceDetailView): TemplateResult {
  const { entry, override } = row;
  const who = row.isByHand ? 'Chosen by you' : 'Chosen automatically';
  const what = !entry
    ? 'Not in the plan yet.'
    : entry.method === 'dense'
      ? html`<strong>Stays dense.</strong>`
      : html`${methodMarker(entry.method)}
          <strong
            >${formatMethod(entry.method)}${
              entry.rank === undefined ? nothing : ` of ${formatSize(entry.method, entry.rank)}`
            }</strong
          >
          keeps ${formatPercent(entry.kept)} of the parameters at a relative error of
          ${formatError(entry.relativeError)}.`;
  return html`
    <div class="plan-line" id="plan-line">
      <p>${what} ${entry ? html`<span class="muted">${who}. ${entry.reason}</span>` : nothing}</p>
      <div class="actions">
        ${
          override
            ? html`<vscode-button
                id="automatic"
                appearance="secondary"
                ?disabled=${disabled}
                @click=${onAutomatic}
                >Back to Automatic</vscode-button
              >`
            : nothing
        }
        ${
          override?.method === 'dense'
            ? nothing
            : html`<vscode-button
                id="keep-dense"
                appearance="secondary"
                ?disabled=${disabled}
                @click=${onDense}
                >Keep Dense</vscode-button
              >`
        }
      </div>
    </div>
  `;
}

function comparison(view: ChoiceDetailView): TemplateResult {
  const { row } = view;
  const groups = groupMethods(row.choices, view.methods);
  const series = groups.map(curveOf);
  const { planned } = row;
  const group = groups.find(
    ({ method, others }) =>
      planned && (method === planned.method || others.includes(planned.method)),
  );
  const marks =
    planned && group && !view.hidden.has(group.method)
      ? [{ x: planned.keptActual, y: planned.error.relative }]
      : [];
  const note = describeGroups(groups);
  return html`
    <section class="detail-part">
      <div class="part-head">
        <h3>Relative error against kept parameters</h3>
        <vscode-checkbox
          id="log-scale"
          .checked=${view.logY}
          @change=${(event: Event) => {
            const { checked } = event.target as Checkbox;
            if (checked !== view.logY) {
              view.onLogY(checked);
            }
          }}
          >Logarithmic</vscode-checkbox
        >
      </div>
      ${legend(groups, view)}
      <press-curve
        id="choice-curve"
        label="Relative error against kept parameters for each method"
        .series=${series}
        .marks=${marks}
        .hiddenSeries=${view.hidden}
        .logY=${view.logY}
        .formatX=${formatShortPercent}
        .formatY=${formatTick}
        .describe=${(one: CurveSeries, index: number) => describePoint(one, index, groups)}
        .xTitle=${'kept'}
        .yTitle=${'relative error'}
      ></press-curve>
      ${note ? html`<p class="muted" id="equal-methods">${note}</p>` : nothing}
    </section>
    <section class="detail-part">
      <h3>Choices</h3>
      <p class="muted">
        A click or Enter takes a choice for this tensor instead of the plan's own.
      </p>
      <press-choice-table
        .groups=${groups}
        .planned=${planned}
        .tensor=${row.name}
        ?inert=${view.disabled}
        @choice-pick=${(event: ChoicePickEvent) => view.onPick(event.choice)}
      ></press-choice-table>
    </section>
  `;
}

function legend(groups: readonly MethodGroup[], view: ChoiceDetailView): TemplateResult {
  return html`<div class="legend" role="group" aria-label="Methods shown">
    ${groups.map(
      ({ method, others }) =>
        html`<button
          type="button"
          class="legend-item"
          data-method=${method}
          aria-pressed=${!view.hidden.has(method)}
          title="Show or hide the curve"
          @click=${() => view.onToggleMethod(method)}
        >
          ${methodMarker(method)} ${[method, ...others].map(formatMethod).join(' = ')}
        </button>`,
    )}
    ${view.row.planned ? html`<span class="legend-note"><span class="ring" aria-hidden="true"></span> in plan</span>` : nothing}
  </div>`;
}

function describePoint(series: CurveSeries, index: number, groups: readonly MethodGroup[]): string {
  const point = series.points[index];
  const choice = groups
    .find(({ method }) => method === series.id)
    ?.choices.find(
      ({ keptActual, error }) => keptActual === point?.x && error.relative === point.y,
    );
  return choice
    ? [
        series.label,
        `kept ${formatPercent(choice.keptActual)}`,
        `relative error ${formatError(choice.error.relative)}`,
        formatSize(choice.method, choice.rank),
        formatBytes(choice.bytes),
      ].join(' · ')
    : series.label;
}
