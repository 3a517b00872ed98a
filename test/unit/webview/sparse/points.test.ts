import { describe, expect, it } from 'vitest';
import type { SparseOutcome } from '../../../../src/protocol/sparse';
import { pointsCsv } from '../../../../webview/sparse/csv';
import { remarks } from '../../../../webview/sparse/frontPanel';
import { frontSample, paretoFront, undercuts } from '../../../../webview/sparse/pareto';
import type { Measured } from '../../../../webview/sparse/pareto';
import { measuredPoints, methodSeries } from '../../../../webview/sparse/plotData';
import { writeWords } from '../../../../webview/sparse/writeWords';
import { matrixDims, offersFor, outcomeOf, pointOf } from '../../../webview-preview/sparseFixtures';

const offers = offersFor(matrixDims);
const outcomes: readonly SparseOutcome[] = offers.flatMap(({ suggested }) =>
  suggested.map((attempt) => outcomeOf(offers, attempt, matrixDims)),
);
const look = { measure: 'relative', withOrders: false } as const;
const points = measuredPoints(offers, outcomes, look);

const measured = (method: Measured['method'], bytes: number, error: number): Measured => ({
  key: `${method}${bytes}`,
  method,
  title: method,
  label: `${bytes}`,
  bytes,
  error,
});

describe('the front of the smallest errors', () => {
  it('is what no other point undercuts, found as by comparing all with all', () => {
    const random = Array.from({ length: 200 }, (_, index) =>
      measured('cp', 1 + ((index * 7919) % 50), 1 + ((index * 104_729) % 50)),
    );
    const expected = new Set(
      random
        .filter(
          (one) =>
            !random.some(
              (other) =>
                other.bytes <= one.bytes &&
                other.error <= one.error &&
                (other.bytes < one.bytes || other.error < one.error),
            ),
        ) // prettier-ignore
        .map(({ bytes, error }) => `${bytes} ${error}`),
    );
    const front = paretoFront(random);
    expect(new Set(front.map(({ bytes, error }) => `${bytes} ${error}`))).toEqual(expected);
    expect(front).toHaveLength(expected.size);
    expect(paretoFront([])).toEqual([]);
  });

  it('is shown with its ends, and no more of it than asked for', () => {
    const front = Array.from({ length: 40 }, (_, index) => measured('cp', 2 ** index, 100 - index));
    const sample = frontSample(front, 6);
    expect(sample).toHaveLength(6);
    expect(sample[0]).toBe(front[0]);
    expect(sample.at(-1)).toBe(front.at(-1));
    expect(frontSample(front.slice(0, 3), 6)).toHaveLength(3);
  });

  it('says by whom a method is undercut, and nothing where points are only equal', () => {
    const all = [
      measured('neukron', 100, 0.5),
      measured('neukron', 1000, 0.4),
      measured('cmd', 900, 0.3),
      measured('cp', 800, 0.35),
      measured('tsvd', 100, 0.5),
    ];
    const found = undercuts(all, 'neukron');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ point: { bytes: 1000 }, by: { method: 'cmd' } });
  });
});

describe('the remarks', () => {
  it('say that nothing beats NeuKron where that is so', () => {
    const [first] = remarks(points, 'relative', 1e9);
    expect(first).toBe('No other method here reaches the errors of NeuKron with as few bytes.');
  });

  it('say where NeuKron is not the best, at which sizes and by what', () => {
    const better = points.map((point) =>
      point.method === 'cmd' ? { ...point, bytes: 20_000, error: 0.2, title: 'CMD' } : point,
    );
    const [first] = remarks(better, 'relative', 1e9);
    expect(first).toMatch(/^NeuKron is not the best at 2 of its 5 sizes: at 260 KB .* CMD \(.*\) reaches 0\.200 with 19\.5 KB\.$/); // prettier-ignore
    const worst = better.map((point) => (point.method === 'cmd' ? { ...point, bytes: 1 } : point));
    expect(remarks(worst, 'relative', 1e9)[0]).toContain('at any of its sizes');
  });

  it('count what takes more than the coordinates, and what is worse than nothing', () => {
    const words = remarks(points, 'relative', 1_474_544).join(' ');
    const larger = points.filter(({ bytes }) => bytes > 1_474_544).length;
    expect(words).toContain(`${larger} points right of the line take more`);
    const [one] = points;
    const useless = { ...one, point: { ...one.point, relativeError: 1.2 } };
    expect(remarks([useless], 'relative', 1e9)).toEqual([
      '1 point is no better than storing nothing (relative error 1).',
    ]);
  });
});

describe('the points of the plot', () => {
  it('are a series for each method, from small to large', () => {
    const series = methodSeries(offers, points);
    expect(series.map(({ id }) => id)).toEqual(offers.map(({ method }) => method));
    for (const { points: own } of series) {
      const sizes = own.map(({ x }) => x);
      expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    }
  });

  it('count orders where they are to count, and show either error', () => {
    const counted = measuredPoints(offers, outcomes, { measure: 'squared', withOrders: true });
    for (const [index, { bytes, error, point }] of counted.entries()) {
      expect(bytes).toBe(point.bytes + point.orderBytes);
      expect(error).toBe(point.squaredError);
      expect(points[index].bytes).toBe(point.bytes);
    }
  });

  it('leave out what has no point, and draw a paused training as an outline', () => {
    const [first] = outcomes;
    const paused = { ...first.point!, paused: { epoch: 3, epochs: 9 } };
    const some: SparseOutcome[] = [
      { ...first, state: 'paused', point: paused },
      { attempt: { method: 'cp', options: {} }, state: 'failed', epochs: [] },
    ];
    const [series, ...others] = methodSeries(offers, measuredPoints(offers, some, look));
    expect(others).toEqual([]);
    expect(series.points[0]).toMatchObject({ hollow: true });
    expect(series.points[0].facts).toContainEqual(['as of epoch', '3 of 9']);
  });

  it('are written as a table that reads back', () => {
    const csv = pointsCsv(points);
    const lines = csv.trimEnd().split('\n');
    expect(lines).toHaveLength(46);
    expect(lines[0].split(',')).toHaveLength(11);
    const cmd = lines.find((line) => line.startsWith('cmd'))!;
    expect(cmd).toContain('"rows 30, columns 150","{""rows"":30,""columns"":150}"');
    const first = points[0].point;
    expect(lines[1]).toContain(`,${first.bytes},${first.orderBytes},${first.squaredError},`);
  });
});

describe('the size that is said before writing', () => {
  const offer = offers[0];
  const point = pointOf(offers, offer.suggested[2], matrixDims);

  it('counts the numbers by their type, and the orders where they are stored', () => {
    expect(writeWords({ offer, point, options: { withOrders: false, type: 'float32' } })).toBe('About 17.8 KB.'); // prettier-ignore
    expect(writeWords({ offer, point, options: { withOrders: false, type: 'float16' } })).toBe('About 8.89 KB.'); // prettier-ignore
    expect(writeWords({ offer, point, options: { withOrders: true, type: 'float32' } })).toBe('About 66.5 KB.'); // prettier-ignore
  });
});
