import type { BenchmarkPlot, BenchmarkSeries } from '../../src/protocol/benchmarks';
import type { CurvePoint, CurveSeries } from '../components/curveData';
import { lookOf, palette } from '../components/marker';
import type { SeriesLook } from '../components/marker';

/** A curve with the series that it shows. */
export interface PlottedSeries extends CurveSeries {
  readonly look: SeriesLook;
  readonly published: boolean;
}

/**
 * The series of a plot as curves. A method has its colour and shape of everywhere, others take
 * theirs in turn; a published series looks like ours of the same title, but dashed and hollow.
 */
export function plotSeries({ series, x, y }: BenchmarkPlot): readonly PlottedSeries[] {
  const titles = [...new Set(series.map(baseTitle))];
  return series.map((one, index) => ({
    id: `${index}`,
    label: one.published ? `${one.title}, published` : one.title,
    look: lookFor(baseTitle(one), titles),
    published: one.published === true,
    dashed: one.published === true,
    points: one.points
      .map(([px, py]): CurvePoint => ({ x: px, y: py }))
      .filter((point) => isShown(point.x, x.scale) && isShown(point.y, y.scale))
      .sort((a, b) => a.x - b.x),
  }));
}

/** `SVD (published)` and `SVD` belong together. */
function baseTitle({ title }: BenchmarkSeries): string {
  return title.replace(/[ ,]*\(?published\)?$/i, '').trim();
}

/** Files may hold null for numbers that JSON cannot write. */
function isShown(value: number | null, scale: 'linear' | 'log'): boolean {
  return value !== null && Number.isFinite(value) && (scale === 'linear' || value > 0);
}

const methodNames: Readonly<Record<string, string>> = {
  svd: 'svd',
  cp: 'cp',
  tucker: 'tucker',
  tt: 'tt',
  'tensor train': 'tt',
  kronecker: 'kronecker',
  'block-sparse': 'block',
  'block-sparse kronecker': 'kpd',
  neukron: 'neukron',
  kronfit: 'kronfit',
  'truncated svd': 'tsvd',
  cur: 'cur',
  cmd: 'cmd',
  accams: 'accams',
  baccams: 'baccams',
  // The one that is no method has the look of none.
  'raw coordinates': 'raw',
};

function lookFor(title: string, titles: readonly string[]): SeriesLook {
  const areMethods = titles.every((one) => one.toLowerCase() in methodNames);
  const method = methodNames[title.toLowerCase()];
  return areMethods && method !== undefined
    ? lookOf(method)
    : (palette[titles.indexOf(title) % palette.length] ?? lookOf(''));
}

/** `Time (ms)`. */
export function axisTitle({ title, unit }: BenchmarkPlot['x']): string {
  return unit === undefined ? title : `${title} (${unit})`;
}
