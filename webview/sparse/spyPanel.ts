import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { SparseInfo, SpyPicture } from '../../src/protocol/sparse';
import type { Cell } from '../components/heatmap/cellKeys';
import type { HeatmapCells } from '../components/heatmap/frame';
import type { CellEvent } from '../components/heatmap/heatmapEvents';
import { aspectOf } from '../components/heatmap/viewport';
import { formatTick } from '../format';
import { spyFacts, spreadWords } from './spyData';
import type { Spread } from './spyData';
import { modeName } from './words';

/** A picture with what is computed of it. */
export interface SpyShown {
  readonly picture: SpyPicture;
  readonly cells: HeatmapCells;
  readonly spread: Spread;
}

export interface SpyView {
  readonly info: SparseInfo;
  readonly before: SpyShown;
  readonly after: SpyShown | undefined;
  /** Whose order it is, e.g. `NeuKron, hidden units 30`. */
  readonly afterTitle: string;
  readonly isChanging: boolean;
  readonly cells: { readonly before?: Cell | undefined; readonly after?: Cell | undefined };
  readonly onCell: (which: 'before' | 'after', cell: Cell | undefined) => void;
}

/** Where the nonzeros are, in the order of the file and in that of a method. */
export function spyPanel(view: SpyView): TemplateResult {
  const { after, afterTitle, before, info, isChanging } = view;
  return html`<section id="spy" class="report-part" aria-label="Nonzeros">
    <h2>Where the nonzeros are</h2>
    ${
      info.dims.length > 2
        ? html`<p class="muted">
            ${capital(modeName(before.picture.modes[0], info.dims.length))} downwards,
            ${modeName(before.picture.modes[1], info.dims.length)} to the right, summed over the
            others.
          </p>`
        : nothing
    }
    <div class=${after ? 'pair' : ''}>
      <div>
        <h3>In the order of the file</h3>
        ${heatmap(view, 'before', before)}
        <p class="muted" id="spy-words">${spreadWords(before.spread)}</p>
      </div>
      ${
        after
          ? html`<div aria-busy=${isChanging}>
              <h3>As ordered by ${afterTitle}</h3>
              ${heatmap(view, 'after', after)}
              <p class="muted" id="spy-after-words">${spreadWords(after.spread)}</p>
            </div>`
          : nothing
      }
    </div>
  </section>`;
}

function heatmap(
  { cells, info, onCell }: SpyView,
  which: 'before' | 'after',
  { cells: shown, picture }: SpyShown,
): TemplateResult {
  const isReordered = which === 'after';
  const aspect = aspectOf(picture.rows * picture.tile[0], picture.columns * picture.tile[1]);
  return html`<press-heatmap
    id="spy-${which}"
    class="spy"
    label="Nonzeros ${isReordered ? 'as reordered' : 'in the order of the file'}, ${picture.rows} rows and ${picture.columns} columns of cells"
    noun="cell"
    scale="log"
    dropped="hide"
    .droppedWord=${'empty'}
    .cells=${shown}
    .kept=${1}
    .aspect=${aspect}
    .valueTitle=${'Nonzeros in a cell'}
    .formatValue=${formatTick}
    .describe=${(cell: Cell) => spyFacts(picture, cell, info.dims, isReordered)}
    .selected=${cells[which]}
    @cell-select=${(event: CellEvent) => onCell(which, event.cell)}
  ></press-heatmap>`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
