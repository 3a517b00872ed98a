import { cellSize } from './viewport';
import type { Stage, Viewport } from './viewport';

/** Cells of a heatmap, row-major. */
export interface HeatmapCells {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  /** A cell's place in the order in which cells are kept, from 0; without it all are kept. */
  readonly places?: Uint32Array;
}

/** What a painter draws: everything about a picture but the cells and the colours. */
export interface Frame {
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  /**
   * The cell at the upper left corner, its whole and its broken part apart: in single precision
   * the sum would be too coarse for a grid of a million rows.
   */
  readonly originX: number;
  readonly originY: number;
  readonly fractionX: number;
  readonly fractionY: number;
  /** Cells per device pixel. */
  readonly stepX: number;
  readonly stepY: number;
  /** Samples that are averaged for a pixel. */
  readonly samplesX: number;
  readonly samplesY: number;
  /** Cells with a place below this are kept. */
  readonly kept: number;
  /** Distance in device pixels of the lines over dropped cells; 0 for none. */
  readonly hatch: number;
}

/** About one per cell up to four cells a pixel along either side. */
const MOST_SAMPLES = 16;
/** Samples further apart than this many cells are scattered. */
const SPARSE = 1.5;

/** Lines over dropped cells need cells of this many CSS pixels. */
const HATCHED_CELL = 9;
const HATCH_DISTANCE = 4;

export function frameOf(
  stage: Stage,
  view: Viewport,
  pixelRatio: number,
  kept: number,
  hatched: boolean,
): Frame {
  const size = cellSize(stage, view.zoom);
  const [stepX, stepY] = [1 / (size.x * pixelRatio), 1 / (size.y * pixelRatio)];
  const [samplesX, samplesY] = samplesFor(stepX, stepY);
  const [originX, originY] = [Math.floor(view.x), Math.floor(view.y)];
  const canHatch = hatched && Math.min(size.x, size.y) >= HATCHED_CELL;
  return {
    width: Math.max(1, Math.round(stage.width * pixelRatio)),
    height: Math.max(1, Math.round(stage.height * pixelRatio)),
    rows: stage.rows,
    columns: stage.columns,
    originX,
    originY,
    fractionX: view.x - originX,
    fractionY: view.y - originY,
    stepX,
    stepY,
    samplesX,
    samplesY,
    kept,
    hatch: canHatch ? Math.max(2, Math.round(HATCH_DISTANCE * pixelRatio)) : 0,
  };
}

/** About one sample per cell along either side, up to {@link MOST_SAMPLES} in all. */
export function samplesFor(stepX: number, stepY: number): readonly [number, number] {
  const wanted = (step: number) => Math.min(MOST_SAMPLES, Math.max(1, Math.round(step)));
  let [x, y] = [wanted(stepX), wanted(stepY)];
  while (x * y > MOST_SAMPLES) {
    if (x >= y) {
      x--;
    } else {
      y--;
    }
  }
  return [x, y];
}

/** Whether samples are scattered: there are far fewer of them than cells. */
export function isSparse(step: number, samples: number): boolean {
  return step > SPARSE * samples;
}

/**
 * Where in its part of a pixel a sample is taken, 0 to 1. Samples further apart than cells are
 * scattered (the same way in every picture), so that a regular pattern makes no moiré; the shader
 * computes the same.
 */
export function sampleOffset(pixel: number, sample: number, isScattered: boolean): number {
  if (!isScattered) {
    return 0.5;
  }
  // 32-bit hash of C. Wellons ("lowbias32"), public domain.
  let hash = Math.imul(pixel, MOST_SAMPLES) + sample;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 8) / 2 ** 24;
}
