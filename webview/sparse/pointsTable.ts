import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { methodMarker } from '../components/marker';
import type { Column, RowEvent, Sort, SortEvent } from '../components/table';
import { compareNames, compareNumbers } from '../components/tableRows';
import { formatBytes, formatDuration, formatError } from '../format';
import type { MeasuredPoint } from './plotData';
import { formatMicroseconds } from './words';

interface PointRow extends MeasuredPoint {
  readonly name: string;
}

export interface PointsTableView {
  readonly points: readonly MeasuredPoint[];
  readonly selected: string | undefined;
  readonly sort: Sort | undefined;
  readonly onSort: (sort: Sort | undefined) => void;
  readonly onSelect: (key: string) => void;
}

function numeric(
  id: string,
  title: string,
  of: (row: PointRow) => number,
  format: (value: number) => string,
  more: Partial<Column<PointRow>> = {},
): Column<PointRow> {
  return {
    id,
    title,
    width: 'minmax(5.2rem, 1fr)',
    numeric: true,
    render: (row) => format(of(row)),
    compare: (a, b) => compareNumbers(of(a), of(b)),
    ...more,
  };
}

const columns: readonly Column<PointRow>[] = [
  {
    id: 'method',
    title: 'Method',
    width: 'minmax(6.5rem, 1.6fr)',
    render: ({ method, title }) =>
      html`<span class="clip" title=${title}>${methodMarker(method)} ${title}</span>`,
    compare: (a, b) => compareNames(a.title, b.title),
  },
  {
    id: 'settings',
    title: 'Settings',
    width: 'minmax(6rem, 2fr)',
    render: ({ label }) => html`<span class="clip" title=${label}>${label}</span>`,
    compare: (a, b) => compareNames(a.label, b.label),
  },
  numeric('bytes', 'Bytes', ({ point }) => point.bytes, formatBytes),
  numeric('orders', 'With orders', ({ point }) => point.bytes + point.orderBytes, formatBytes, {
    hideBelow: 560,
    hint: 'With the orders of rows and columns, where the method needs them',
  }),
  numeric('squared', 'Squared err.', ({ point }) => point.squaredError, formatError, {
    hideBelow: 660,
    hint: 'Sum of the squared differences over all entries, zeros included',
  }),
  numeric('relative', 'Rel. error', ({ point }) => point.relativeError, formatError, {
    hint: 'Norm of the difference over norm of the data',
  }),
  numeric('time', 'Time', ({ point }) => point.elapsedMs, formatDuration, { hideBelow: 480 }),
  numeric('entry', 'Per entry', ({ point }) => point.entryMicroseconds, formatMicroseconds, {
    hideBelow: 740,
    hint: 'Mean time to decode one entry',
  }),
];

/** The plot's points for whoever would rather read them. */
export function pointsTable(view: PointsTableView): TemplateResult {
  const rows: readonly PointRow[] = view.points.map((point) => ({ ...point, name: point.key }));
  return html`<section id="table" class="report-part" aria-label="Points as a table">
    <h2>Points as a table</h2>
    <press-table
      id="points-table"
      label="Points"
      .style=${`height: ${Math.min(330, 30 + rows.length * 26)}px`}
      .columns=${columns}
      .rows=${rows}
      .sort=${view.sort}
      .selected=${view.selected}
      .emptyText=${'There are no points yet.'}
      @row-select=${(event: RowEvent) => view.onSelect(event.name)}
      @sort-change=${(event: SortEvent) => view.onSort(event.sort)}
    ></press-table>
  </section>`;
}
