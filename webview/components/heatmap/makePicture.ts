import { readTheme } from '../../theme';
import { colorScale, luminance, parseColor } from './colorScale';
import type { DroppedLook } from './colorScale';
import type { HeatmapCells } from './frame';
import { levelsOf, valueRange } from './levels';
import type { ValueRange, ValueScale } from './levels';
import type { HeatmapPicture } from './picture';

/** How values are spread over the colours. */
export interface Spread {
  readonly scale: ValueScale;
  /** The value of the last colour, where it is not the largest value. */
  readonly fullScale: number | undefined;
}

/** The picture in the colours that suit an element's own, at first without cells. */
export function coloured(
  picture: HeatmapPicture | undefined,
  element: HTMLElement | undefined,
  dropped: DroppedLook,
): HeatmapPicture {
  const style = element && getComputedStyle(element);
  const background = parseColor(style?.backgroundColor ?? '') ?? [0, 0, 0];
  const foreground = parseColor(style?.color ?? '') ?? [255, 255, 255];
  const isDark = luminance(background) < 0.4;
  const { isHighContrast } = readTheme();
  const {
    cells = { levels: new Uint8Array(0) },
    range = { scale: 'linear', low: 0, high: 0 } as const,
  } = picture ?? {};
  return {
    cells,
    range,
    colors: colorScale({ background, foreground, isDark, isHighContrast }, dropped),
    background,
    foreground,
  };
}

/** The picture of other cells; takes the levels of the one before for its own where they fit. */
export function withCells(
  picture: HeatmapPicture,
  { places, values }: HeatmapCells,
  { fullScale, scale }: Spread,
): HeatmapPicture {
  const range: ValueRange =
    fullScale === undefined
      ? valueRange(values, scale)
      : { scale: 'linear', low: 0, high: fullScale };
  const levels = levelsOf(values, range, picture.cells.levels);
  return { ...picture, range, cells: { levels, ...(places && { places }) } };
}
