import { UsageError } from '../../failures';

/** A `rows` x `columns` matrix cut into blocks, numbered row by row. */
export interface BlockGrid {
  /** Of the matrix. */
  readonly rows: number;
  readonly columns: number;
  readonly blockRows: number;
  readonly blockColumns: number;
  readonly gridRows: number;
  readonly gridColumns: number;
  /** Number of blocks. */
  readonly count: number;
  /** Rows and columns of zeros that are added so that the blocks fit. */
  readonly padding: readonly [rows: number, columns: number];
}

/**
 * The grid of `block` = [rows, columns] on a matrix; where the block does not divide it, the last
 * row and column of blocks reach beyond the edge.
 * @throws UsageError for a block that is not of whole numbers between 1 and the matrix's sizes.
 */
export function blockGrid(
  rows: number,
  columns: number,
  block: readonly [number, number],
): BlockGrid {
  const [blockRows, blockColumns] = block;
  if (!isSize(blockRows, rows) || !isSize(blockColumns, columns)) {
    throw new UsageError(
      `Blocks of ${blockRows} x ${blockColumns} do not fit a ${rows} x ${columns} matrix; give two whole numbers from 1 to the matrix's own size.`,
      { value: `${blockRows}x${blockColumns}`, limit: `${rows}x${columns}` },
    );
  }
  const gridRows = Math.ceil(rows / blockRows);
  const gridColumns = Math.ceil(columns / blockColumns);
  return {
    rows,
    columns,
    blockRows,
    blockColumns,
    gridRows,
    gridColumns,
    count: gridRows * gridColumns,
    padding: [gridRows * blockRows - rows, gridColumns * blockColumns - columns],
  };
}

/** Entries of a block, padding included. */
export function blockElements({ blockRows, blockColumns }: BlockGrid): number {
  return blockRows * blockColumns;
}

function isSize(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= limit;
}
