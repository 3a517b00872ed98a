/** Lines of a picture, so that what was asked for is still on the screen above it. */
export const mostLines = 32;

/** From nothing kept to everything. Only a whole tile is full, only an empty one is a dot. */
const shades = ['·', '░', '▒', '▓', '█'] as const;

export interface Overview {
  /** Cells that a character stands for. */
  readonly tile: readonly [rows: number, columns: number];
  readonly lines: readonly string[];
}

/**
 * The bits of `mask` (row-major, the first in the highest bit of the first byte) of a grid of cells
 * as characters, at most `width` to a line: one for each cell where they fit, otherwise shades of
 * the share that is set in each tile.
 */
export function overview(
  mask: Uint8Array,
  [rows, columns]: readonly [number, number],
  width: number,
): Overview {
  const tileRows = Math.ceil(rows / mostLines);
  const tileColumns = Math.ceil(columns / Math.max(1, width));
  const lineLength = Math.ceil(columns / tileColumns);
  const lines: string[] = [];
  for (let top = 0; top < rows; top += tileRows) {
    const bottom = Math.min(rows, top + tileRows);
    const set = new Uint32Array(lineLength);
    for (let row = top; row < bottom; row++) {
      for (let column = 0; column < columns; column++) {
        const cell = row * columns + column;
        // Not >>>: there may be more than 2^32 entries.
        set[Math.floor(column / tileColumns)] +=
          (mask[Math.floor(cell / 8)] >> (7 - (cell % 8))) & 1;
      }
    }
    lines.push(
      Array.from(set, (count, i) => {
        const tileWidth = Math.min(tileColumns, columns - i * tileColumns);
        return shadeOf(count / ((bottom - top) * tileWidth));
      }).join(''),
    );
  }
  return { tile: [tileRows, tileColumns], lines };
}

function shadeOf(share: number): string {
  const inner = shades.length - 2;
  if (share === 0 || share === 1) {
    return share === 0 ? shades[0] : shades[shades.length - 1];
  }
  return shades[1 + Math.min(inner - 1, Math.floor(share * inner))];
}
