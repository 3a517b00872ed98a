import type { SparseMethodOffer, SparseOutcome, SparsePoint } from '../../src/protocol/sparse';
import type { CellFacts } from '../components/heatmap/cellKeys';
import { lookOf } from '../components/marker';
import type { ScatterSeries } from '../components/scatter/scatterData';
import { formatBytes, formatDuration, formatError } from '../format';
import { attemptKey, methodTitle } from './attempts';
import type { Measured } from './pareto';

/** Which error is on show. */
export type ErrorMeasure = 'relative' | 'squared';

export interface PlotLook {
  readonly measure: ErrorMeasure;
  /** Whether orders count, for data whose positions must keep their identity. */
  readonly withOrders: boolean;
  /** Methods that are switched off. */
  readonly hidden: ReadonlySet<string>;
}

export interface MeasuredPoint extends Measured {
  readonly outcome: SparseOutcome;
  readonly point: SparsePoint;
}

export function bytesOf(point: SparsePoint, withOrders: boolean): number {
  return point.bytes + (withOrders ? point.orderBytes : 0);
}

export function errorOf(point: SparsePoint, measure: ErrorMeasure): number {
  return measure === 'relative' ? point.relativeError : point.squaredError;
}

export const errorNames: Readonly<Record<ErrorMeasure, string>> = {
  relative: 'relative error',
  squared: 'squared error',
};

/** Every outcome that has come to a point, by what counts now. */
export function measuredPoints(
  offers: readonly SparseMethodOffer[],
  outcomes: readonly SparseOutcome[],
  { measure, withOrders }: Pick<PlotLook, 'measure' | 'withOrders'>,
): readonly MeasuredPoint[] {
  return outcomes.flatMap((outcome) => {
    const { attempt, point } = outcome;
    return point
      ? [
          {
            key: attemptKey(offers, attempt),
            method: attempt.method,
            title: methodTitle(offers, attempt.method),
            label: point.label,
            bytes: bytesOf(point, withOrders),
            error: errorOf(point, measure),
            outcome,
            point,
          },
        ]
      : [];
  });
}

/** The methods that have points, in the order of the offer. */
export function methodSeries(
  offers: readonly SparseMethodOffer[],
  points: readonly MeasuredPoint[],
): readonly ScatterSeries[] {
  return offers.flatMap(({ method, title }) => {
    const mine = points
      .filter((point) => point.method === method)
      .sort((a, b) => a.bytes - b.bytes || b.error - a.error);
    return mine.length > 0
      ? [
          {
            id: method,
            label: title,
            look: lookOf(method),
            points: mine.map((one) => ({
              key: one.key,
              x: one.bytes,
              y: one.error,
              title: `${title}, ${one.label}`,
              facts: pointFacts(one.point),
              hollow: one.point.paused !== undefined,
            })),
          },
        ]
      : [];
  });
}

function pointFacts(point: SparsePoint): CellFacts {
  const { bytes, elapsedMs, orderBytes, paused, relativeError, squaredError } = point;
  const orders: CellFacts =
    orderBytes > 0 ? [['with orders', formatBytes(bytes + orderBytes)]] : [];
  const pause: CellFacts = paused ? [['as of epoch', `${paused.epoch} of ${paused.epochs}`]] : [];
  return [
    ['bytes', formatBytes(bytes)],
    ...orders,
    ['relative error', formatError(relativeError)],
    ['squared error', formatError(squaredError)],
    ['time', formatDuration(elapsedMs)],
    ...pause,
  ];
}
