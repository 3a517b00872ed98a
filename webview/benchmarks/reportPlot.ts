import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { BenchmarkPlot } from '../../src/protocol/benchmarks';
import { lookMarker } from '../components/marker';
import { formatTick } from '../format';
import { formatNumber } from './cells';
import { axisTitle, plotSeries } from './plotSeries';
import type { PlottedSeries } from './plotSeries';

export interface ReportPlotView {
  readonly plot: BenchmarkPlot;
  /** Ids of series that are switched off. */
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (series: string) => void;
}

/** A plot of a report with its legend, and its values as a table for whoever cannot see it. */
export function reportPlot({ plot, hidden, onToggle }: ReportPlotView): TemplateResult {
  const series = plotSeries(plot);
  const describe = ({ label, points }: PlottedSeries, index: number) => {
    const point = points[index];
    return point
      ? [label, withUnit(plot.x, point.x), withUnit(plot.y, point.y)].join(' · ')
      : label;
  };
  return html`
    <section class="report-part" data-plot=${plot.id}>
      <h3>${plot.title}</h3>
      <div class="legend" role="group" aria-label="Series of ${plot.title}">
        ${series.map(
          ({ id, label, look, published }) =>
            html`<button
              type="button"
              class="legend-item"
              data-series=${id}
              aria-pressed=${!hidden.has(id)}
              title="Show or hide the curve"
              @click=${() => onToggle(id)}
            >
              ${lookMarker(look, published)} ${label}
            </button>`,
        )}
      </div>
      <press-curve
        label=${plot.title}
        .series=${series}
        .hiddenSeries=${hidden}
        .logX=${plot.x.scale === 'log'}
        .logY=${plot.y.scale === 'log'}
        .formatX=${formatTick}
        .formatY=${formatTick}
        .describe=${describe}
        .xTitle=${axisTitle(plot.x)}
        .yTitle=${axisTitle(plot.y)}
      ></press-curve>
      <details>
        <summary>Values of the plot</summary>
        ${valuesTable(plot, series)}
      </details>
    </section>
  `;
}

function withUnit({ title, unit }: BenchmarkPlot['x'], value: number): string {
  return `${title} ${formatNumber(value)}${unit === undefined ? '' : ` ${unit}`}`;
}

function valuesTable(plot: BenchmarkPlot, series: readonly PlottedSeries[]): TemplateResult {
  return html`<div
    class="scroll-box tall"
    role="region"
    tabindex="0"
    aria-label="Values of ${plot.title}"
  >
    <table class="plain figures">
      <thead>
        <tr>
          <th scope="col">Series</th>
          ${[plot.x, plot.y].map((axis) => html`<th scope="col" class="numeric">${axisTitle(axis)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${series.flatMap(({ label, points }) =>
          points.map(
            ({ x, y }) =>
              html`<tr>
                <th scope="row">${label}</th>
                <td class="numeric">${formatNumber(x)}</td>
                <td class="numeric">${formatNumber(y)}</td>
              </tr>`,
          ),
        )}
      </tbody>
    </table>
  </div>`;
}
