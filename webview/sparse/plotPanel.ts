import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SparseMethodOffer } from '../../src/protocol/sparse';
import type { Checkbox } from '../components/controls';
import { lookMarker } from '../components/marker';
import type { PointEvent } from '../components/scatter/scatter';
import type { ScatterMark, ScatterSeries } from '../components/scatter/scatterData';
import type { ScatterAxis } from '../components/scatter/scatterScene';
import type { MeasuredPoint, PlotLook } from './plotData';
import { formatByteTick, formatErrorTick } from './words';

export type PlotFormat = 'svg' | 'png' | 'csv';

export interface PlotView {
  readonly offers: readonly SparseMethodOffer[];
  /** Of all methods. */
  readonly series: readonly ScatterSeries[];
  /** Of those that are shown. */
  readonly shown: readonly ScatterSeries[];
  readonly front: readonly MeasuredPoint[];
  readonly marks: readonly ScatterMark[];
  readonly look: PlotLook;
  /** Whether any method needs orders on top. */
  readonly hasOrders: boolean;
  readonly selected: string | undefined;
  readonly isRunning: boolean;
  readonly onLook: (look: PlotLook) => void;
  readonly onSelect: (key: string) => void;
  readonly onExport: (format: PlotFormat) => void;
}

const axes = {
  bytes: { title: 'Bytes', format: formatByteTick, isBytes: true },
  withOrders: { title: 'Bytes, orders included', format: formatByteTick, isBytes: true },
  relative: { title: 'Relative error', format: formatErrorTick, isBytes: false },
  squared: { title: 'Squared error', format: formatErrorTick, isBytes: false },
} as const satisfies Readonly<Record<string, ScatterAxis>>;

/** Error against bytes of everything that has been tried. */
export function plotPanel(view: PlotView): TemplateResult {
  const { front, isRunning, look, marks, onSelect, selected, series, shown } = view;
  return html`<section id="plot" class="report-part" aria-label="Error against bytes" tabindex="-1">
    <h2>Error against bytes</h2>
    ${
      series.length === 0
        ? html`<p class="empty" id="plot-empty">
            ${
              isRunning
                ? 'Points appear here as they are found.'
                : 'Nothing has been tried yet: tick methods and run them to compare their errors and sizes.'
            }
          </p>`
        : html`<div class="part-head">${looks(view)} ${exports(view)}</div>
            ${legend(view)}
            <press-scatter
              label="Error against bytes, a point for each setting. Arrow keys move, Enter chooses."
              .series=${shown}
              .marks=${marks}
              .front=${shownFront(front)}
              .x=${look.withOrders ? axes.withOrders : axes.bytes}
              .y=${axes[look.measure]}
              .selected=${selected}
              @point-select=${(event: PointEvent) => onSelect(event.key)}
            ></press-scatter>`
    }
  </section>`;
}

const shownFront = (front: readonly MeasuredPoint[]) =>
  front.map(({ bytes, error }) => ({ x: bytes, y: error }));

function looks({ hasOrders, look, onLook }: PlotView): TemplateResult {
  return html`<div class="toolbar">
    <label class="labelled"
      ><span class="muted">Error</span>
      <select
        id="measure"
        class="choice"
        @change=${(event: Event) =>
          onLook({
            ...look,
            measure:
              (event.target as HTMLSelectElement).value === 'squared' ? 'squared' : 'relative',
          })}
      >
        <option value="relative" .selected=${look.measure === 'relative'}>relative</option>
        <option value="squared" .selected=${look.measure === 'squared'}>squared</option>
      </select></label
    >
    <vscode-checkbox
      id="count-orders"
      title="Orders are needed where rows and columns must keep their identity"
      ?disabled=${!hasOrders}
      .checked=${look.withOrders}
      @change=${(event: Event) => {
        const withOrders = (event.target as Checkbox).checked;
        if (withOrders !== look.withOrders) {
          onLook({ ...look, withOrders });
        }
      }}
      >Count orders</vscode-checkbox
    >
  </div>`;
}

function exports({ onExport }: PlotView): TemplateResult {
  const button = (format: PlotFormat, title: string) =>
    html`<button
      type="button"
      class="small-button"
      id="export-${format}"
      title=${title}
      @click=${() => onExport(format)}
    >
      ${format.toUpperCase()}
    </button>`;
  return html`<div class="toolbar" role="group" aria-label="Export">
    <span class="muted">Export</span>
    ${button('svg', 'The plot with its legend')} ${button('png', 'The plot with its legend')}
    ${button('csv', 'Every point with all its figures')}
  </div>`;
}

function legend({ front, look, onLook, series }: PlotView): TemplateResult {
  const toggle = (id: string) => {
    const hidden = new Set(look.hidden);
    if (!hidden.delete(id)) {
      hidden.add(id);
    }
    onLook({ ...look, hidden });
  };
  return html`<div class="legend" role="group" aria-label="Methods of the plot">
    ${series.map(
      ({ id, label, look: { color, marker } }) =>
        html`<button
          type="button"
          class="legend-item"
          data-series=${id}
          aria-pressed=${!look.hidden.has(id)}
          title="Show or hide the method"
          @click=${() => toggle(id)}
        >
          ${lookMarker({ color, marker })} ${label}
        </button>`,
    )}
    ${
      front.length > 1
        ? html`<span class="legend-note"
            ><span class="front-sample" aria-hidden="true"></span>smallest error at a size</span
          >`
        : nothing
    }
  </div>`;
}
