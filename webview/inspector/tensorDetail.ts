import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { FileSummary, TensorStatistics } from '../../src/protocol/inspector';
import { patternProblem } from '../../src/protocol/patternTensors';
import type { CurveSeries } from '../components/curveData';
import { failureNotice } from '../components/failureNotice';
import { methodMarker } from '../components/marker';
import { waiting } from '../components/progressLine';
import {
  formatBytes,
  formatCount,
  formatError,
  formatMethod,
  formatNumberOf,
  formatPercent,
  formatSize,
  formatShape,
  formatTick,
  formatValue,
} from '../format';
import { failureOf } from '../host';
import type { Loading } from '../selectionLoader';
import { describeRanks, energyLevels, histogramPoints, visibleSpectrum } from './spectrumText';

type TensorRow = FileSummary['tensors'][number];
type PressedTensor = NonNullable<FileSummary['pressed']>['tensors'][number];

export interface TensorDetailView {
  readonly row: TensorRow;
  readonly pressed: PressedTensor | undefined;
  readonly loading: Loading<TensorStatistics> | undefined;
  readonly onRetry: () => void;
  readonly onCopy: (text: string) => void;
  readonly onPatterns: () => void;
  readonly onSparse: () => void;
}

/** Everything known about the selected tensor; what is still being computed says so. */
export function tensorDetail(view: TensorDetailView): TemplateResult {
  const { row } = view;
  return html`
    <header class="detail-head">
      <h2 class="breakable" id="detail-title">${row.name}</h2>
      <div class="actions">
        ${
          patternProblem(row) === undefined
            ? html`<vscode-button
                appearance="secondary"
                id="preview-patterns"
                title="Preview the block-sparse patterns of this tensor"
                @click=${view.onPatterns}
                >Preview Patterns</vscode-button
              >`
            : nothing
        }
        ${
          isSparse(view)
            ? html`<vscode-button
                appearance="secondary"
                id="compress-sparse"
                title="Compare what compresses a tensor with so many zeros"
                @click=${view.onSparse}
                >Compress Sparse</vscode-button
              >`
            : nothing
        }
        <vscode-button appearance="secondary" id="copy-name" @click=${() => view.onCopy(row.name)}
          >Copy Name</vscode-button
        >
      </div>
    </header>
    <p class="muted">
      ${formatShape(row.shape)} · ${row.dtype} · ${formatNumberOf(row.parameters, 'parameter')} ·
      ${formatBytes(row.bytes)}
    </p>
    ${view.pressed ? pressedLine(view.pressed) : nothing}
    ${
      row.problem
        ? html`<section class="notice warning" role="note">
            <p class="notice-title">This tensor cannot be read</p>
            <p class="breakable">${row.problem}</p>
          </section>`
        : statistics(view)
    }
  `;
}

/** Whether most of the tensor is zeros, in more than one dimension. */
function isSparse({ loading, row }: TensorDetailView): boolean {
  const { count, zeros } = loading?.value ?? { count: 0, zeros: 0 };
  return row.shape.filter((size) => size > 1).length > 1 && zeros > count / 2;
}

function pressedLine(pressed: PressedTensor): TemplateResult {
  return html`<p class="pressed-line">
    ${methodMarker(pressed.method)} Part of <strong class="breakable">${pressed.tensor}</strong>
    (${formatShape(pressed.shape)}, ${pressed.dtype}), pressed by ${formatMethod(pressed.method)} of
    ${formatSize(pressed.method, pressed.rank)}, relative error
    ${formatError(pressed.relativeError)}
  </p>`;
}

function statistics({ loading, onRetry }: TensorDetailView): TemplateResult {
  const value = loading?.value;
  const running = !loading?.done;
  return html`
    ${value ? moments(value) : running ? waiting('Reading the values…') : nothing}
    ${
      loading?.failure === undefined
        ? nothing
        : failureNotice(failureOf(loading.failure), {
            title: value
              ? 'The rest could not be computed'
              : 'The statistics could not be computed',
            onRetry,
          })
    }
    ${value ? histogram(value, running) : nothing}
    ${value && (running || isComplete(value)) ? spectrum(value, running) : nothing}
  `;
}

/** Whether there is a spectrum, or a reason for there being none. */
function isComplete(value: TensorStatistics): boolean {
  return value.spectrum !== undefined || value.spectrumUnavailable !== undefined;
}

function moments(value: TensorStatistics): TemplateResult {
  const share = (part: number) =>
    value.count > 0 ? `${formatCount(part)} (${formatPercent(part / value.count)})` : '0';
  const entry = (name: string, text: string, id: string) =>
    html`<div>
      <dt>${name}</dt>
      <dd id="stat-${id}">${text}</dd>
    </div>`;
  const number = (name: string, id: string, x: number | undefined) =>
    entry(name, x === undefined ? '–' : formatValue(x), id);
  return html`
    <dl class="stats" id="statistics">
      ${number('Minimum', 'min', value.min)} ${number('Maximum', 'max', value.max)}
      ${number('Mean', 'mean', value.mean)} ${number('Standard deviation', 'std', value.std)}
      ${entry('Zeros', share(value.zeros), 'zeros')}
      ${entry('NaN or infinite', share(value.nonFinite), 'non-finite')}
    </dl>
    ${
      value.nonFinite > 0
        ? html`<p class="notice warning" role="note">
            ${formatNumberOf(value.nonFinite, 'value')} of this tensor
            ${value.nonFinite === 1 ? 'is' : 'are'} NaN or infinite; compression leaves it as it is.
          </p>`
        : nothing
    }
  `;
}

function histogram(value: TensorStatistics, running: boolean): TemplateResult {
  const body = () => {
    if (!value.histogram) {
      return running
        ? waiting('Counting the values…')
        : html`<p class="muted">There are no finite values to count.</p>`;
    }
    const points = histogramPoints(value.histogram);
    const half = points.length > 1 ? ((points[1]?.x ?? 0) - (points[0]?.x ?? 0)) / 2 : 0.5;
    const describe = (series: CurveSeries, index: number) => {
      const point = series.points[index];
      return point
        ? `${formatValue(point.x - half)} to ${formatValue(point.x + half)}: ${formatNumberOf(point.y, 'value')}`
        : '';
    };
    return html`<press-curve
      id="histogram"
      class="short"
      kind="bars"
      label="Histogram of the values"
      .series=${[{ id: 'svd', label: 'values', points }]}
      .formatX=${formatTick}
      .formatY=${formatTick}
      .describe=${describe}
      .xTitle=${'value'}
      .yTitle=${'count'}
    ></press-curve>`;
  };
  return html`<section class="detail-part">
    <h3>Histogram</h3>
    ${body()}
  </section>`;
}

function spectrum(value: TensorStatistics, running: boolean): TemplateResult {
  const body = () => {
    const { spectrum: known } = value;
    if (!known) {
      return value.spectrumUnavailable === undefined && running
        ? waiting('Computing the singular values…')
        : html`<p class="muted" id="spectrum-unavailable">${value.spectrumUnavailable}</p>`;
    }
    const marks = energyLevels.map(({ share, key }) => ({ x: known.ranks[key], label: share }));
    const describe = (series: CurveSeries, index: number) => {
      const point = series.points[index];
      return point ? `Singular value ${formatCount(point.x)}: ${formatValue(point.y)}` : '';
    };
    return html`
      <p class="muted">
        As a matrix of ${formatCount(known.matrix[0])} × ${formatCount(known.matrix[1])}. The energy
        is the sum of the squared singular values.
      </p>
      <ul class="energy" id="energy-ranks">
        ${describeRanks(known).map((sentence) => html`<li>${sentence}</li>`)}
      </ul>
      <press-curve
        id="spectrum"
        label="Singular values, logarithmic"
        .series=${[{ id: 'svd', label: 'σ', points: visibleSpectrum(known.singularValues) }]}
        .marks=${distinct(marks)}
        .logY=${true}
        .formatX=${formatTick}
        .formatY=${formatTick}
        .describe=${describe}
        .xTitle=${'rank'}
        .yTitle=${'singular value'}
      ></press-curve>
    `;
  };
  return html`<section class="detail-part">
    <h3>Singular-value spectrum</h3>
    ${body()}
  </section>`;
}

/** Marks at one rank share a line, and the line carries the highest share. */
function distinct(marks: readonly { x: number; label: string }[]): { x: number; label: string }[] {
  return [...new Map(marks.map((mark) => [mark.x, mark])).values()];
}
