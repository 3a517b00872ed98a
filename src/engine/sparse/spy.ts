import type { SpyPicture } from '../../protocol/sparse';
import { unattended, type Job } from '../job';
import type { SparseTensor } from './sparseTensor';

export interface SpyOptions {
  /** Which modes are rows and columns; the two longest in their order. A vector is one row. */
  readonly modes?: readonly [row: number, column: number];
  /** Cells a side, at most. */
  readonly cells: number;
  /**
   * For each mode of the tensor the position of each of its indices, all different; undefined for
   * their own. Positions that no index has leave no gap.
   */
  readonly positions?: readonly (Uint32Array | undefined)[];
}

/** Nonzeros counted between two looks at the stop sign. */
const stride = 2 ** 20;

/**
 * How many nonzeros lie in each cell of a grid over two modes, summed over the others. Counts are
 * exact up to 2^24.
 */
export function spyPicture(
  X: Pick<SparseTensor, 'dims' | 'indices' | 'values'>,
  { modes = longestModes(X.dims), cells, positions = [] }: SpyOptions,
  job: Job = unattended,
): SpyPicture {
  const [row, column] = modes;
  // The one mode of a vector is its columns, all of them in one row.
  const isVector = row === column;
  const rows = isVector ? { tile: X.dims[row], count: 1 } : gridOf(X.dims[row], cells);
  const columns = gridOf(X.dims[column], cells);
  const rowOf = isVector ? undefined : cellsOf(X.dims[row], rows.tile, positions[row]);
  const columnOf = cellsOf(X.dims[column], columns.tile, positions[column]);
  const counts = new Float32Array(rows.count * columns.count);
  const [rowKeys, columnKeys] = [X.indices[row], X.indices[column]];
  for (let e = 0; e < columnKeys.length; e++) {
    if (e % stride === 0) {
      job.throwIfCancelled();
    }
    const r = isVector ? 0 : cellOf(rowKeys[e], rows.tile, rowOf);
    counts[r * columns.count + cellOf(columnKeys[e], columns.tile, columnOf)]++;
  }
  return {
    modes,
    rows: rows.count,
    columns: columns.count,
    tile: [rows.tile, columns.tile],
    counts: counts.buffer,
  };
}

/** The two longest modes, the first of equal ones, in the order they have; of a vector its own twice. */
export function longestModes(dims: readonly number[]): readonly [number, number] {
  if (dims.length === 1) {
    return [0, 0];
  }
  const [first, second] = dims.map((_, mode) => mode).sort((a, b) => dims[b] - dims[a] || a - b);
  return first < second ? [first, second] : [second, first];
}

function gridOf(size: number, cells: number): { readonly tile: number; readonly count: number } {
  const tile = Math.ceil(size / cells);
  return { tile, count: Math.ceil(size / tile) };
}

function cellOf(index: number, tile: number, cells: Uint32Array | undefined): number {
  return cells ? cells[index] : Math.floor(index / tile);
}

/** The cell of each index of a mode in a given order; undefined for the order of the indices. */
function cellsOf(
  size: number,
  tile: number,
  positions: Uint32Array | undefined,
): Uint32Array | undefined {
  return positions && ranksOf(positions, size).map((rank) => Math.floor(rank / tile));
}

/** 0 to `size` - 1 for the first `size` of some different positions, by their order. */
export function ranksOf(positions: Uint32Array, size: number): Uint32Array {
  let end = 0;
  for (let i = 0; i < size; i++) {
    end = Math.max(end, positions[i] + 1);
  }
  const rankAt = new Uint32Array(end);
  for (let i = 0; i < size; i++) {
    rankAt[positions[i]] = 1;
  }
  let rank = 0;
  for (let position = 0; position < end; position++) {
    rank += rankAt[position];
    rankAt[position] = rank;
  }
  return Uint32Array.from({ length: size }, (_, i) => rankAt[positions[i]] - 1);
}
