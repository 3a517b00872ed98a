import type { ColorScale, Rgb } from './colorScale';
import type { ValueRange } from './levels';
import type { PaintedCells } from './paint';

/** A picture as it can be drawn again elsewhere. */
export interface HeatmapPicture {
  readonly cells: PaintedCells;
  readonly colors: ColorScale;
  readonly range: ValueRange;
  readonly background: Rgb;
  readonly foreground: Rgb;
}
