/** A cell of a grid, counted from 0. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** What is said of a cell. */
export type CellFacts = readonly (readonly [term: string, value: string])[];

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
}

/**
 * Where a key leads from a cell (from the middle of the picture when there is none yet), or
 * undefined when the key is not for the cursor. Arrows go to the next cell, Home and End along the
 * row (with Ctrl to the corners of the grid), Page Up and Page Down a tenth of the rows.
 */
export function moveCell(
  cell: Cell | undefined,
  { key, ctrlKey }: KeyPress,
  rows: number,
  columns: number,
  start: Cell,
): Cell | undefined {
  const { row, column } = cell ?? start;
  const page = Math.max(1, Math.round(rows / 10));
  const targets: Readonly<Record<string, Cell>> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    Home: ctrlKey ? { row: 0, column: 0 } : { row, column: 0 },
    End: ctrlKey ? { row: rows - 1, column: columns - 1 } : { row, column: columns - 1 },
    PageUp: { row: row - page, column },
    PageDown: { row: row + page, column },
  };
  const target = targets[key];
  if (!target) {
    return undefined;
  }
  // The first arrow only shows where the cursor is.
  const moved = cell || !key.startsWith('Arrow') ? target : start;
  return {
    row: Math.min(rows - 1, Math.max(0, moved.row)),
    column: Math.min(columns - 1, Math.max(0, moved.column)),
  };
}
