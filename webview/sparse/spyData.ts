import type { SpyPicture } from '../../src/protocol/sparse';
import type { Cell, CellFacts } from '../components/heatmap/cellKeys';
import type { HeatmapCells } from '../components/heatmap/frame';
import { formatCount, formatPercent } from '../format';
import { modeName } from './words';

/** The picture as cells of a heatmap, of which those with nonzeros come first of two places. */
export function spyCells({ columns, counts, rows }: SpyPicture): HeatmapCells {
  const values = new Float32Array(counts);
  const places = Uint32Array.from(values, (count) => (count > 0 ? 0 : 1));
  return { rows, columns, values, places };
}

/** How unevenly nonzeros are spread over a picture. */
export interface Spread {
  readonly cells: number;
  readonly empty: number;
  /** Share of the nonzeros in the fullest tenth of the cells. */
  readonly inFullestTenth: number;
}

export function spreadOf({ counts }: SpyPicture): Spread {
  const values = new Float32Array(counts).slice().sort();
  const sum = (part: Float32Array) => part.reduce((total, count) => total + count, 0);
  const tenth = Math.max(1, Math.round(values.length / 10));
  const all = sum(values);
  return {
    cells: values.length,
    empty: values.findIndex((count) => count > 0) < 0 ? values.length : values.findIndex((count) => count > 0), // prettier-ignore
    inFullestTenth: all > 0 ? sum(values.subarray(values.length - tenth)) / all : 0,
  };
}

/** What the picture shows, for whoever does not see it. */
export function spreadWords({ cells, empty, inFullestTenth }: Spread): string {
  return `${formatPercent(empty / cells)} of the cells are empty; the fullest tenth of them holds ${formatPercent(inFullestTenth)} of the nonzeros.`;
}

/**
 * What is known of a cell. @param dims sizes of the tensor, or undefined where the picture is of
 * positions, which may be more than there are indices.
 */
export function spyFacts(
  { columns, counts, modes, tile }: SpyPicture,
  { column, row }: Cell,
  dims: readonly number[],
  isReordered: boolean,
): CellFacts {
  const along = (cell: number, size: number, mode: number): string => {
    const first = cell * size;
    const most = isReordered ? Infinity : (dims[mode] ?? Infinity) - 1;
    const last = Math.min(first + size - 1, most);
    return first >= last ? formatCount(first) : `${formatCount(first)}–${formatCount(last)}`;
  };
  const count = new Float32Array(counts)[row * columns + column] ?? 0;
  const name = (mode: number) =>
    `${isReordered ? 'positions of ' : ''}${modeName(mode, dims.length)}s`.replace(/(\d)s$/, '$1');
  return [
    [name(modes[0]), along(row, tile[0], modes[0])],
    [name(modes[1]), along(column, tile[1], modes[1])],
    ['nonzeros', formatCount(count)],
  ];
}
