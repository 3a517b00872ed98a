import { describe, expect, it } from 'vitest';
import {
  aspectOf,
  cellAt,
  cellRectangle,
  cellSize,
  cellsInView,
  fit,
  largestZoom,
  pan,
  reveal,
  zoomAt,
} from '../../../../../webview/components/heatmap/viewport';
import type { Stage } from '../../../../../webview/components/heatmap/viewport';

const square: Stage = { width: 600, height: 400, rows: 40, columns: 40, aspect: 1 };
const tall: Stage = { width: 600, height: 400, rows: 1_000_000, columns: 1, aspect: 1 / 3 };

describe('a view of a grid', () => {
  it('shows all cells in the middle of the stage at first', () => {
    const view = fit(square);
    expect(cellSize(square, 1)).toEqual({ x: 10, y: 10 });
    expect(cellRectangle(square, view, 0, 0)).toEqual({ left: 100, top: 0, width: 10, height: 10 });
    expect(cellsInView(square, view)).toEqual({ rows: [0, 40], columns: [0, 40] });
  });

  it('finds the cell at a point, and none beside the grid', () => {
    const view = fit(square);
    expect(cellAt(square, view, { x: 100, y: 0 })).toEqual({ row: 0, column: 0 });
    expect(cellAt(square, view, { x: 499.9, y: 399.9 })).toEqual({ row: 39, column: 39 });
    expect(cellAt(square, view, { x: 99, y: 10 })).toBeUndefined();
    expect(cellAt(square, view, { x: 501, y: 10 })).toBeUndefined();
  });

  it('keeps the cell under the mouse while it zooms', () => {
    const point = { x: 300, y: 120 };
    let view = fit(square);
    view = zoomAt(square, view, 2, point);
    const before = cellAt(square, view, point);
    view = zoomAt(square, view, 1.7, point);
    expect(cellAt(square, view, point)).toEqual(before);
    expect(before).toEqual({ row: 12, column: 20 });
  });

  it('never zooms out beyond the whole grid, nor in beyond the largest cell', () => {
    expect(zoomAt(square, fit(square), 0.01, { x: 0, y: 0 })).toEqual(fit(square));
    const near = zoomAt(square, fit(square), 1e9, { x: 0, y: 0 });
    expect(near.zoom).toBe(largestZoom(square));
    expect(cellSize(square, near.zoom)).toEqual({ x: 56, y: 56 });
  });

  it('moves no further than the edge of the grid', () => {
    const near = zoomAt(square, fit(square), 4, { x: 300, y: 200 });
    const corner = pan(square, near, 1e6, 1e6);
    expect(cellRectangle(square, corner, 0, 0)).toMatchObject({ left: 0, top: 0 });
    const end = pan(square, near, -1e6, -1e6);
    const last = cellRectangle(square, end, 39, 39);
    expect(last.left + last.width).toBeCloseTo(600, 9);
    expect(last.top + last.height).toBeCloseTo(400, 9);
  });

  it('reaches every cell of a grid with a million rows and one column', () => {
    const near = zoomAt(tall, fit(tall), 1e12, { x: 300, y: 399.99 });
    expect(cellSize(tall, near.zoom).y).toBeCloseTo(56, 9);
    const view = reveal(tall, near, 999_999, 0);
    const { rows } = cellsInView(tall, view);
    expect(rows[1]).toBe(1_000_000);
    expect(cellAt(tall, view, { x: 300, y: 399 })).toEqual({ row: 999_999, column: 0 });
  });

  it('moves just as far as it takes to see a cell', () => {
    const near = zoomAt(square, fit(square), 4, { x: 0, y: 0 });
    expect(reveal(square, near, near.y + 1, near.x + 1)).toEqual(near);
    const moved = reveal(square, near, 39, 0);
    const rectangle = cellRectangle(square, moved, 39, 0);
    expect(rectangle.top + rectangle.height).toBeCloseTo(400, 9);
  });

  it('has the shape of the matrix, unless that is a line', () => {
    expect(aspectOf(512, 384)).toBe(0.75);
    expect(aspectOf(10, 7840)).toBe(3);
    expect(aspectOf(4096, 4)).toBe(1 / 3);
  });
});
