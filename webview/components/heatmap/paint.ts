import { LEVELS } from './colorScale';
import type { ColorScale } from './colorScale';
import { isSparse, sampleOffset } from './frame';
import type { Frame } from './frame';

/** What is painted: cells as levels, and the order in which they are kept. */
export interface PaintedCells {
  readonly levels: Uint8Array;
  readonly places?: Uint32Array;
}

/**
 * Paints a frame into `pixels` (RGBA as `ImageData` stores it, width x height); beside the grid
 * they stay transparent. The shader of {@link WebglPainter} is this function for one pixel.
 */
export function paint(
  frame: Frame,
  { levels, places }: PaintedCells,
  colors: ColorScale,
  pixels: Uint32Array,
): void {
  const brush: Brush = {
    frame,
    levels,
    // As signed numbers, which places and counts fit into, they are compared without a branch.
    places: places && new Int32Array(places.buffer, places.byteOffset, places.length),
    kept: places ? Math.min(frame.kept, MOST_KEPT) : MOST_KEPT,
    table: new Int32Array(colors.table.buffer, colors.table.byteOffset, 2 * LEVELS),
    hatch: packed(colors.hatch),
    xs: sampledCells('x', frame),
    ys: sampledCells('y', frame),
    pixels: new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length),
  };
  const [left, right] = innerPixels(brush);
  for (let y = 0; y < frame.height; y++) {
    const at = y * frame.width;
    brush.pixels.fill(0, at, at + frame.width);
    if (frame.samplesX * frame.samplesY === 1) {
      paintSingle(brush, y, left, right);
    } else {
      paintLine(brush, y, left, right);
    }
  }
}

interface Brush {
  readonly frame: Frame;
  readonly levels: Uint8Array;
  readonly places: Int32Array | undefined;
  readonly kept: number;
  /** RGBA of every level: kept, then dropped. */
  readonly table: Int32Array;
  readonly hatch: number;
  /** The cell of each sample along a side, -1 beside the grid. */
  readonly xs: Int32Array;
  readonly ys: Int32Array;
  readonly pixels: Int32Array;
}

const MOST_KEPT = 2 ** 30;

function sampledCells(axis: 'x' | 'y', frame: Frame): Int32Array {
  const isX = axis === 'x';
  const [length, samples] = isX ? [frame.width, frame.samplesX] : [frame.height, frame.samplesY];
  const [origin, fraction] = isX
    ? [frame.originX, frame.fractionX]
    : [frame.originY, frame.fractionY];
  const [step, count] = isX ? [frame.stepX, frame.columns] : [frame.stepY, frame.rows];
  const isScattered = isSparse(step, samples);
  const cells = new Int32Array(length * samples);
  for (let pixel = 0; pixel < length; pixel++) {
    for (let sample = 0; sample < samples; sample++) {
      const at = pixel + (sample + sampleOffset(pixel, sample, isScattered)) / samples;
      const cell = origin + Math.floor(fraction + at * step);
      cells[pixel * samples + sample] = cell >= 0 && cell < count ? cell : -1;
    }
  }
  return cells;
}

/** From the first pixel of a line that has a sample on the grid to beyond the last. */
function innerPixels({ frame, xs }: Brush): readonly [number, number] {
  const first = xs.findIndex((cell) => cell >= 0);
  const last = xs.findLastIndex((cell) => cell >= 0);
  return first < 0
    ? [0, 0]
    : [Math.floor(first / frame.samplesX), Math.floor(last / frame.samplesX) + 1];
}

/**
 * 0 for a kept cell and {@link LEVELS} for a dropped one, without a branch: on a map of small
 * blocks no processor foresees which it is.
 */
function droppedOffset(place: number, kept: number): number {
  return LEVELS + (((place - kept) >> 31) & -LEVELS);
}

function paintSingle(brush: Brush, y: number, left: number, right: number): void {
  const { frame, hatch, kept, levels, pixels, places, table, xs, ys } = brush;
  const row = ys[y] ?? -1;
  if (row < 0) {
    return;
  }
  const start = row * frame.columns;
  for (let x = left, at = y * frame.width + left; x < right; x++, at++) {
    const cell = start + (xs[x] ?? 0);
    const offset = droppedOffset(places ? (places[cell] ?? 0) : 0, kept);
    pixels[at] = table[(levels[cell] ?? 0) + offset] ?? 0;
    if (offset > 0 && frame.hatch > 0 && (x + y) % frame.hatch === 0) {
      pixels[at] = hatch;
    }
  }
}

/**
 * Averages the samples of each pixel of a line. Red and blue are summed in one number and green in
 * another: 16 samples of a byte leave room.
 */
function paintLine(brush: Brush, y: number, left: number, right: number): void {
  const { frame, kept, levels, pixels, places, table, xs, ys } = brush;
  const { columns, samplesX, samplesY, width } = frame;
  for (let x = left, at = y * width + left; x < right; x++, at++) {
    let redBlue = 0;
    let green = 0;
    let count = 0;
    for (let sy = y * samplesY; sy < (y + 1) * samplesY; sy++) {
      const row = ys[sy] ?? -1;
      if (row < 0) {
        continue;
      }
      const start = row * columns;
      for (let sx = x * samplesX; sx < (x + 1) * samplesX; sx++) {
        const column = xs[sx] ?? -1;
        if (column < 0) {
          continue;
        }
        const cell = start + column;
        const offset = droppedOffset(places ? (places[cell] ?? 0) : 0, kept);
        const color = table[(levels[cell] ?? 0) + offset] ?? 0;
        redBlue += color & 0xff00ff;
        green += (color >> 8) & 0xff;
        count++;
      }
    }
    if (count > 0) {
      pixels[at] = average(redBlue, green, count);
    }
  }
}

function average(redBlue: number, green: number, count: number): number {
  const half = count >> 1;
  const red = (((redBlue & 0xffff) + half) / count) | 0;
  const blue = (((redBlue >>> 16) + half) / count) | 0;
  const g = ((green + half) / count) | 0;
  return 0xff000000 | (blue << 16) | (g << 8) | red;
}

/** As a little-endian machine reads RGBA bytes, which all that run VS Code are. */
function packed([r, g, b]: readonly [number, number, number]): number {
  return 0xff000000 | (b << 16) | (g << 8) | r;
}
