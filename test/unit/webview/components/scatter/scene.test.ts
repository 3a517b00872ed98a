import { describe, expect, it } from 'vitest';
import { exportScene } from '../../../../../webview/components/scatter/exportScene';
import { sceneSvg } from '../../../../../webview/components/scatter/sceneSvg';
import {
  findPoint,
  movePoint,
  spokenPoint,
} from '../../../../../webview/components/scatter/scatterData';
import type { ScatterSeries } from '../../../../../webview/components/scatter/scatterData';
import { scatterScene } from '../../../../../webview/components/scatter/scatterScene';
import type { ScatterView } from '../../../../../webview/components/scatter/scatterScene';

const pointsOf = (id: string, places: readonly (readonly [number, number])[]) =>
  places.map(([x, y]) => ({
    key: `${id}${x}`,
    x,
    y,
    title: `${id}, ${x}`,
    facts: [['bytes', String(x)]] as const,
  }));

const series: readonly ScatterSeries[] = [
  {
    id: 'a',
    label: 'Method <A>',
    look: { marker: 'star', color: '--vscode-charts-blue' },
    points: pointsOf('a', [
      [10, 0.9],
      [100, 0.3],
    ]),
  },
  {
    id: 'b',
    label: 'Method B',
    look: { marker: 'circle', color: '--vscode-charts-red' },
    points: pointsOf('b', [
      [20, 0.95],
      [90, 0.5],
      [900, 0],
    ]),
  },
];

const view: ScatterView = {
  series,
  marks: [{ x: 5000, label: 'coordinates' }],
  front: [
    { x: 10, y: 0.9 },
    { x: 100, y: 0.3 },
  ],
  x: { title: 'Bytes', format: String, isBytes: true },
  y: { title: 'Error', format: String, isBytes: false },
  width: 700,
  height: 400,
  fontSize: 12,
};

describe('the scene of a scatter plot', () => {
  const scene = scatterScene(view);
  const placeOf = (key: string) => {
    const found = scene.points.find(({ of }) => of.key === key);
    if (!found) {
      throw new Error(`There is no point ${key}`);
    }
    return found.at;
  };

  it('places points by the logarithms of both values', () => {
    const [a, b, c] = ['a10', 'a100', 'b90'].map(placeOf) as [
      ReturnType<typeof placeOf>,
      ReturnType<typeof placeOf>,
      ReturnType<typeof placeOf>,
    ];
    expect((c.x - a.x) / (b.x - a.x)).toBeCloseTo(Math.log10(9), 9);
    expect((c.y - a.y) / (b.y - a.y)).toBeCloseTo(Math.log(5 / 9) / Math.log(3 / 9), 9);
    expect(b.y).toBeGreaterThan(a.y);
  });

  it('keeps everything inside the frame, an error of 0 on its lower edge', () => {
    const { bottom, left, right, top } = scene.frame;
    for (const { at } of scene.points) {
      expect(at.x).toBeGreaterThanOrEqual(left);
      expect(at.x).toBeLessThanOrEqual(right);
      expect(at.y).toBeGreaterThanOrEqual(top);
      expect(at.y).toBeLessThanOrEqual(bottom);
    }
    expect(placeOf('b900').y).toBeCloseTo(bottom, 9);
  });

  it('has the reference line, whose value lies beyond all points', () => {
    const label = scene.shapes.find((shape) => shape.kind === 'text' && shape.text === 'coordinates'); // prettier-ignore
    expect(label).toBeDefined();
    const dashed = scene.shapes.filter((shape) => shape.kind === 'line' && shape.dash);
    const xs = dashed.flatMap((shape) => (shape.kind === 'line' ? shape.places.map(({ x }) => x) : [])); // prettier-ignore
    expect(Math.max(...xs)).toBeGreaterThan(placeOf('b900').x);
  });

  it('draws the front as a staircase: level until the next point, then down', () => {
    const [from, to] = [placeOf('a10'), placeOf('a100')];
    const stairs = scene.shapes.find((shape) => shape.kind === 'line' && shape.ink === 'muted');
    expect(stairs).toMatchObject({
      places: [from, { x: to.x, y: from.y }, to, { x: scene.frame.right, y: to.y }],
    });
  });

  it('is empty without points, but has axes', () => {
    const empty = scatterScene({ ...view, series: [], front: [] });
    expect(empty.points).toEqual([]);
    expect(empty.shapes.some((shape) => shape.kind === 'text')).toBe(true);
  });
});

describe('a scatter plot as a file', () => {
  const inks = { background: '#fff', of: () => '#123456' };
  const svg = sceneSvg(exportScene(view, { title: 'a & b', caption: 'all' }), inks, 'a & b');

  it('has every point, the legend and escaped words', () => {
    // Five points, and two markers of the legend.
    expect(svg.match(/<path /g)).toHaveLength(7);
    expect(svg).toContain('Method &lt;A&gt;');
    expect(svg).toContain('<title>a &amp; b</title>');
    expect(svg).not.toContain('NaN');
  });
});

describe('the cursor of a scatter plot', () => {
  it('leads along a series and to the point of another one that is nearest by ratio', () => {
    expect(movePoint(series, undefined, 'ArrowRight')).toEqual({ series: 0, point: 0 });
    expect(movePoint(series, { series: 0, point: 0 }, 'ArrowRight')).toEqual({ series: 0, point: 1 }); // prettier-ignore
    // 100 is nearer to 90 than to 900 by any measure, and 300 nearer to 900 by ratio alone.
    const [first, ...others] = series;
    const moved = [{ ...first, points: pointsOf('a', [[300, 0.9]]) }, ...others];
    expect(movePoint(moved, { series: 0, point: 0 }, 'ArrowDown')).toEqual({ series: 1, point: 2 });
    expect(movePoint(series, { series: 1, point: 1 }, 'Home')).toEqual({ series: 1, point: 0 });
    expect(movePoint(series, { series: 1, point: 1 }, 'x')).toBeUndefined();
  });

  it('finds points by their keys and says what they are', () => {
    expect(findPoint(series, 'b90')).toEqual({ series: 1, point: 1 });
    expect(findPoint(series, undefined)).toBeUndefined();
    expect(spokenPoint(series[0].points[0])).toBe('a, 10, bytes 10.');
  });
});
