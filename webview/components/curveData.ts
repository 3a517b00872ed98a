import type { SeriesLook } from './marker';

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

export interface CurveSeries {
  readonly id: string;
  readonly label: string;
  /** In ascending order of x. */
  readonly points: readonly CurvePoint[];
  /** Where it is not that of the method `id`. */
  readonly look?: SeriesLook;
  /** Drawn dashed, with hollow markers. */
  readonly dashed?: boolean;
}

/** Something pointed out on the plot: a vertical line at `x`, or a ring around the point (x, y). */
export interface CurveMark {
  readonly x: number;
  readonly y?: number;
  readonly label?: string;
}

/** Where the reader is: a point of a series. */
export interface CurveCursor {
  readonly series: number;
  readonly point: number;
}

/**
 * The series over the union of their x values, as uPlot wants them; null where a series has no
 * point, or none that a logarithmic axis can show.
 */
export function alignSeries(
  series: readonly CurveSeries[],
  isLog: boolean,
): [x: number[], ...y: (number | null)[][]] {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const indexOf = new Map(xs.map((x, index) => [x, index]));
  const ys = series.map(({ points }) => {
    const values: (number | null)[] = new Array<null>(xs.length).fill(null);
    for (const { x, y } of points) {
      const index = indexOf.get(x);
      if (index !== undefined && Number.isFinite(y) && (!isLog || y > 0)) {
        values[index] = y;
      }
    }
    return values;
  });
  return [xs, ...ys];
}

/**
 * Ticks of a logarithmic axis: 1, 2 and 5 in each decade, of more than three decades only the 1.
 * uPlot's own begin at the lower end of the axis, which is a round number by chance alone.
 */
export function logTicks(min: number, max: number): number[] {
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const steps = Math.log10(max / min) > 3 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let exponent = first; exponent <= last; exponent++) {
    // Read from text, because 10 ** -3 * 5 is not quite 0.005.
    ticks.push(...steps.map((step) => Number(`${step}e${exponent}`)));
  }
  return ticks.filter((tick) => tick >= min && tick <= max);
}

/** Where a key leads from `cursor`, or undefined when the key is not for the curve. */
export function moveCursor(
  series: readonly CurveSeries[],
  hidden: ReadonlySet<string>,
  cursor: CurveCursor | undefined,
  key: string,
): CurveCursor | undefined {
  const shown = series
    .map((one, index) => ({ one, index }))
    .filter(({ one }) => !hidden.has(one.id) && one.points.length > 0);
  const firstShown = shown[0];
  if (!firstShown) {
    return undefined;
  }
  const at = cursor ? shown.findIndex(({ index }) => index === cursor.series) : -1;
  const current = shown[at] ?? firstShown;
  const last = current.one.points.length - 1;
  const point = at < 0 || !cursor ? -1 : Math.min(cursor.point, last);
  const page = Math.max(2, Math.round(last / 10));
  const along: Readonly<Record<string, number>> = {
    ArrowRight: point + 1,
    ArrowLeft: point < 0 ? last : point - 1,
    PageDown: point + page,
    PageUp: point - page,
    Home: 0,
    End: last,
  };
  const target = along[key];
  if (target !== undefined) {
    return { series: current.index, point: Math.min(last, Math.max(0, target)) };
  }
  const step = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (step === undefined) {
    return undefined;
  }
  const next = at < 0 ? firstShown : (shown[(at + step + shown.length) % shown.length] ?? current);
  const x = current.one.points[Math.max(0, point)]?.x ?? 0;
  return { series: next.index, point: nearestIndex(next.one.points, x) };
}

/** Index of the point whose x is nearest; `points` must not be empty. */
export function nearestIndex(points: readonly CurvePoint[], x: number): number {
  let best = 0;
  points.forEach((point, index) => {
    if (Math.abs(point.x - x) < Math.abs((points[best]?.x ?? Infinity) - x)) {
      best = index;
    }
  });
  return best;
}
