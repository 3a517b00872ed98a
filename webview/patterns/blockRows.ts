import type { TableRow } from '../components/tableRows';
import { coveredEntries } from './blockFacts';
import type { OpenMap } from './openMap';

/** Which cells the table lists: those in sight, the first that are kept, those near the limit. */
export type TableExtent = 'view' | 'first' | 'threshold';

export interface BlockRow extends TableRow {
  readonly row: number;
  readonly column: number;
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
  readonly score: number;
  /** Place in the order, from 0; of N:M the share that is lost. */
  readonly place: number;
  readonly kept: boolean;
}

export interface CellWindow {
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

/** Enough to read, and few enough to list anew at every step of a slider. */
export const MOST_ROWS = 2000;

/** The cells of the table, at most {@link MOST_ROWS}, and how many there would be. */
export function blockRows(
  open: OpenMap,
  kept: number,
  extent: TableExtent,
  inView: CellWindow,
): { readonly rows: readonly BlockRow[]; readonly of: number } {
  if (extent === 'view' || open.kind === 'nm') {
    const [top, bottom] = inView.rows;
    const [left, right] = inView.columns;
    const width = Math.max(0, right - left);
    const of = Math.max(0, bottom - top) * width;
    const rows = Array.from({ length: Math.min(of, MOST_ROWS) }, (_, index) =>
      blockRow(open, kept, top + Math.floor(index / width), left + (index % width)),
    );
    return { rows, of };
  }
  const start =
    extent === 'first' ? 0 : Math.max(0, Math.min(kept - MOST_ROWS / 2, open.count - MOST_ROWS));
  const columns = open.map.grid[1];
  const length = Math.min(MOST_ROWS, open.count - start);
  const rows = Array.from({ length }, (_, index) => {
    const cell = open.order[start + index] ?? 0;
    return blockRow(open, kept, Math.floor(cell / columns), cell % columns);
  });
  return { rows, of: open.count };
}

function blockRow(open: OpenMap, kept: number, row: number, column: number): BlockRow {
  const cell = row * open.map.grid[1] + column;
  const [rows, columns] = coveredEntries(open, { row, column });
  const place = open.kind === 'block' ? (open.places[cell] ?? 0) : (open.losses[kept]?.[cell] ?? 0);
  return {
    name: `${row},${column}`,
    row,
    column,
    rows,
    columns,
    score: open.scores[cell] ?? 0,
    place,
    kept: open.kind === 'nm' || place < kept,
  };
}
