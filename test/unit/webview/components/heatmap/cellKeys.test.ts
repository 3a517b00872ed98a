import { describe, expect, it } from 'vitest';
import { moveCell } from '../../../../../webview/components/heatmap/cellKeys';

const start = { row: 10, column: 20 };
const press = (key: string, cell = { row: 5, column: 6 }, ctrlKey = false) =>
  moveCell(cell, { key, ctrlKey }, 100, 50, start);

describe('the cursor of a heatmap', () => {
  it('appears where the picture is with the first arrow', () => {
    expect(moveCell(undefined, { key: 'ArrowRight', ctrlKey: false }, 100, 50, start)).toEqual(
      start,
    );
  });

  it('goes by arrows from cell to cell, and stays in the grid', () => {
    expect(press('ArrowUp')).toEqual({ row: 4, column: 6 });
    expect(press('ArrowRight')).toEqual({ row: 5, column: 7 });
    expect(press('ArrowLeft', { row: 5, column: 0 })).toEqual({ row: 5, column: 0 });
    expect(press('ArrowDown', { row: 99, column: 6 })).toEqual({ row: 99, column: 6 });
  });

  it('goes to the ends of its row, with Ctrl to the corners, and by tenths of the rows', () => {
    expect(press('Home')).toEqual({ row: 5, column: 0 });
    expect(press('End')).toEqual({ row: 5, column: 49 });
    expect(press('End', undefined, true)).toEqual({ row: 99, column: 49 });
    expect(press('PageDown')).toEqual({ row: 15, column: 6 });
    expect(press('PageUp')).toEqual({ row: 0, column: 6 });
  });

  it('leaves other keys alone', () => {
    expect(press('a')).toBeUndefined();
    expect(press('Enter')).toBeUndefined();
  });
});
