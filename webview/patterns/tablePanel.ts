import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Cell } from '../components/heatmap/cellKeys';
import type { Column, RowEvent, Sort, SortEvent } from '../components/table';
import { formatCount } from '../format';
import { MOST_ROWS, blockRows } from './blockRows';
import type { BlockRow, CellWindow, TableExtent } from './blockRows';
import type { OpenMap } from './openMap';

/** How the table is shown, where it is. */
export interface TableState {
  readonly isOpen: boolean;
  readonly extent: TableExtent;
  readonly sort: Sort | undefined;
}

export interface TableView {
  readonly open: OpenMap;
  readonly kept: number;
  readonly inView: CellWindow;
  readonly columns: readonly Column<BlockRow>[];
  readonly cell: Cell | undefined;
  readonly state: TableState;
  readonly onState: (state: TableState) => void;
  readonly onCell: (cell: Cell) => void;
}

const extents: readonly (readonly [TableExtent, string])[] = [
  ['view', 'in sight on the map'],
  ['first', 'first to be kept'],
  ['threshold', 'next to the threshold'],
];

/** The map's data for whoever would rather read it. */
export function tablePanel(view: TableView): TemplateResult {
  const { onState, state } = view;
  return html`<details
    id="table"
    @toggle=${(event: Event) => onState({ ...state, isOpen: (event.target as HTMLDetailsElement).open })}
  >
    <summary>Data as a table</summary>
    ${state.isOpen ? table(view) : nothing}
  </details>`;
}

function table(view: TableView): TemplateResult {
  const { cell, columns, inView, kept, onCell, onState, open, state } = view;
  const { extent, sort } = state;
  const { of, rows } = blockRows(open, kept, extent, inView);
  const noun = open.kind === 'nm' ? 'tiles' : 'blocks';
  return html`
    <div class="toolbar">
      ${
        open.kind === 'nm'
          ? nothing
          : html`<label class="labelled"
              ><span class="muted">Blocks</span>
              <select
                id="table-extent"
                class="choice"
                @change=${(event: Event) =>
                  onState({
                    ...state,
                    extent: (event.target as HTMLSelectElement).value as TableExtent,
                  })}
              >
                ${extents.map(
                  ([value, words]) =>
                    html`<option value=${value} .selected=${value === extent}>${words}</option>`,
                )}
              </select></label
            >`
      }
      <span class="muted" role="status" id="table-count"
        >${
          of > rows.length
            ? `${formatCount(rows.length)} of ${formatCount(of)} ${noun}; the export as CSV has all`
            : `${formatCount(of)} ${noun}`
        }</span
      >
      <span class="muted">Rows and columns count from 0.</span>
    </div>
    <press-table
      id="block-table"
      label="Blocks"
      .columns=${columns}
      .rows=${rows}
      .sort=${sort}
      .selected=${cell ? `${cell.row},${cell.column}` : undefined}
      .emptyText=${`No more than ${MOST_ROWS} blocks are listed.`}
      .rowClass=${rowClass}
      @row-select=${(event: RowEvent) => {
        const [row = 0, column = 0] = event.name.split(',').map(Number);
        onCell({ row, column });
      }}
      @sort-change=${(event: SortEvent) => onState({ ...state, sort: event.sort })}
    ></press-table>
  `;
}

const rowClass = ({ kept }: BlockRow): string => (kept ? '' : 'dim');
