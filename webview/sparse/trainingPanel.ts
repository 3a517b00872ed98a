import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SparseMethodOffer, SparseOutcome } from '../../src/protocol/sparse';
import type { CurveSeries } from '../components/curveData';
import { lookMarker, methodMarker } from '../components/marker';
import type { Checkbox } from '../components/controls';
import {
  formatCount,
  formatDuration,
  formatError,
  formatShortPercent,
  formatTick,
} from '../format';
import { attemptKey, attemptLabel, methodTitle } from './attempts';
import { trainingFacts } from './trainingData';
import type { TrainingCurves } from './trainingData';
import { stateWords } from './words';

export interface TrainingView {
  readonly offers: readonly SparseMethodOffer[];
  /** The training on show. */
  readonly outcome: SparseOutcome;
  readonly curves: TrainingCurves;
  /** All that have a curve. */
  readonly trainings: readonly SparseOutcome[];
  readonly squaredNorm: number;
  readonly logLoss: boolean;
  readonly onLogLoss: (logLoss: boolean) => void;
  readonly onTraining: (outcome: SparseOutcome) => void;
  readonly onContinue: (outcome: SparseOutcome) => void;
  readonly onStop: () => void;
}

const describeLoss = ({ label, points }: CurveSeries, index: number): string => {
  const point = points[index];
  return point
    ? `epoch ${formatCount(point.x)}: ${label.toLowerCase()} ${formatError(point.y)}`
    : '';
};
const describePrefixes = ({ points }: CurveSeries, index: number): string => {
  const point = points[index];
  return point ? `epoch ${formatCount(point.x)}: ${formatCount(point.y)} prefixes` : '';
};
const describeAccepted = ({ points }: CurveSeries, index: number): string => {
  const point = points[index];
  return point
    ? `epoch ${formatCount(point.x)}: ${formatShortPercent(point.y)} of the swaps accepted`
    : '';
};

/** How a training goes, or went. */
export function trainingPanel(view: TrainingView): TemplateResult {
  const { curves, logLoss, offers, onLogLoss, outcome } = view;
  const { attempt } = outcome;
  return html`<section id="training" class="report-part" aria-label="Training">
    <div class="part-head">
      <h2>
        ${methodMarker(attempt.method)} Training of ${methodTitle(offers, attempt.method)},
        ${attemptLabel(offers, attempt)}
      </h2>
      <span class="muted" id="training-state">${stateWords(outcome.state)}</span>
    </div>
    <div class="part-head">
      <div class="toolbar">
        ${picker(view)}
        <vscode-checkbox
          id="log-loss"
          .checked=${logLoss}
          @change=${(event: Event) => onLogLoss((event.target as Checkbox).checked)}
          >Logarithmic</vscode-checkbox
        >
        <span class="legend">
          ${curves.loss.map(
            ({ label, look }) =>
              html`<span class="legend-note">${look ? lookMarker(look) : nothing} ${label}</span>`,
          )}
        </span>
      </div>
      <div class="toolbar">${actions(view)}</div>
    </div>
    <press-curve
      class="medium"
      id="loss-curve"
      label="Loss over the epochs"
      .series=${curves.loss}
      .logY=${logLoss}
      .formatX=${formatTick}
      .formatY=${formatTick}
      .describe=${describeLoss}
      .xTitle=${'Epoch'}
      .yTitle=${'Loss (squared error)'}
    ></press-curve>
    ${figures(view)}
    <div class="pair">
      <div>
        <h3>Distinct prefixes</h3>
        <press-curve
          class="short"
          label="Distinct prefixes over the epochs"
          .series=${curves.prefixes}
          .formatX=${formatTick}
          .formatY=${formatTick}
          .describe=${describePrefixes}
          .xTitle=${'Epoch'}
          .yTitle=${'Prefixes'}
        ></press-curve>
      </div>
      <div>
        <h3>Accepted swaps</h3>
        <press-curve
          class="short"
          label="Share of the proposed swaps that were accepted, over the epochs"
          .series=${curves.accepted}
          .formatX=${formatTick}
          .formatY=${formatShortPercent}
          .describe=${describeAccepted}
          .xTitle=${'Epoch'}
          .yTitle=${'Share'}
        ></press-curve>
      </div>
    </div>
    <p class="muted">The fewer prefixes, the better the orders fit, and the faster an epoch is.</p>
  </section>`;
}

function picker({
  offers,
  onTraining,
  outcome,
  trainings,
}: TrainingView): TemplateResult | typeof nothing {
  if (trainings.length < 2) {
    return nothing;
  }
  return html`<label class="labelled"
    ><span class="muted">Training</span>
    <select
      id="training-choice"
      class="choice"
      @change=${(event: Event) => {
        const chosen = trainings[Number((event.target as HTMLSelectElement).value)];
        if (chosen) {
          onTraining(chosen);
        }
      }}
    >
      ${trainings.map(
        (one, index) =>
          html`<option
            value=${index}
            .selected=${attemptKey(offers, one.attempt) === attemptKey(offers, outcome.attempt)}
          >
            ${methodTitle(offers, one.attempt.method)}, ${attemptLabel(offers, one.attempt)}
            (${stateWords(one.state)})
          </option>`,
      )}
    </select></label
  >`;
}

function actions({ onContinue, onStop, outcome }: TrainingView): TemplateResult | typeof nothing {
  if (outcome.state === 'running') {
    return html`<button
      type="button"
      class="small-button"
      id="stop-training"
      title="Stops the run; the training can be continued, or written as it stands"
      @click=${onStop}
    >
      Stop
    </button>`;
  }
  return outcome.state === 'paused'
    ? html`<button
        type="button"
        class="small-button"
        id="continue-training"
        @click=${() => onContinue(outcome)}
      >
        Continue
      </button>`
    : nothing;
}

function figures({ offers, outcome, squaredNorm }: TrainingView): TemplateResult | typeof nothing {
  const facts = trainingFacts(offers, outcome, squaredNorm);
  if (!facts) {
    return nothing;
  }
  const { bestLoss, elapsedMs, epoch, epochMs, epochs, relativeError, remainingMs } = facts;
  const items: readonly (readonly [string, string])[] = [
    ['Epoch', epochs === undefined ? formatCount(epoch) : `${formatCount(epoch)} of ${formatCount(epochs)}`], // prettier-ignore
    ['Best loss', formatError(bestLoss)],
    ['Relative error', formatError(relativeError)],
    ['An epoch', epochMs === undefined ? '–' : formatDuration(epochMs)],
    ['Elapsed', formatDuration(elapsedMs)],
    ...(remainingMs === undefined
      ? []
      : [['At most', `${formatDuration(remainingMs)} more`] as const]),
  ];
  return html`<dl class="facts-line" id="training-facts">
    ${items.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
