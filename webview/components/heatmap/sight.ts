import type { Cell } from './cellKeys';
import { cellRectangle, fit, pan, reveal, settle, zoomAt } from './viewport';
import type { Stage, Viewport } from './viewport';

/** A stage, and the part of its grid that is seen on it. */
export interface Sight {
  readonly stage: Stage;
  readonly view: Viewport;
}

/** A point of the stage, in CSS pixels from its upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

type Size = Pick<Stage, 'width' | 'height'>;
type Grid = Pick<Stage, 'rows' | 'columns' | 'aspect'>;

/** Factor of a press of a zoom button or key; a notch of the wheel is about the same. */
export const ZOOM_STEP = 1.5;

/** A stage of another size: the same part of the grid as far as it can be, at first all of it. */
export function resized(sight: Sight | undefined, size: Size, grid: Grid): Sight {
  const stage = { ...grid, width: size.width, height: size.height };
  return { stage, view: sight ? settle(stage, sight.view) : fit(stage) };
}

/** The whole of another grid; the sight itself where it is one of such a grid already. */
export function ofGrid(sight: Sight, grid: Grid): Sight {
  const { stage } = sight;
  const { aspect, columns, rows } = grid;
  return rows === stage.rows && columns === stage.columns && aspect === stage.aspect
    ? sight
    : whole({ ...sight, stage: { ...stage, rows, columns, aspect } });
}

/** The whole grid. */
export function whole({ stage }: Sight): Sight {
  return { stage, view: fit(stage) };
}

/** Zooms by `factor`; what is under the point stays there. */
export function zoomed({ stage, view }: Sight, factor: number, point: Point): Sight {
  return { stage, view: zoomAt(stage, view, factor, point) };
}

/** Moves the picture by CSS pixels. */
export function moved({ stage, view }: Sight, dx: number, dy: number): Sight {
  return { stage, view: pan(stage, view, dx, dy) };
}

/** Moves just as far as it takes to see a cell. */
export function showing({ stage, view }: Sight, { column, row }: Cell): Sight {
  return { stage, view: reveal(stage, view, row, column) };
}

/** Where buttons and keys zoom: at the cell's middle where it is in sight, else at the stage's. */
export function zoomCentre({ stage, view }: Sight, cell: Cell | undefined): Point {
  if (cell) {
    const { left, top, width, height } = cellRectangle(stage, view, cell.row, cell.column);
    const [x, y] = [left + width / 2, top + height / 2];
    if (x >= 0 && y >= 0 && x <= stage.width && y <= stage.height) {
      return { x, y };
    }
  }
  return { x: stage.width / 2, y: stage.height / 2 };
}
