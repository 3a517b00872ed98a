import type { ThreadContext } from './operation';

/** X is packed into panels of so many columns; see assembly/blockSparse.ts. */
export const panelColumns = 8;
/** Bytes of one row of X in a panel. */
export const panelStepBytes = panelColumns * 4;
/** Rows of W that are packed, and computed, together. */
export const groupRows = 4;

/** Addresses and sizes of a block-sparse product in the kernels' memory. */
export interface ResidentBlocks {
  readonly m: number;
  readonly gridRows: number;
  readonly blockRows: number;
  readonly runStarts: number;
  readonly runs: number;
  readonly valueStarts: number;
  readonly values: number;
}

export interface SparseTiling {
  readonly blockRows: number;
  readonly columns: number;
  readonly count: number;
}

/** Packed values of an item, which are read again for every panel: a quarter of a 1 MB cache. */
const valueBytesPerItem = 2 ** 18;
const fewestItems = 16;

/** Items that keep several threads busy; results do not depend on it. */
export function sparseTilingOf(
  gridRows: number,
  valueBytes: number,
  columns: number,
): SparseTiling {
  const down = Math.min(gridRows, Math.max(1, Math.ceil(valueBytes / valueBytesPerItem)));
  const blockRows = Math.ceil(gridRows / down);
  const rowItems = Math.ceil(gridRows / blockRows);
  const panels = Math.ceil(columns / panelColumns);
  const across = Math.min(panels, Math.ceil(fewestItems / rowItems));
  const perItem = Math.ceil(panels / across);
  return {
    blockRows,
    columns: perItem * panelColumns,
    count: rowItems * Math.ceil(panels / perItem),
  };
}

/** [x, row bytes, steps, columns, panels, columns of an item]: X (steps x columns) into panels. */
export function packPanelsItem({ exports }: ThreadContext, p: Float64Array, item: number): void {
  const [x, rowBytes, steps, columns, panels, perItem] = p;
  const from = item * perItem;
  const count = Math.min(perItem, columns - from);
  exports.packPanels(x + from * 4, rowBytes, steps, count, panels + from * steps * 4);
}

/** The parameters of {@link blockSparseItem}: Y = W X from packed X, of `columns` columns. */
export function blockSparseParameters(
  w: ResidentBlocks,
  x: { readonly panels: number; readonly steps: number; readonly columns: number },
  y: { readonly address: number; readonly rowBytes: number },
  tiling: SparseTiling,
  first: number,
): number[] {
  return [
    ...[w.m, w.gridRows, w.blockRows, w.runStarts, w.runs, w.valueStarts, w.values],
    ...[x.panels, x.steps, x.columns, y.address, y.rowBytes],
    ...[tiling.blockRows, tiling.columns, first],
  ];
}

/** Some rows of blocks for some columns of Y. */
export function blockSparseItem(
  { exports, scratch }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [m, gridRows, blockRows, runStarts, runs, valueStarts, values] = p;
  const [panels, steps, columns, y, rowBytes, rowsPerItem, columnsPerItem, first] = p.subarray(7);
  const across = Math.ceil(columns / columnsPerItem);
  const row = Math.floor((first + item) / across) * rowsPerItem;
  const column = ((first + item) % across) * columnsPerItem;
  const count = Math.min(columnsPerItem, columns - column);
  exports.blockSparseRows(
    ...([row, Math.min(gridRows, row + rowsPerItem), m, blockRows] as const),
    ...([runStarts, runs, valueStarts, values] as const),
    ...([panels + column * steps * 4, steps * panelStepBytes, count] as const),
    ...([y + column * 4, rowBytes, scratch] as const),
  );
}
