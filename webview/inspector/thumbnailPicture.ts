import type { Thumbnail } from '../../src/protocol/inspector';

/** In tiles; a row of the table has room for about as many pixels. */
export const thumbnailTiles = 24;

/** Edge of the square that a picture fills, in CSS pixels; the row is 26 of them high. */
const edge = 22;
/** A vector is a line that can be seen. */
const thinnest = 4;
/** So that a tensor of small values does not look like one that is missing. */
const faintest = 24;

/** In CSS pixels: the form of the tiles' matrix, as large as the row allows. */
export function pictureSize({ columns, rows }: Pick<Thumbnail, 'columns' | 'rows'>): {
  readonly width: number;
  readonly height: number;
} {
  const scale = edge / Math.max(columns, rows);
  const size = (tiles: number) => Math.max(thinnest, Math.round(scale * tiles));
  return { width: size(columns), height: size(rows) };
}

/** From the faintest to 255, one for each tile. */
export function pictureOpacities({ values }: Pick<Thumbnail, 'values'>): number[] {
  return Array.from(new Uint8Array(values), (value) =>
    Math.round(faintest + ((255 - faintest) * value) / 255),
  );
}
