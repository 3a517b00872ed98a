import type { BenchmarkCell, BenchmarkColumn, BenchmarkTable } from '../../src/protocol/benchmarks';
import { ratioOf } from './cells';

/** A column on show: one of the table, or what an earlier report had in it. */
export interface ShownColumn extends BenchmarkColumn {
  readonly role: 'own' | 'earlier' | 'ratio';
  /** Position in the rows of {@link ShownTable}. */
  readonly index: number;
}

export interface ShownTable {
  readonly table: BenchmarkTable;
  readonly columns: readonly ShownColumn[];
  readonly rows: readonly (readonly BenchmarkCell[])[];
}

export function plainTable(table: BenchmarkTable): ShownTable {
  return {
    table,
    columns: table.columns.map((column, index) => ({ ...column, role: 'own', index })),
    rows: table.rows,
  };
}

/**
 * The table with, behind each number that was measured, the number of the earlier report and how
 * many times that the present one is. Columns in which nothing differs (sizes, ranks) stay alone.
 */
export function compareTables(table: BenchmarkTable, earlier: BenchmarkTable): ShownTable {
  const matched = matchRows(table, earlier);
  const measured = table.columns.map((column, index) => {
    const other = earlier.columns.findIndex(({ id }) => id === column.id);
    const differs = table.rows.some((row, at) => {
      const before = matched[at]?.[other];
      return typeof row[index] === 'number' && typeof before === 'number' && before !== row[index];
    });
    const isMeasured = column.kind === 'number' && !column.published && other >= 0 && differs;
    return isMeasured ? other : undefined;
  });

  const columns: ShownColumn[] = [];
  const rows: BenchmarkCell[][] = table.rows.map(() => []);
  const add = (column: Omit<ShownColumn, 'index'>, cell: (at: number) => BenchmarkCell) => {
    columns.push({ ...column, index: columns.length });
    rows.forEach((row, at) => row.push(cell(at)));
  };
  table.columns.forEach((column, index) => {
    const own = (at: number) => table.rows[at]?.[index] ?? null;
    add({ ...column, role: 'own' }, own);
    const other = measured[index];
    if (other !== undefined) {
      const before = (at: number) => matched[at]?.[other] ?? null;
      add({ ...column, role: 'earlier' }, before);
      add({ ...ratioColumn(column), role: 'ratio' }, (at) => ratioOf(own(at), before(at)));
    }
  });
  return { table, columns, rows };
}

function ratioColumn({ id, title }: BenchmarkColumn): BenchmarkColumn {
  return { id, title, unit: '×', kind: 'number', digits: 3 };
}

type Row = BenchmarkTable['rows'][number];

/**
 * For each row of `table` the one of `earlier` that it is to be compared with. The same parts give
 * the same rows in the same order. Otherwise it is the row with the same texts; among several, such
 * as one for each rank, the one at the same place among them.
 */
function matchRows(table: BenchmarkTable, earlier: BenchmarkTable): readonly (Row | undefined)[] {
  const names = table.columns.filter(({ kind }) => kind === 'text').map(({ id }) => id);
  // The first text names the row; later ones may be results, such as whether it converged.
  const firsts = (one: BenchmarkTable) =>
    JSON.stringify(one.rows.map((row) => keyOf(one, row, names.slice(0, 1))));
  if (firsts(table) === firsts(earlier)) {
    return earlier.rows;
  }
  const waiting = new Map<string, Row[]>();
  for (const row of earlier.rows) {
    const key = keyOf(earlier, row, names);
    waiting.set(key, [...(waiting.get(key) ?? []), row]);
  }
  return table.rows.map((row) => waiting.get(keyOf(table, row, names))?.shift());
}

function keyOf({ columns }: BenchmarkTable, row: Row, names: readonly string[]): string {
  return JSON.stringify(
    names.map((name) => row[columns.findIndex(({ id }) => id === name)] ?? null),
  );
}
