import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { filterField } from '../components/filterField';
import type { Column, RowEvent, Sort, SortEvent } from '../components/table';
import { filterRows } from '../components/tableRows';
import { formatNumberOf } from '../format';
import type { PlanRow } from './planRows';
import { isExcluded } from './tensorColumns';

export interface TensorListView {
  readonly rows: readonly PlanRow[];
  readonly columns: readonly Column<PlanRow>[];
  readonly filter: string;
  readonly sort: Sort | undefined;
  readonly selected: string | undefined;
  readonly overrides: number;
  readonly isComputing: boolean;
  readonly disabled: boolean;
  readonly onFilter: (filter: string) => void;
  readonly onSort: (sort: Sort | undefined) => void;
  readonly onSelect: (name: string) => void;
  readonly onToggle: (name: string) => void;
  readonly onActivate: () => void;
  readonly onClearOverrides: () => void;
}

/** Every tensor of the file with what the plan does to it. */
export function tensorList(view: TensorListView): TemplateResult {
  return html`
    <div class="toolbar">
      ${filterField({
        filter: view.filter,
        shown: filterRows(view.rows, view.filter).length,
        total: view.rows.length,
        onFilter: view.onFilter,
      })}
      <span class="spring"></span>
      ${
        view.overrides > 0
          ? html`<vscode-button
              id="clear-overrides"
              appearance="secondary"
              ?disabled=${view.disabled}
              @click=${view.onClearOverrides}
              >Clear ${formatNumberOf(view.overrides, 'Override')}</vscode-button
            >`
          : nothing
      }
    </div>
    <press-table
      id="tensor-table"
      label="Tensors and their plan"
      .columns=${view.columns}
      .rows=${view.rows}
      .filter=${view.filter}
      .sort=${view.sort}
      .selected=${view.selected}
      .emptyText=${
        view.isComputing
          ? 'The tensors appear here as they are read.'
          : 'This file has no tensors to compress.'
      }
      .rowClass=${(row: PlanRow) => (row.skipped !== undefined || isExcluded(row) ? 'dim' : '')}
      @row-select=${(event: RowEvent) => view.onSelect(event.name)}
      @row-toggle=${(event: RowEvent) => view.onToggle(event.name)}
      @row-activate=${view.onActivate}
      @sort-change=${(event: SortEvent) => view.onSort(event.sort)}
    ></press-table>
  `;
}
