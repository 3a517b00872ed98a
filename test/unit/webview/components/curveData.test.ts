import { describe, expect, it } from 'vitest';
import {
  alignSeries,
  logTicks,
  moveCursor,
  nearestIndex,
} from '../../../../webview/components/curveData';
import type { CurveCursor, CurveSeries } from '../../../../webview/components/curveData';

const series: readonly CurveSeries[] = [
  {
    id: 'svd',
    label: 'SVD',
    points: [
      { x: 0.1, y: 0.9 },
      { x: 0.5, y: 0.3 },
      { x: 0.9, y: 0 },
    ],
  },
  {
    id: 'cp',
    label: 'CP',
    points: [
      { x: 0.2, y: 0.8 },
      { x: 0.5, y: 0.2 },
    ],
  },
];
const none: ReadonlySet<string> = new Set();

describe('alignSeries', () => {
  it('puts all series over the union of their x values, with gaps', () => {
    expect(alignSeries(series, false)).toEqual([
      [0.1, 0.2, 0.5, 0.9],
      [0.9, null, 0.3, 0],
      [null, 0.8, 0.2, null],
    ]);
  });

  it('leaves out what a logarithmic axis cannot show', () => {
    expect(alignSeries(series, true)[1]).toEqual([0.9, null, 0.3, null]);
  });

  it('is empty for no series', () => {
    expect(alignSeries([], false)).toEqual([[]]);
  });
});

describe('moveCursor', () => {
  const from = (cursor: CurveCursor | undefined, key: string, hidden = none) =>
    moveCursor(series, hidden, cursor, key);

  it('starts at the first point, or at the last when going left', () => {
    expect(from(undefined, 'ArrowRight')).toEqual({ series: 0, point: 0 });
    expect(from(undefined, 'ArrowLeft')).toEqual({ series: 0, point: 2 });
  });

  it('walks along a series and stops at its ends', () => {
    expect(from({ series: 0, point: 1 }, 'ArrowRight')).toEqual({ series: 0, point: 2 });
    expect(from({ series: 0, point: 2 }, 'ArrowRight')).toEqual({ series: 0, point: 2 });
    expect(from({ series: 0, point: 0 }, 'ArrowLeft')).toEqual({ series: 0, point: 0 });
    expect(from({ series: 0, point: 2 }, 'Home')).toEqual({ series: 0, point: 0 });
    expect(from({ series: 1, point: 0 }, 'End')).toEqual({ series: 1, point: 1 });
  });

  it('steps to the nearest point of the next series, round and round', () => {
    expect(from({ series: 0, point: 1 }, 'ArrowDown')).toEqual({ series: 1, point: 1 });
    expect(from({ series: 1, point: 0 }, 'ArrowDown')).toEqual({ series: 0, point: 0 });
    expect(from({ series: 0, point: 2 }, 'ArrowUp')).toEqual({ series: 1, point: 1 });
  });

  it('passes over hidden series', () => {
    const hidden = new Set(['svd']);
    expect(from({ series: 1, point: 0 }, 'ArrowDown', hidden)).toEqual({ series: 1, point: 0 });
    expect(from({ series: 0, point: 2 }, 'ArrowRight', hidden)).toEqual({ series: 1, point: 0 });
    expect(from(undefined, 'ArrowRight', new Set(['svd', 'cp']))).toBeUndefined();
  });

  it('leaves other keys to the page', () => {
    expect(from({ series: 0, point: 0 }, 'Tab')).toBeUndefined();
  });
});

describe('nearestIndex', () => {
  it('finds the point whose x is nearest', () => {
    expect(nearestIndex(series[0]?.points ?? [], 0.6)).toBe(1);
    expect(nearestIndex(series[0]?.points ?? [], 5)).toBe(2);
  });
});

describe('logTicks', () => {
  it('has 1, 2 and 5 of each decade within the axis', () => {
    expect(logTicks(120, 1100)).toEqual([200, 500, 1000]);
    expect(logTicks(0.004, 0.05)).toEqual([0.005, 0.01, 0.02, 0.05]);
  });

  it('has powers of ten alone where there are many decades', () => {
    expect(logTicks(0.5, 20_000)).toEqual([1, 10, 100, 1000, 10_000]);
  });
});
