import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { PropertyValues, TemplateResult } from 'lit';
import { LightElement } from './lightElement';
import { arrangeRows } from './tableRows';
import type { Column, Sort, TableRow } from './tableRows';

/** Fixed, so that the position of a row is arithmetic; the stylesheet uses the same number. */
const ROW_HEIGHT = 26;
const OVERSCAN = 6;

export class RowEvent extends Event {
  constructor(
    type: 'row-select' | 'row-activate' | 'row-toggle',
    readonly name: string,
  ) {
    super(type);
  }
}

export class SortEvent extends Event {
  constructor(readonly sort: Sort | undefined) {
    super('sort-change');
  }
}

/**
 * A virtualised table of tensors: only the rows in view are in the document, so that 100 000 of
 * them scroll freely. One tab stop for the rows (arrows, Home, End, Page Up, Page Down; Enter
 * activates, Space toggles) and one for the headers (left and right arrows).
 */
export class PressTable<Row extends TableRow = TableRow> extends LightElement {
  static override properties = {
    label: {},
    columns: { attribute: false },
    rows: { attribute: false },
    filter: {},
    sort: { attribute: false },
    selected: {},
    emptyText: { attribute: false },
    rowClass: { attribute: false },
  };

  declare label: string;
  declare columns: readonly Column<Row>[];
  declare rows: readonly Row[];
  declare filter: string;
  declare sort: Sort | undefined;
  declare selected: string | undefined;
  /** Shown when there are no rows at all. */
  declare emptyText: string;
  declare rowClass: ((row: Row) => string) | undefined;

  private arranged: readonly Row[] = [];
  private grid: HTMLElement | undefined;
  private headerIndex = 0;
  private width = 0;
  private height = 400;
  private observer: ResizeObserver | undefined;
  private readonly idPrefix = `table-${Math.random().toString(36).slice(2)}`;

  constructor() {
    super();
    this.label = '';
    this.columns = [];
    this.rows = [];
    this.filter = '';
    this.sort = undefined;
    this.selected = undefined;
    this.emptyText = '';
    this.rowClass = undefined;
  }

  /** Number of rows the filter leaves. */
  get shownCount(): number {
    return this.arranged.length;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (hasAny(changed, ['rows', 'filter', 'sort', 'columns'])) {
      this.arranged = arrangeRows(this.rows, this.columns, this.filter, this.sort);
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    this.grid ??= this.querySelector<HTMLElement>('.table') ?? undefined;
    if (hasAny(changed, ['selected', 'sort', 'filter'])) {
      this.showSelected();
    }
  }

  protected override render(): TemplateResult {
    const columns = this.columns.filter(({ hideBelow = 0 }) => this.width >= hideBelow);
    const template = columns.map(({ width }) => width).join(' ');
    const count = Math.ceil(this.height / ROW_HEIGHT) + 2 * OVERSCAN;
    const wanted = Math.floor(this.scrolled / ROW_HEIGHT) - OVERSCAN;
    const first = Math.max(0, Math.min(wanted, this.arranged.length - count));
    const rows = this.arranged.slice(first, first + count);
    const active = rows.findIndex(({ name }) => name === this.selected);
    return html`
      <div
        class="table"
        role="grid"
        tabindex="0"
        aria-label=${this.label}
        aria-rowcount=${this.arranged.length + 1}
        aria-colcount=${columns.length}
        aria-activedescendant=${active < 0 ? nothing : this.rowId(first + active)}
        .style=${`--columns: ${template}`}
        @scroll=${() => this.requestUpdate()}
        @keydown=${(event: KeyboardEvent) => this.moveByKey(event)}
      >
        <div role="rowgroup" class="table-head">
          <div role="row" aria-rowindex="1" class="table-row">
            ${columns.map((column, index) => this.renderHeader(column, index, columns.length))}
          </div>
        </div>
        <div
          role="rowgroup"
          class="table-body"
          .style=${`height: ${this.arranged.length * ROW_HEIGHT}px`}
        >
          ${repeat(
            rows,
            // Elements stay with their tensor while the window slides over the rows.
            ({ name }) => name,
            (row, index) => this.renderRow(row, first + index, columns),
          )}
        </div>
        ${this.arranged.length === 0 ? this.renderEmpty() : nothing}
      </div>
    `;
  }

  private renderHeader(column: Column<Row>, index: number, count: number): TemplateResult {
    const sorted = this.sort?.column === column.id;
    const direction = this.sort?.descending ? 'descending' : 'ascending';
    const focused = index === Math.min(this.headerIndex, count - 1);
    return html`<div
      role="columnheader"
      class=${column.numeric ? 'cell numeric' : 'cell'}
      aria-colindex=${index + 1}
      aria-sort=${sorted ? direction : column.compare ? 'none' : nothing}
      title=${column.hint ?? nothing}
    >
      ${
        column.compare
          ? html`<button
              type="button"
              class="sort"
              data-column=${column.id}
              tabindex=${focused ? 0 : -1}
              @click=${() => this.sortBy(column, index)}
              @keydown=${(event: KeyboardEvent) => this.moveHeader(event, index)}
            >
              <span>${column.title}</span
              ><span class="arrow" aria-hidden="true"
                >${sorted ? (this.sort?.descending ? '▾' : '▴') : ''}</span
              >
            </button>`
          : html`<span class="sort">${column.title}</span>`
      }
    </div>`;
  }

  private renderRow(row: Row, index: number, columns: readonly Column<Row>[]): TemplateResult {
    const selected = row.name === this.selected;
    return html`<div
      role="row"
      id=${this.rowId(index)}
      class="table-row ${selected ? 'selected' : ''} ${this.rowClass?.(row) ?? ''}"
      aria-rowindex=${index + 2}
      aria-selected=${selected}
      data-tensor=${row.name}
      .style=${`transform: translateY(${index * ROW_HEIGHT}px)`}
      @click=${() => this.select(row.name)}
      @dblclick=${() => this.dispatchEvent(new RowEvent('row-activate', row.name))}
    >
      ${columns.map(
        (column, at) =>
          html`<div
            role="gridcell"
            class=${column.numeric ? 'cell numeric' : 'cell'}
            aria-colindex=${at + 1}
          >
            ${column.render(row)}
          </div>`,
      )}
    </div>`;
  }

  private renderEmpty(): TemplateResult {
    const words =
      this.rows.length === 0
        ? this.emptyText
        : `No tensor's name contains “${this.filter}”. Clear the filter to see all ${this.rows.length}.`;
    return html`<p class="empty breakable">${words}</p>`;
  }

  private rowId(index: number): string {
    return `${this.idPrefix}-${index}`;
  }

  private get scrolled(): number {
    return this.grid?.scrollTop ?? 0;
  }

  private measure(): void {
    const { clientWidth, clientHeight } = this.grid ?? this;
    if (clientWidth !== this.width || clientHeight !== this.height) {
      this.width = clientWidth;
      this.height = clientHeight;
      this.requestUpdate();
    }
  }

  private select(name: string): void {
    if (name !== this.selected) {
      this.selected = name;
      this.dispatchEvent(new RowEvent('row-select', name));
    }
  }

  private sortBy(column: Column<Row>, index: number): void {
    this.headerIndex = index;
    const { sort } = this;
    const first = column.numeric ?? false;
    if (sort?.column !== column.id) {
      this.sort = { column: column.id, descending: first };
    } else {
      this.sort = sort.descending === first ? { column: column.id, descending: !first } : undefined;
    }
    this.dispatchEvent(new SortEvent(this.sort));
  }

  private moveHeader(event: KeyboardEvent, index: number): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const buttons = [...this.querySelectorAll<HTMLButtonElement>('button.sort')];
    const at = buttons.findIndex((button) => button === event.target);
    const next = buttons[at + step];
    if (next) {
      this.headerIndex = index + step;
      next.focus();
      this.requestUpdate();
    }
  }

  private moveByKey(event: KeyboardEvent): void {
    if (event.target !== this.grid || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const current = this.arranged.findIndex(({ name }) => name === this.selected);
    if (event.key === 'Enter' || event.key === ' ') {
      const type = event.key === 'Enter' ? 'row-activate' : 'row-toggle';
      event.preventDefault();
      if (this.selected !== undefined && current >= 0) {
        this.dispatchEvent(new RowEvent(type, this.selected));
      }
      return;
    }
    const last = this.arranged.length - 1;
    const page = Math.max(1, Math.floor(this.height / ROW_HEIGHT) - 2);
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current < 0 ? last : current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined || last < 0) {
      return;
    }
    event.preventDefault();
    const row = this.arranged[Math.min(last, Math.max(0, target))];
    if (row) {
      this.select(row.name);
    }
  }

  /** Scrolls just as far as it takes to see the selected row below the header. */
  private showSelected(): void {
    const index = this.arranged.findIndex(({ name }) => name === this.selected);
    if (index < 0 || !this.grid) {
      return;
    }
    const top = index * ROW_HEIGHT;
    const visible = this.grid.clientHeight - ROW_HEIGHT;
    if (top < this.grid.scrollTop) {
      this.grid.scrollTop = top;
    } else if (top + ROW_HEIGHT > this.grid.scrollTop + visible) {
      this.grid.scrollTop = top + ROW_HEIGHT - visible;
    }
  }
}

function hasAny(changed: ReadonlyMap<PropertyKey, unknown>, names: readonly string[]): boolean {
  return names.some((name) => changed.has(name));
}

export type { Column, Sort, TableRow };
