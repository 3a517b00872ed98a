import type { ColorScale } from './colorScale';
import type { Frame } from './frame';
import type { PaintedCells } from './paint';

/** Draws frames of cells on a canvas of its own. */
export interface HeatmapPainter {
  readonly kind: 'webgl2' | 'canvas';
  readonly canvas: HTMLCanvasElement;
  /** Everything but the frame is uploaded once, so that a frame costs no transfer. */
  setCells(cells: PaintedCells, rows: number, columns: number): void;
  setColors(colors: ColorScale): void;
  draw(frame: Frame): void;
  /** Waits until the picture is painted, for whoever measures. */
  finish(): void;
  dispose(): void;
}

/** Gives the canvas the size of a frame, without clearing it in vain. */
export function sizeCanvas(canvas: HTMLCanvasElement, { width, height }: Frame): void {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
}
