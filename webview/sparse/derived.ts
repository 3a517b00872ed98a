import type {
  SparseEpoch,
  SparseMethodOffer,
  SparseOutcome,
  SpyPicture,
} from '../../src/protocol/sparse';
import type { ScatterMark, ScatterSeries } from '../components/scatter/scatterData';
import { formatBytes } from '../format';
import { lastCall } from '../lastCall';
import { paretoFront } from './pareto';
import { measuredPoints, methodSeries } from './plotData';
import type { ErrorMeasure, MeasuredPoint } from './plotData';
import { spreadOf, spyCells } from './spyData';
import type { SpyShown } from './spyPanel';
import { trainingCurves } from './trainingData';

/** What is made of the model and kept until its part of the model changes. */
export class Derived {
  readonly points = lastCall(
    (
      offers: readonly SparseMethodOffer[],
      outcomes: readonly SparseOutcome[],
      measure: ErrorMeasure,
      withOrders: boolean,
    ): readonly MeasuredPoint[] => measuredPoints(offers, outcomes, { measure, withOrders }),
  );

  readonly series = lastCall(
    (
      offers: readonly SparseMethodOffer[],
      points: readonly MeasuredPoint[],
    ): readonly ScatterSeries[] => methodSeries(offers, points),
  );

  readonly shown = lastCall(
    (series: readonly ScatterSeries[], hidden: ReadonlySet<string>): readonly ScatterSeries[] =>
      series.filter(({ id }) => !hidden.has(id)),
  );

  readonly front = lastCall(
    (points: readonly MeasuredPoint[], hidden: ReadonlySet<string>): readonly MeasuredPoint[] =>
      paretoFront(points.filter(({ method }) => !hidden.has(method))),
  );

  readonly marks = lastCall((rawBytes: number): readonly ScatterMark[] => [
    { x: rawBytes, label: `coordinates, ${formatBytes(rawBytes)}` },
  ]);

  readonly curves = lastCall((epochs: readonly SparseEpoch[]) => trainingCurves(epochs));

  readonly before = lastCall(spyShown);
  readonly after = lastCall(spyShown);
}

function spyShown(picture: SpyPicture): SpyShown {
  return { picture, cells: spyCells(picture), spread: spreadOf(picture) };
}
