import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { LEVELS, hexColor, levelRgb } from './colorScale';
import type { ColorScale } from './colorScale';
import { legendShares, valueAt } from './levels';
import type { ValueRange } from './levels';

const STOPS = 16;

export interface LegendView {
  readonly title: string;
  readonly range: ValueRange;
  readonly colors: ColorScale;
  readonly hasDropped: boolean;
  readonly droppedWord: string;
  readonly isHidden: boolean;
  readonly format: (value: number) => string;
}

/** The colours with their values, and how a dropped cell looks. */
export function legend(view: LegendView): TemplateResult {
  const { title, range, colors, format } = view;
  return html`<div class="heatmap-legend">
    <span class="muted legend-title">${title}</span>
    <span class="heatmap-scale">
      <span
        class="heatmap-gradient"
        aria-hidden="true"
        .style=${`background: ${gradient(colors)}`}
      ></span>
      <span class="heatmap-ticks number">
        ${legendShares.map((share) => html`<span>${format(valueAt(range, share))}</span>`)}
      </span>
    </span>
    ${
      view.hasDropped
        ? html`<span class="heatmap-dropped muted"
            ><span
              class="heatmap-swatch ${view.isHidden ? '' : 'hatched'}"
              aria-hidden="true"
              .style=${`--swatch: ${hexColor(levelRgb(colors, LEVELS + LEVELS / 2))}; --hatch: ${hexColor(colors.hatch)}`}
            ></span>
            ${view.droppedWord}</span
          >`
        : nothing
    }
  </div>`;
}

function gradient(colors: ColorScale): string {
  const stops = Array.from({ length: STOPS + 1 }, (_, stop) =>
    hexColor(levelRgb(colors, (stop / STOPS) * (LEVELS - 1))),
  );
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
