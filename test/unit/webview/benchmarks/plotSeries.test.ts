import { describe, expect, it } from 'vitest';
import type { BenchmarkPlot, BenchmarkSeries } from '../../../../src/protocol/benchmarks';
import { axisTitle, plotSeries } from '../../../../webview/benchmarks/plotSeries';
import { lookOf } from '../../../../webview/components/marker';

const plot = (
  series: readonly BenchmarkSeries[],
  scale: BenchmarkPlot['x']['scale'] = 'linear',
): BenchmarkPlot => ({
  id: 'p',
  title: 'P',
  x: { title: 'n', scale },
  y: { title: 'Time', unit: 'ms', scale },
  series,
});

describe('plotSeries', () => {
  it('sorts points along the axis', () => {
    const [series] = plotSeries(
      plot([
        {
          title: 'a',
          points: [
            [3, 1],
            [1, 2],
          ],
        },
      ]),
    );
    expect(series?.points).toEqual([
      { x: 1, y: 2 },
      { x: 3, y: 1 },
    ]);
  });

  it('leaves out what an axis cannot show', () => {
    const points = [
      [0, 1],
      [1, 0],
      [2, 2],
      [3, null as never],
      [Infinity, 1],
    ] as const;
    const xs = (scale: 'linear' | 'log') =>
      plotSeries(plot([{ title: 'a', points }], scale))[0]?.points.map(({ x }) => x);
    expect(xs('linear')).toEqual([0, 1, 2]);
    expect(xs('log')).toEqual([2]);
  });

  it('gives methods their look of everywhere, and published figures that of ours, dashed', () => {
    const [svd, tucker, published] = plotSeries(
      plot([
        { title: 'SVD', points: [] },
        { title: 'Tucker', points: [] },
        { title: 'Tucker', published: true, points: [] },
      ]),
    );
    expect(svd?.look).toEqual(lookOf('svd'));
    expect(tucker).toMatchObject({ look: lookOf('tucker'), dashed: false, label: 'Tucker' });
    expect(published).toMatchObject({
      look: lookOf('tucker'),
      dashed: true,
      label: 'Tucker, published',
    });
  });

  it('knows the methods of sparse compression, raw coordinates beside them', () => {
    const titles = ['NeuKron', 'Truncated SVD', 'bACCAMS', 'Raw coordinates'];
    const looks = plotSeries(plot(titles.map((title) => ({ title, points: [] })))).map(
      ({ look }) => look,
    );
    expect(looks.slice(0, 3)).toEqual(['neukron', 'tsvd', 'baccams'].map(lookOf));
    expect(new Set(looks.map(({ color, marker }) => color + marker)).size).toBe(4);
  });

  it('gives other series looks of their own', () => {
    const titles = Array.from({ length: 12 }, (_, index) => `series ${index}`);
    const looks = plotSeries(plot(titles.map((title) => ({ title, points: [] })))).map(
      ({ look }) => `${look.color} ${look.marker}`,
    );
    expect(new Set(looks).size).toBe(12);
  });

  it('tells series with the same title apart', () => {
    const ids = plotSeries(
      plot([
        { title: 'a', points: [] },
        { title: 'a', points: [] },
      ]),
    ).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('axisTitle', () => {
  it('has the unit behind the title', () => {
    expect(axisTitle({ title: 'Time', unit: 'ms', scale: 'log' })).toBe('Time (ms)');
    expect(axisTitle({ title: 'n', scale: 'log' })).toBe('n');
  });
});
