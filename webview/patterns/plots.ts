import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { PatternCurve } from '../../src/protocol/patterns';
import type { CurvePickEvent } from '../components/curve';
import type { CurveMark, CurvePoint, CurveSeries } from '../components/curveData';
import { lookMarker, palette } from '../components/marker';
import { formatPercent, formatShortPercent, formatTick, formatValue } from '../format';
import { isSamePair } from './advice';
import type { Histogram } from './histogram';
import { formatPair } from './words';

const MOST_POINTS = 20;

/** The curves as the plot draws them; made anew only when curves arrive or another is chosen. */
export function curveSeries(
  curves: readonly PatternCurve[],
  chosen: readonly [number, number],
): readonly CurveSeries[] {
  return curves.map(({ block, errors, kept }, index) => ({
    id: block.join('x'),
    label: formatPair(block),
    // By sparsity, so that less remains the further right one goes.
    points: thinned(kept.map((share, at) => ({ x: 1 - share, y: errors[at] ?? 0 }))).reverse(),
    look: palette[index % palette.length] ?? { marker: 'circle', color: '--vscode-foreground' },
    dashed: !isSamePair(block, chosen),
  }));
}

/** Points enough for a smooth line, and few enough that their markers tell the lines apart. */
function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  const step = Math.ceil((points.length - 1) / MOST_POINTS);
  return points.filter((_, index) => index % step === 0 || index === points.length - 1);
}

export interface CurvesView {
  readonly series: readonly CurveSeries[];
  readonly marks: readonly CurveMark[];
  readonly hidden: ReadonlySet<string>;
  readonly chosen: string;
  readonly isLoading: boolean;
  readonly onToggle: (id: string) => void;
  readonly onPick: (event: CurvePickEvent) => void;
}

const describeCurve = ({ label, points }: CurveSeries, index: number): string => {
  const point = points[index];
  return point
    ? `${label}: ${formatPercent(point.x)} sparse, relative error ${formatPercent(point.y)}`
    : label;
};

/** Error against sparsity for several block sizes; a click on a curve chooses its size. */
export function curvesPlot(view: CurvesView): TemplateResult {
  const { chosen, hidden, isLoading, marks, onPick, onToggle, series } = view;
  return html`<section class="report-part" id="curves" aria-label="Curves">
    <h2>Error and sparsity by block size</h2>
    <div class="legend" role="group" aria-label="Block sizes">
      ${series.map(
        ({ id, label, look, dashed }) =>
          html`<button
            type="button"
            class="legend-item ${id === chosen ? 'chosen' : ''}"
            data-series=${id}
            aria-pressed=${!hidden.has(id)}
            title="Show or hide the curve"
            @click=${() => onToggle(id)}
          >
            ${look ? lookMarker(look, dashed) : nothing} ${label}
          </button>`,
      )}
      ${isLoading ? html`<span class="muted" role="status">more are computed…</span>` : nothing}
    </div>
    <press-curve
      label="Relative error against sparsity"
      .series=${series}
      .hiddenSeries=${hidden}
      .marks=${marks}
      .formatX=${formatShortPercent}
      .formatY=${formatShortPercent}
      .describe=${describeCurve}
      .xTitle=${'Sparsity: share of the blocks that is dropped'}
      .yTitle=${'Relative error'}
      @curve-pick=${onPick}
    ></press-curve>
    <p class="muted">Click a curve, or press Enter on it, to choose its block size.</p>
  </section>`;
}

export interface HistogramView {
  readonly title: string;
  readonly valueTitle: string;
  readonly histogram: Histogram;
  readonly series: readonly CurveSeries[];
  readonly marks: readonly CurveMark[];
  /** What is counted. */
  readonly noun: string;
  readonly note: string;
}

const formatLogValue = (x: number): string => formatTick(10 ** x);
const describeBin = ({ points }: CurveSeries, index: number): string => {
  const point = points[index];
  return point ? `about ${formatValue(point.x)}: ${formatTick(point.y)}` : '';
};
const describeLogBin = ({ points }: CurveSeries, index: number): string => {
  const point = points[index];
  return point ? `about ${formatValue(10 ** point.x)}: ${formatTick(point.y)}` : '';
};

export function histogramSeries({ bins }: Histogram): readonly CurveSeries[] {
  const look = { marker: 'circle', color: '--vscode-charts-blue' } as const;
  return [{ id: 'blocks', label: 'Blocks', points: bins, look }];
}

/** How many blocks are how large, and where the threshold lies. */
export function histogramPlot(view: HistogramView): TemplateResult {
  const { histogram, marks, note, noun, series, title, valueTitle } = view;
  const isLog = histogram.scale === 'log';
  return html`<section class="report-part" id="histogram" aria-label=${title}>
    <h2>${title}</h2>
    <press-curve
      class="short"
      kind="bars"
      label=${title}
      .series=${series}
      .marks=${marks}
      .formatX=${isLog ? formatLogValue : formatTick}
      .formatY=${formatTick}
      .describe=${isLog ? describeLogBin : describeBin}
      .xTitle=${valueTitle}
      .yTitle=${noun}
    ></press-curve>
    ${note === '' ? nothing : html`<p class="muted">${note}</p>`}
  </section>`;
}
