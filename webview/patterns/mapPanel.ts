import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Cell, CellFacts } from '../components/heatmap/cellKeys';
import type { DroppedLook } from '../components/heatmap/colorScale';
import type { HeatmapCells } from '../components/heatmap/frame';
import type { CellEvent, ViewEvent } from '../components/heatmap/heatmapEvents';
import type { ValueScale } from '../components/heatmap/levels';
import { aspectOf } from '../components/heatmap/viewport';
import type { Checkbox } from '../components/controls';
import { formatPercent, formatTick } from '../format';
import type { OpenMap } from './openMap';
import { criterionNames } from './words';

/** What an N:M map shows: what is lost in each tile, or how large it is. */
type NmLook = 'loss' | 'norm';

export type ExportFormat = 'png' | 'svg' | 'csv';

/** How the map is coloured. */
export interface MapLook {
  readonly scale: ValueScale;
  readonly dropped: DroppedLook;
  readonly nmLook: NmLook;
}

export interface MapView {
  readonly open: OpenMap;
  readonly cells: HeatmapCells;
  readonly kept: number;
  readonly look: MapLook;
  readonly cell: Cell | undefined;
  readonly isLoading: boolean;
  readonly describe: (cell: Cell) => CellFacts;
  readonly onLook: (look: MapLook) => void;
  readonly onCell: (cell: Cell | undefined) => void;
  readonly onView: (event: ViewEvent) => void;
  readonly onExport: (format: ExportFormat) => void;
  readonly onCopyMask: () => void;
}

/** The map of blocks, with how it is coloured and where it can be taken. */
export function mapPanel(view: MapView): TemplateResult {
  const { cells, isLoading, kept, look, open } = view;
  const isLoss = showsLoss(open, look);
  return html`
    <section id="map" aria-label="Map of the blocks" aria-busy=${isLoading}>
      <div class="part-head">${looks(view)} ${exports(view)}</div>
      <press-heatmap
        id="heatmap"
        class=${isLoading ? 'outdated' : ''}
        label=${mapLabel(open)}
        .cells=${cells}
        .kept=${open.kind === 'block' ? kept : Infinity}
        .scale=${look.scale}
        .fullScale=${isLoss ? 1 : undefined}
        .dropped=${look.dropped}
        .aspect=${aspectOf(open.map.rows, open.map.columns)}
        .valueTitle=${legendTitle(open, isLoss)}
        .formatValue=${isLoss ? formatPercent : formatTick}
        .describe=${view.describe}
        .selected=${view.cell}
        @cell-select=${(event: CellEvent) => view.onCell(event.cell)}
        @view-change=${view.onView}
      ></press-heatmap>
    </section>
  `;
}

/** Whether the colours say what is lost in each tile, rather than how large the cells are. */
export function showsLoss({ kind }: OpenMap, { nmLook }: MapLook): boolean {
  return kind === 'nm' && nmLook === 'loss';
}

/** Title of the legend. */
export function legendTitle({ kind, map }: OpenMap, isLoss: boolean): string {
  if (isLoss) {
    return 'Share of a tile’s squared norm that is lost';
  }
  return kind === 'nm'
    ? 'Frobenius norm of a tile'
    : `${criterionNames[map.pattern.criterion]} of a block`;
}

function mapLabel({ kind, map }: OpenMap): string {
  const [rows, columns] = map.grid;
  return `${kind === 'nm' ? 'Tiles' : 'Blocks'} of ${map.tensor}, ${rows} rows and ${columns} columns`;
}

function looks({ look, onLook, open }: MapView): TemplateResult {
  const { dropped, nmLook, scale } = look;
  return html`<div class="toolbar">
    ${
      open.kind === 'nm'
        ? html`<label class="labelled"
            ><span class="muted">Colours</span>
            <select
              id="nm-look"
              class="choice"
              @change=${(event: Event) =>
                onLook({
                  ...look,
                  nmLook: (event.target as HTMLSelectElement).value === 'norm' ? 'norm' : 'loss',
                })}
            >
              <option value="loss" .selected=${nmLook === 'loss'}>what is lost</option>
              <option value="norm" .selected=${nmLook === 'norm'}>norm</option>
            </select></label
          >`
        : html`<vscode-checkbox
            id="hide-dropped"
            .checked=${dropped === 'hide'}
            @change=${(event: Event) =>
              onLook({ ...look, dropped: (event.target as Checkbox).checked ? 'hide' : 'dim' })}
            >Hide dropped</vscode-checkbox
          >`
    }
    ${
      showsLoss(open, look)
        ? nothing
        : html`<vscode-checkbox
            id="log-scale"
            .checked=${scale === 'log'}
            @change=${(event: Event) =>
              onLook({ ...look, scale: (event.target as Checkbox).checked ? 'log' : 'linear' })}
            >Log scale</vscode-checkbox
          >`
    }
  </div>`;
}

function exports({ onCopyMask, onExport, open }: MapView): TemplateResult {
  const button = (format: ExportFormat, title: string) =>
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
    ${button('png', 'The map as it is on the screen, with its legend')}
    ${button('svg', 'The whole map, with its legend')}
    ${button('csv', open.kind === 'block' ? 'Every block with its score and place' : 'Every tile')}
    ${
      open.kind === 'block'
        ? html`<button
            type="button"
            class="small-button"
            id="copy-mask"
            title="Puts Python code that builds the mask with NumPy on the clipboard"
            @click=${onCopyMask}
          >
            Copy Mask
          </button>`
        : nothing
    }
  </div>`;
}
