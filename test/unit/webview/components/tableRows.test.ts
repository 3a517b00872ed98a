import { describe, expect, it } from 'vitest';
import {
  arrangeRows,
  compareNames,
  compareNumbers,
  compareShapes,
  filterRows,
} from '../../../../webview/components/tableRows';
import type { Column } from '../../../../webview/components/tableRows';

interface Row {
  readonly name: string;
  readonly bytes: number | undefined;
}

const rows: readonly Row[] = [
  { name: 'layer10.Weight', bytes: 4 },
  { name: 'layer2.weight', bytes: 4 },
  { name: 'layer2.bias', bytes: 1 },
  { name: 'head', bytes: undefined },
];
const columns: readonly Column<Row>[] = [
  {
    id: 'name',
    title: 'Name',
    width: '1fr',
    render: ({ name }) => name,
    compare: (a, b) => compareNames(a.name, b.name),
  },
  {
    id: 'bytes',
    title: 'Size',
    width: '1fr',
    render: ({ bytes }) => bytes,
    compare: (a, b) => compareNumbers(a.bytes, b.bytes),
  },
];
const names = (shown: readonly Row[]) => shown.map(({ name }) => name);

describe('filterRows', () => {
  it('keeps names that contain every word, whatever the case', () => {
    expect(names(filterRows(rows, ' WEIGHT  layer ')).length).toBe(2);
    expect(names(filterRows(rows, '2. bias'))).toEqual(['layer2.bias']);
  });

  it('takes brackets and stars as they are', () => {
    expect(filterRows(rows, '.*')).toEqual([]);
  });
});

describe('arrangeRows', () => {
  it('keeps the order of the file when unsorted', () => {
    expect(arrangeRows(rows, columns, '', undefined)).toBe(rows);
  });

  it('sorts numbers in names by their value', () => {
    const shown = arrangeRows(rows, columns, 'weight', { column: 'name', descending: false });
    expect(names(shown)).toEqual(['layer2.weight', 'layer10.Weight']);
  });

  it('keeps the order of the file among equals, in both directions', () => {
    for (const descending of [false, true]) {
      const shown = arrangeRows(rows, columns, 'weight', { column: 'bytes', descending });
      expect(names(shown)).toEqual(['layer10.Weight', 'layer2.weight']);
    }
  });

  it('puts what is unknown last when ascending', () => {
    const shown = arrangeRows(rows, columns, '', { column: 'bytes', descending: false });
    expect(names(shown).at(-1)).toBe('head');
  });

  it('leaves the rows it was given alone', () => {
    const before = [...rows];
    arrangeRows(rows, columns, '', { column: 'name', descending: true });
    expect(rows).toEqual(before);
  });
});

describe('compareShapes', () => {
  it('compares the number of dimensions first, then the sizes', () => {
    const shapes = [[64, 3, 7, 7], [10], [64, 3, 3, 3], [], [9, 9]];
    expect(shapes.sort(compareShapes)).toEqual([[], [10], [9, 9], [64, 3, 3, 3], [64, 3, 7, 7]]);
  });
});
