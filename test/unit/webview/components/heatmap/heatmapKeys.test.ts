import { describe, expect, it } from 'vitest';
import { keyAction } from '../../../../../webview/components/heatmap/heatmapKeys';
import {
  ofGrid,
  resized,
  whole,
  zoomCentre,
  zoomed,
} from '../../../../../webview/components/heatmap/sight';
import { cellRectangle, cellsInView } from '../../../../../webview/components/heatmap/viewport';

const grid = { rows: 40, columns: 40, aspect: 1 };
const all = resized(undefined, { width: 400, height: 400 }, grid);
const near = zoomed(all, 3, { x: 0, y: 0 });
const press = (key: string, held: 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey' | '' = '') => ({
  key,
  shiftKey: held === 'shiftKey',
  ctrlKey: held === 'ctrlKey',
  altKey: held === 'altKey',
  metaKey: held === 'metaKey',
});

describe('what is in sight', () => {
  it('is everything at first, and stays where it is when the stage grows', () => {
    expect(cellsInView(all.stage, all.view)).toEqual({ rows: [0, 40], columns: [0, 40] });
    const larger = resized(near, { width: 500, height: 500 }, grid);
    expect(larger.view).toEqual(near.view);
    expect(larger.stage).toMatchObject({ width: 500, rows: 40 });
  });

  it('is the whole of another grid, and the same of the same grid', () => {
    expect(ofGrid(near, grid)).toBe(near);
    const other = ofGrid(near, { ...grid, columns: 20 });
    expect(other.stage.columns).toBe(20);
    expect(other.view.zoom).toBe(1);
  });

  it('is zoomed at the chosen cell where that is in sight, else in the middle', () => {
    expect(zoomCentre(all, { row: 0, column: 39 })).toEqual({ x: 395, y: 5 });
    expect(zoomCentre(near, { row: 39, column: 39 })).toEqual({ x: 200, y: 200 });
    expect(zoomCentre(all, undefined)).toEqual({ x: 200, y: 200 });
  });
});

describe('the keys of a heatmap', () => {
  it('zoom with plus, minus and 0', () => {
    const larger = keyAction(press('+'), all, undefined);
    expect(larger).toMatchObject({ kind: 'look', sight: { view: { zoom: 1.5 } } });
    expect(keyAction(press('-'), near, undefined)).toMatchObject({
      sight: { view: { zoom: 2 } },
    });
    expect(keyAction(press('0'), near, undefined)).toEqual({ kind: 'look', sight: whole(near) });
  });

  it('move the picture with Shift and the arrows', () => {
    expect(keyAction(press('ArrowRight', 'shiftKey'), near, undefined)).toEqual({
      kind: 'look',
      // A fifth of the stage, of cells of 30 pixels.
      sight: { stage: near.stage, view: { ...near.view, x: near.view.x + 80 / 30 } },
    });
  });

  it('choose a cell and bring it into sight', () => {
    const action = keyAction(press('End', 'ctrlKey'), near, { row: 0, column: 0 });
    expect(action).toMatchObject({ kind: 'choose', cell: { row: 39, column: 39 } });
    const { stage, view } = action?.sight ?? near;
    const { left, top, width, height } = cellRectangle(stage, view, 39, 39);
    expect(left + width).toBeLessThanOrEqual(400 + 1e-9);
    expect(top + height).toBeLessThanOrEqual(400 + 1e-9);
  });

  it('give the chosen cell up with Escape, and leave Escape alone without one', () => {
    expect(keyAction(press('Escape'), near, { row: 1, column: 1 })).toEqual({
      kind: 'choose',
      sight: near,
      cell: undefined,
    });
    expect(keyAction(press('Escape'), near, undefined)).toBeUndefined();
  });

  it('leave to the page what is not for the map', () => {
    expect(keyAction(press('a'), near, undefined)).toBeUndefined();
    expect(keyAction(press('ArrowUp', 'altKey'), near, undefined)).toBeUndefined();
    // The browser magnifies with it.
    expect(keyAction(press('+', 'ctrlKey'), near, undefined)).toBeUndefined();
  });
});
