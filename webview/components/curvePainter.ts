import uPlot from 'uplot';
import type { Theme } from '../theme';
import type { CurveMark, CurvePoint } from './curveData';
import { markerPaths } from './marker';
import type { SeriesLook } from './marker';

export interface RingLook {
  readonly color: string;
  readonly radius: number;
  readonly width: number;
}

const MARKER_RADIUS = 3.6;
const OUTLINE = 1.4;
const LABEL_SIZE = 11;

/** Draws over a plot what uPlot itself does not; sizes are in CSS pixels. */
export class CurvePainter {
  private readonly ctx: CanvasRenderingContext2D;
  /** Canvas pixels in a CSS pixel. */
  private readonly scale = uPlot.pxRatio;

  constructor(
    private readonly plot: uPlot,
    private readonly theme: Theme,
    private readonly isLog: boolean,
  ) {
    this.ctx = plot.ctx;
  }

  /** @param hollow draws outlines only. */
  markers(points: readonly CurvePoint[], { marker, color }: SeriesLook, hollow = false): void {
    const path = new Path2D(markerPaths[marker]);
    const size = MARKER_RADIUS * this.scale;
    for (const point of points.filter((one) => this.isShown(one))) {
      this.paint(() => {
        this.ctx.translate(this.xOf(point.x), this.yOf(point.y));
        this.ctx.scale(size, size);
        this.ctx.fillStyle = hollow ? this.theme.background : this.theme.color(color);
        this.ctx.fill(path);
        if (hollow) {
          this.ctx.strokeStyle = this.theme.color(color);
          this.ctx.lineWidth = OUTLINE / MARKER_RADIUS;
          this.ctx.stroke(path);
        }
      });
    }
  }

  ring(point: CurvePoint, { color, radius, width }: RingLook): void {
    if (!this.isShown(point)) {
      return;
    }
    this.paint(() => {
      this.ctx.beginPath();
      this.ctx.arc(this.xOf(point.x), this.yOf(point.y), radius * this.scale, 0, 2 * Math.PI);
      this.ctx.strokeStyle = color;
      this.ctx.lineWidth = width * this.scale;
      this.ctx.stroke();
    });
  }

  verticalLine(x: number, color: string): void {
    const { bbox } = this.plot;
    const at = this.xOf(x);
    if (at < bbox.left - 1 || at > bbox.left + bbox.width + 1) {
      return;
    }
    this.paint(() => {
      this.ctx.strokeStyle = color;
      this.ctx.lineWidth = this.scale;
      this.ctx.setLineDash([4 * this.scale, 3 * this.scale]);
      this.ctx.beginPath();
      this.ctx.moveTo(at, bbox.top);
      this.ctx.lineTo(at, bbox.top + bbox.height);
      this.ctx.stroke();
    });
  }

  /** Lines with their labels above; a label gives way to the one on its left. */
  verticalMarks(marks: readonly CurveMark[]): void {
    let free = -Infinity;
    for (const { x, label } of marks) {
      this.verticalLine(x, this.theme.foreground);
      if (label) {
        free = this.label(label, this.xOf(x), free) + 5 * this.scale;
      }
    }
  }

  /** Writes `text` centred on `x`, or further right where it would begin before `from`. */
  private label(text: string, x: number, from: number): number {
    let end = from;
    this.paint(() => {
      this.ctx.fillStyle = this.theme.foreground;
      this.ctx.font = this.theme.font.replace(/^[\d.]+px/, `${LABEL_SIZE * this.scale}px`);
      this.ctx.textAlign = 'left';
      const { width } = this.ctx.measureText(text);
      const left = Math.max(from, x - width / 2);
      this.ctx.fillText(text, left, this.plot.bbox.top - 5 * this.scale);
      end = left + width;
    });
    return end;
  }

  private paint(draw: () => void): void {
    this.ctx.save();
    // uPlot leaves that of the last line behind.
    this.ctx.setLineDash([]);
    draw();
    this.ctx.restore();
  }

  private isShown({ y }: CurvePoint): boolean {
    return y > 0 || !this.isLog;
  }

  private xOf(x: number): number {
    return this.plot.valToPos(x, 'x', true);
  }

  private yOf(y: number): number {
    return this.plot.valToPos(y, 'y', true);
  }
}
