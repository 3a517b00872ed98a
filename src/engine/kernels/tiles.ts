import type { ThreadContext } from './operation';

/** Largest tile of a product that fits the scratch space; see assembly/product.ts. */
export const largestTileRows = 256;
export const largestTileColumns = 512;

/** A matrix in the kernels' memory; strides count elements of `size` bytes (8 or 4). */
export interface Resident {
  readonly address: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly size: number;
}

export interface TiledProduct {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Resident;
  readonly b: Resident;
  /** Address of C, f64, columns contiguous, and its row stride. */
  readonly c: number;
  readonly cRow: number;
  /** C += instead of C =. */
  readonly accumulate: boolean;
  /** Tiles wholly below the diagonal are left out. */
  readonly upperOnly: boolean;
  readonly alpha: number;
  /** Powers of two that bring A and B into the range of f32; with them, arithmetic is f32. */
  readonly single?: { readonly scaleA: number; readonly scaleB: number };
}

interface Tiling {
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
}

/** Tiles small enough to keep several threads busy, from the size alone. */
export function tilingOf({ m, n, upperOnly }: Pick<TiledProduct, 'm' | 'n' | 'upperOnly'>): Tiling {
  const size = upperOnly ? { rows: squareTile(n), columns: squareTile(n) } : rectangularTile(m, n);
  const down = Math.ceil(m / size.rows);
  const across = Math.ceil(n / size.columns);
  return { ...size, count: upperOnly ? (down * (down + 1)) / 2 : down * across };
}

function squareTile(n: number): number {
  return n >= 2048 ? largestTileRows : n >= 256 ? 128 : 64;
}

/** The largest tile of which there are eight; packing costs least in large ones. */
function rectangularTile(m: number, n: number): { rows: number; columns: number } {
  let rows = Math.min(largestTileRows, roundUp(m));
  let columns = Math.min(largestTileColumns, roundUp(n));
  while (Math.ceil(m / rows) * Math.ceil(n / columns) < fewestTiles) {
    if (columns >= rows && columns > smallestTile) {
      columns = roundUp(columns / 2);
    } else if (rows > smallestTile) {
      rows = roundUp(rows / 2);
    } else {
      break;
    }
  }
  return { rows, columns };
}

const smallestTile = 64;
const fewestTiles = 8;

function roundUp(length: number): number {
  return Math.ceil(length / smallestTile) * smallestTile;
}

/** The parameters of {@link productItem} for `product`. */
export function productParameters(product: TiledProduct, tiling: Tiling, first = 0): number[] {
  const { m, n, k, a, b, c, cRow, accumulate, upperOnly, alpha, single } = product;
  const { scaleA, scaleB } = single ?? { scaleA: 1, scaleB: 1 };
  return [
    ...[m, n, k, single ? 1 : 0, alpha, scaleA, scaleB],
    ...[a.address, a.rowStride, a.columnStride, a.size],
    ...[b.address, b.rowStride, b.columnStride, b.size],
    ...[c, cRow, accumulate ? 1 : 0, upperOnly ? 1 : 0],
    ...[tiling.rows, tiling.columns, first],
  ];
}

/** One tile of a product. */
export function productItem(
  { exports, scratch }: ThreadContext,
  p: Float64Array,
  item: number,
): void {
  const [m, n, k, isSingle, alpha, scaleA, scaleB] = p;
  const [a, aRow, aColumn, aSize, b, bRow, bColumn, bSize] = p.subarray(7, 15);
  const [c, cRow, accumulate, upperOnly, tileRows, tileColumns, first] = p.subarray(15, 22);
  const [down, across] = upperOnly
    ? positionInTriangle(first + item)
    : positionInGrid(first + item, Math.ceil(n / tileColumns));
  const i = down * tileRows;
  const j = across * tileColumns;
  const rows = Math.min(tileRows, m - i);
  const columns = Math.min(tileColumns, n - j);
  const fromA = a + i * aRow * aSize;
  const fromB = b + j * bColumn * bSize;
  const to = c + (i * cRow + j) * 8;
  if (isSingle) {
    exports.productTileSingle(
      ...([rows, columns, k] as const),
      ...([scaleA, scaleB, alpha / (scaleA * scaleB)] as const),
      ...([fromA, aRow, aColumn, aSize] as const),
      ...([fromB, bRow, bColumn, bSize] as const),
      ...([to, cRow, accumulate, scratch] as const),
    );
  } else {
    exports.productTileDouble(
      ...([rows, columns, k, alpha] as const),
      ...([fromA, aRow, aColumn, aSize] as const),
      ...([fromB, bRow, bColumn, bSize] as const),
      ...([to, cRow, accumulate, scratch] as const),
    );
  }
}

function positionInGrid(item: number, across: number): [down: number, across: number] {
  return [Math.floor(item / across), item % across];
}

/** Tiles (i, j) with i <= j, column by column of tiles. */
function positionInTriangle(item: number): [down: number, across: number] {
  let column = Math.floor((Math.sqrt(8 * item + 1) - 1) / 2);
  while ((column * (column + 1)) / 2 > item) {
    column--;
  }
  while (((column + 1) * (column + 2)) / 2 <= item) {
    column++;
  }
  return [item - (column * (column + 1)) / 2, column];
}
