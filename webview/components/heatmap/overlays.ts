import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { Cell, CellFacts } from './cellKeys';
import type { Hover } from './heatmapPointer';
import type { Sight } from './sight';
import { cellRectangle } from './viewport';

/** The smallest frame of the cursor; a cell may be smaller than a pixel. */
const CURSOR_SIDE = 7;
/** From the pointer to the tooltip. */
const TOOLTIP_AWAY = 12;

/** The frame around the chosen cell, as far as it lies on the stage. */
export function cursorFrame({ stage, view }: Sight, { column, row }: Cell): TemplateResult {
  const { left, top, width, height } = cellRectangle(stage, view, row, column);
  const [w, h] = [Math.max(width, CURSOR_SIDE), Math.max(height, CURSOR_SIDE)];
  return html`<div class="heatmap-clip">
    <div
      class="heatmap-cursor"
      .style=${`left: ${left + width / 2 - w / 2}px; top: ${top + height / 2 - h / 2}px; width: ${w}px; height: ${h}px`}
    ></div>
  </div>`;
}

/** What is known of the cell under the pointer, on the side where there is more room. */
export function tooltip(
  { stage }: Sight,
  { x, y }: Omit<Hover, 'cell'>,
  facts: CellFacts,
): TemplateResult {
  const across =
    x > stage.width / 2
      ? `right: ${stage.width - x + TOOLTIP_AWAY}px`
      : `left: ${x + TOOLTIP_AWAY}px`;
  const along =
    y > stage.height / 2
      ? `bottom: ${stage.height - y + TOOLTIP_AWAY}px`
      : `top: ${y + TOOLTIP_AWAY}px`;
  return html`<dl class="heatmap-tooltip" aria-hidden="true" .style=${`${across}; ${along}`}>
    ${facts.map(
      ([term, value]) =>
        html`<dt>${term}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** The same for a screen reader. */
export function sentence(facts: CellFacts): string {
  return `${facts.map(([term, value]) => `${term} ${value}`).join('; ')}.`;
}
