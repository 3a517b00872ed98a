import type { CellFacts } from '../heatmap/cellKeys';
import type { CurveCursor } from '../curveData';
import { moveCursor } from '../curveData';
import type { SeriesLook } from '../marker';

/** A point of a scatter plot, both of whose axes are logarithmic. */
export interface ScatterPoint {
  /** Unique in the plot. */
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly title: string;
  /** What is said of it, on the screen and to a screen reader. */
  readonly facts: CellFacts;
  /** Drawn as an outline: what is not finished. */
  readonly hollow?: boolean;
}

export interface ScatterSeries {
  readonly id: string;
  readonly label: string;
  readonly look: SeriesLook;
  /** In ascending order of x. */
  readonly points: readonly ScatterPoint[];
}

/** A vertical line with its name. */
export interface ScatterMark {
  readonly x: number;
  readonly label: string;
}

/** The point as a sentence. */
export function spokenPoint({ facts, title }: ScatterPoint): string {
  return `${[title, ...facts.map(([term, value]) => `${term} ${value}`)].join(', ')}.`;
}

export function pointAt(
  series: readonly ScatterSeries[],
  cursor: CurveCursor | undefined,
): ScatterPoint | undefined {
  return cursor && series[cursor.series]?.points[cursor.point];
}

/** Where the point of a key is. */
export function findPoint(
  series: readonly ScatterSeries[],
  key: string | undefined,
): CurveCursor | undefined {
  for (const [index, { points }] of series.entries()) {
    const point = points.findIndex((one) => one.key === key);
    if (point >= 0) {
      return { series: index, point };
    }
  }
  return undefined;
}

/**
 * Where a key leads: left and right along a series, up and down to the point of another one whose
 * x is nearest by ratio, Home and End to the ends of the series.
 */
export function movePoint(
  series: readonly ScatterSeries[],
  cursor: CurveCursor | undefined,
  key: string,
): CurveCursor | undefined {
  const curves = series.map(({ id, label, points }) => ({
    id,
    label,
    points: points.map(({ x, y }) => ({ x: Math.log(x), y })),
  }));
  return moveCursor(curves, new Set(), cursor, key);
}
