import { describe, expect, it } from 'vitest';
import type { BenchmarkTable } from '../../../../src/protocol/benchmarks';
import { compareTables, plainTable } from '../../../../webview/benchmarks/compareTables';

const table = (...rows: BenchmarkTable['rows']): BenchmarkTable => ({
  id: 'times',
  title: 'Times',
  columns: [
    { id: 'method', title: 'Method', kind: 'text' },
    { id: 'rank', title: 'Rank', kind: 'number' },
    { id: 'time', title: 'Time', unit: 'ms', kind: 'number', digits: 2 },
    { id: 'theirs', title: 'Time', unit: 'ms', kind: 'number', published: true },
  ],
  rows,
});

const current = table(['SVD', 4, 6, 9], ['SVD', 8, 8, 9], ['CP', 4, 30, null]);

describe('plainTable', () => {
  it('shows the columns as they are', () => {
    const { columns, rows } = plainTable(current);
    expect(columns.map(({ id, index, role }) => [id, index, role])).toEqual([
      ['method', 0, 'own'],
      ['rank', 1, 'own'],
      ['time', 2, 'own'],
      ['theirs', 3, 'own'],
    ]);
    expect(rows).toEqual(current.rows);
  });
});

describe('compareTables', () => {
  it('puts earlier value and ratio behind what was measured, and only there', () => {
    const { columns, rows } = compareTables(
      current,
      table(['SVD', 4, 12, 1], ['SVD', 8, 4, 1], ['CP', 4, 0, 1]),
    );
    expect(columns.map(({ id, role, unit }) => [id, role, unit])).toEqual([
      ['method', 'own', undefined],
      ['rank', 'own', undefined],
      ['time', 'own', 'ms'],
      ['time', 'earlier', 'ms'],
      ['time', 'ratio', '×'],
      ['theirs', 'own', 'ms'],
    ]);
    expect(columns.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows).toEqual([
      ['SVD', 4, 6, 12, 0.5, 9],
      ['SVD', 8, 8, 4, 2, 9],
      ['CP', 4, 30, 0, null, null],
    ]);
  });

  it('finds a row by its texts, wherever it stands', () => {
    const { rows } = compareTables(current, table(['Tucker', 4, 1, 1], ['CP', 4, 60, 1]));
    expect(rows.map((row) => row[3])).toEqual([null, null, 60]);
  });

  it('finds a row by its place where a text is a result that differs', () => {
    const withText = (...results: readonly (readonly [string, string, number])[]) => ({
      id: 'times',
      title: 'Times',
      columns: [
        { id: 'method', title: 'Method', kind: 'text' as const },
        { id: 'converged', title: 'Converged', kind: 'text' as const },
        { id: 'time', title: 'Time', kind: 'number' as const },
      ],
      rows: results,
    });
    const { rows } = compareTables(
      withText(['CP', 'yes', 1], ['CP', 'yes', 2], ['Tucker', '–', 3]),
      withText(['CP', 'no', 10], ['CP', 'yes', 20], ['Tucker', '–', 30]),
    );
    expect(rows.map((row) => row[3])).toEqual([10, 20, 30]);
  });

  it('finds a column by its id, wherever it stands', () => {
    const earlier: BenchmarkTable = {
      ...table(),
      columns: [
        { id: 'time', title: 'Time', unit: 'ms', kind: 'number' },
        { id: 'method', title: 'Method', kind: 'text' },
      ],
      rows: [[60, 'CP']],
    };
    expect(compareTables(current, earlier).rows[2]).toEqual(['CP', 4, 30, 60, 0.5, null]);
  });

  it('adds nothing where nothing was measured before, or nothing differs', () => {
    expect(compareTables(current, table()).rows).toEqual(current.rows);
    expect(compareTables(current, current).rows).toEqual(current.rows);
  });

  it('leaves the reports as they are', () => {
    const earlier = table(['SVD', 4, 12, 1]);
    const [before, beforeEarlier] = [structuredClone(current), structuredClone(earlier)];
    compareTables(current, earlier);
    expect([current, earlier]).toEqual([before, beforeEarlier]);
  });
});
