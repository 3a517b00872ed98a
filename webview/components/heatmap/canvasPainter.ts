import type { ColorScale } from './colorScale';
import type { Frame } from './frame';
import { paint } from './paint';
import type { PaintedCells } from './paint';
import { sizeCanvas } from './painter';
import type { HeatmapPainter } from './painter';

/** Paints on the processor, where there is no WebGL 2 or its context was lost. */
export class CanvasPainter implements HeatmapPainter {
  readonly kind = 'canvas';
  readonly canvas = document.createElement('canvas');
  // Its pixels come from the processor, so that they had better stay there.
  private readonly context = this.canvas.getContext('2d', { willReadFrequently: true });
  private cells: PaintedCells = { levels: new Uint8Array(0) };
  private colors: ColorScale | undefined;
  private image: ImageData | undefined;

  setCells(cells: PaintedCells): void {
    this.cells = cells;
  }

  setColors(colors: ColorScale): void {
    this.colors = colors;
  }

  draw(frame: Frame): void {
    const { colors, context } = this;
    if (!colors || !context || this.cells.levels.length === 0) {
      return;
    }
    sizeCanvas(this.canvas, frame);
    if (this.image?.width !== frame.width || this.image.height !== frame.height) {
      this.image = context.createImageData(frame.width, frame.height);
    }
    paint(frame, this.cells, colors, new Uint32Array(this.image.data.buffer));
    context.putImageData(this.image, 0, 0);
  }

  finish(): void {
    this.context?.getImageData(0, 0, 1, 1);
  }

  dispose(): void {
    this.canvas.remove();
  }
}
