/** A part of a grid of cells on a stage; lengths of the stage are CSS pixels. */
export interface Viewport {
  /** 1 shows the whole grid. */
  readonly zoom: number;
  /** The cell at the left and upper edge of the stage, as a real number. */
  readonly x: number;
  readonly y: number;
}

/** What a viewport is a view of. */
export interface Stage {
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  /** Width of the whole picture over its height. */
  readonly aspect: number;
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Cells are not magnified beyond this many pixels, unless the whole grid at rest is larger. */
const LARGEST_CELL = 56;

/** A picture never gets narrower or flatter than this: its cells are stretched instead. */
const MOST_ASPECT = 3;

/** Width over height of the picture of a matrix. */
export function aspectOf(rows: number, columns: number): number {
  return Math.min(MOST_ASPECT, Math.max(1 / MOST_ASPECT, columns / rows));
}

/** Pixels per cell at a zoom. */
export function cellSize(stage: Stage, zoom: number): { readonly x: number; readonly y: number } {
  const width = Math.min(stage.width, stage.height * stage.aspect);
  const along = (length: number, cells: number) => {
    const rest = length / Math.max(1, cells);
    return Math.min(rest * zoom, Math.max(rest, LARGEST_CELL));
  };
  return { x: along(width, stage.columns), y: along(width / stage.aspect, stage.rows) };
}

/** The zoom beyond which nothing grows any more. */
export function largestZoom(stage: Stage): number {
  const rest = cellSize(stage, 1);
  return Math.max(1, LARGEST_CELL / rest.x, LARGEST_CELL / rest.y);
}

/** The whole grid, in the middle of the stage. */
export function fit(stage: Stage): Viewport {
  return settle(stage, { zoom: 1, x: 0, y: 0 });
}

/** Zooms by `factor`; the cell under the point of the stage stays there. */
export function zoomAt(
  stage: Stage,
  view: Viewport,
  factor: number,
  point: { readonly x: number; readonly y: number },
): Viewport {
  const zoom = Math.min(largestZoom(stage), Math.max(1, view.zoom * factor));
  const [before, after] = [cellSize(stage, view.zoom), cellSize(stage, zoom)];
  return settle(stage, {
    zoom,
    x: view.x + point.x / before.x - point.x / after.x,
    y: view.y + point.y / before.y - point.y / after.y,
  });
}

/** Moves the picture by pixels of the stage. */
export function pan(stage: Stage, view: Viewport, dx: number, dy: number): Viewport {
  const size = cellSize(stage, view.zoom);
  return settle(stage, { zoom: view.zoom, x: view.x - dx / size.x, y: view.y - dy / size.y });
}

/** Moves just as far as it takes to see a cell. */
export function reveal(stage: Stage, view: Viewport, row: number, column: number): Viewport {
  const size = cellSize(stage, view.zoom);
  const along = (from: number, cell: number, shown: number) =>
    cell < from ? cell : cell + 1 > from + shown ? cell + 1 - shown : from;
  return settle(stage, {
    zoom: view.zoom,
    x: along(view.x, column, stage.width / size.x),
    y: along(view.y, row, stage.height / size.y),
  });
}

/** The cell at a point of the stage, or undefined beside the grid. */
export function cellAt(
  stage: Stage,
  view: Viewport,
  point: { readonly x: number; readonly y: number },
): { readonly row: number; readonly column: number } | undefined {
  const size = cellSize(stage, view.zoom);
  const column = Math.floor(view.x + point.x / size.x);
  const row = Math.floor(view.y + point.y / size.y);
  return row >= 0 && row < stage.rows && column >= 0 && column < stage.columns
    ? { row, column }
    : undefined;
}

/** Where cells lie on the stage. */
export function cellRectangle(
  stage: Stage,
  view: Viewport,
  row: number,
  column: number,
): Rectangle {
  const size = cellSize(stage, view.zoom);
  return {
    left: (column - view.x) * size.x,
    top: (row - view.y) * size.y,
    width: size.x,
    height: size.y,
  };
}

/** Rows and columns of cells in sight, ends excluded. */
export function cellsInView(
  stage: Stage,
  view: Viewport,
): { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] } {
  const size = cellSize(stage, view.zoom);
  const span = (from: number, shown: number, cells: number): [number, number] => [
    Math.max(0, Math.floor(from)),
    Math.min(cells, Math.ceil(from + shown - 1e-9)),
  ];
  return {
    rows: span(view.y, stage.height / size.y, stage.rows),
    columns: span(view.x, stage.width / size.x, stage.columns),
  };
}

/**
 * Nothing but cells where there are enough of them; else the cells in the middle, from a whole
 * pixel on, so that their edges are sharp.
 */
export function settle(stage: Stage, view: Viewport): Viewport {
  const size = cellSize(stage, view.zoom);
  const along = (from: number, length: number, cell: number, cells: number) => {
    const room = length - cells * cell;
    return room >= 0
      ? -Math.floor(room / 2) / cell
      : Math.min(cells - length / cell, Math.max(0, from));
  };
  return {
    zoom: view.zoom,
    x: along(view.x, stage.width, size.x, stage.columns),
    y: along(view.y, stage.height, size.y, stage.rows),
  };
}
