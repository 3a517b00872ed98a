import { orderBytes } from '../../engine/sparse/sizes';
import type { BenchmarkCell, BenchmarkPlot, BenchmarkSeries } from '../../protocol/benchmarks';
import type { TableDefinition } from '../benchmark';
import { frontier, rangesByMethod, smallestWithin, type TradeOffPoint } from './frontier';
import { email, emailEpoch, emailErrors, neukronSource } from './published';

/** A method at one size; `bytes` without orders. */
export interface Measured extends TradeOffPoint {
  readonly orderBytes: number;
}

/** All that was measured. */
export interface TradeOff {
  readonly measured: readonly Measured[];
  /** Bytes as coordinates. */
  readonly raw: number;
  /** ||X||^2. */
  readonly norm: number;
}

const rawTitle = 'Raw coordinates';

export const pointsTable: TableDefinition = {
  id: 'points',
  title: 'Bytes and error of every method',
  caption: `Squared error over all entries, zeros included; 100 % is the error of storing nothing. Sizes by the conventions of the publication. Orders are needed where rows and columns must keep their places. Published: settings for email, with rows and columns as the same share of those there are, and the error of NeuKron on email with gamma 10, whose hidden units are not stated (here beside those of its times); ${neukronSource}.`,
  columns: [
    { id: 'method', title: 'Method', kind: 'text' },
    { id: 'setting', title: 'Setting', kind: 'text' },
    { id: 'parameters', title: 'Parameters', kind: 'number' },
    { id: 'bytes', title: 'Size', unit: 'bytes', kind: 'number' },
    { id: 'orders', title: 'Orders on top', unit: 'bytes', kind: 'number' },
    { id: 'whole', title: 'Size with orders', unit: 'bytes', kind: 'number' },
    { id: 'error', title: 'Squared error', kind: 'number', digits: 7 },
    { id: 'relative', title: 'Relative error', unit: '%', kind: 'number' },
    { id: 'seconds', title: 'Time', unit: 's', kind: 'number', digits: 3 },
    { id: 'setting-published', title: 'Setting', kind: 'text', published: true },
    { id: 'error-published', title: 'Squared error', kind: 'number', digits: 7, published: true },
  ],
};

export const frontierTable: TableDefinition = {
  id: 'frontier',
  title: 'Lowest error within a size',
  caption:
    'The method with the lowest error among those of at most that size. Below the first size, storing nothing is best.',
  columns: [
    { id: 'orders', title: 'Orders', kind: 'text' },
    { id: 'from', title: 'From', unit: 'bytes', kind: 'number' },
    { id: 'to', title: 'Below', unit: 'bytes', kind: 'number' },
    { id: 'method', title: 'Method', kind: 'text' },
    { id: 'setting', title: 'Setting', kind: 'text' },
    { id: 'error', title: 'Squared error', kind: 'number', digits: 7 },
  ],
};

export const advantageTable: TableDefinition = {
  id: 'advantage',
  title: 'NeuKron beside the smallest other with an error as low',
  caption: `Raw coordinates, which have no error, are among the others. A factor below 1 says that the other is smaller. Claim: ${neukronSource}, Figure 1.`,
  columns: [
    { id: 'orders', title: 'Orders', kind: 'text' },
    { id: 'setting', title: 'NeuKron', kind: 'text' },
    { id: 'bytes', title: 'Size', unit: 'bytes', kind: 'number' },
    { id: 'error', title: 'Squared error', kind: 'number', digits: 7 },
    { id: 'other', title: 'Smallest other', kind: 'text' },
    { id: 'other-bytes', title: 'Its size', unit: 'bytes', kind: 'number' },
    { id: 'factor', title: 'Times larger', kind: 'number', digits: 3 },
    { id: 'claim', title: 'Times larger', kind: 'text', published: true },
  ],
};

/** Whether orders are counted; a word for tables. */
const accountings = [
  { isWith: true, word: 'counted' },
  { isWith: false, word: 'not counted' },
] as const;

function pointsOf({ measured, raw }: TradeOff, isWith: boolean): TradeOffPoint[] {
  return [
    ...measured.map((point) => ({
      ...point,
      bytes: point.bytes + (isWith ? point.orderBytes : 0),
    })),
    { method: rawTitle, label: 'lossless', bytes: raw, error: 0 },
  ];
}

export function frontierRows(found: TradeOff): BenchmarkCell[][] {
  return accountings.flatMap(({ isWith, word }) =>
    frontier(pointsOf(found, isWith), found.norm).map(({ from, to, point }) => [
      word,
      from,
      to ?? null,
      point.method,
      point.label,
      point.error,
    ]),
  );
}

export function advantageRows(found: TradeOff): BenchmarkCell[][] {
  return accountings.flatMap(({ isWith, word }) => {
    const points = pointsOf(found, isWith);
    const others = points.filter(({ method }) => method !== 'NeuKron');
    return points
      .filter(({ method }) => method === 'NeuKron')
      .map(({ label, bytes, error }) => {
        const other = smallestWithin(others, error);
        return [
          word,
          label,
          bytes,
          error,
          other ? `${other.method}, ${other.label}` : null,
          other?.bytes ?? null,
          other ? other.bytes / bytes : null,
          isWith ? 'up to two orders of magnitude' : null,
        ];
      });
  });
}

/** For which sizes each method is lowest, and which are worse than storing nothing. */
export function tradeOffNotes(found: TradeOff): string[] {
  const { measured, norm } = found;
  const hopeless = [
    ...new Set(measured.filter(({ error }) => error >= norm).map(({ method }) => method)),
  ];
  const larger = [
    ...new Set(measured.filter(({ bytes }) => bytes >= found.raw).map(({ method }) => method)),
  ];
  return [
    ...accountings.map(({ isWith }) => rangesNote(found, isWith)),
    ...(measured.some(({ method }) => method === 'NeuKron')
      ? ['NeuKron trains for the time that it is given; every other method runs until its own end.']
      : []),
    ...(hopeless.length > 0
      ? [
          `At some settings ${listOf(hopeless)} ${hopeless.length === 1 ? 'is' : 'are'} worse than storing nothing.`,
        ]
      : []),
    ...(larger.length > 0
      ? [
          `At some settings ${listOf(larger)} ${larger.length === 1 ? 'takes' : 'take'} more bytes than the raw coordinates, which have no error.`,
        ]
      : []),
  ];
}

function rangesNote(found: TradeOff, isWith: boolean): string {
  const ranges = rangesByMethod(frontier(pointsOf(found, isWith), found.norm));
  const own = ranges.filter(({ method }) => method === 'NeuKron');
  const others = ranges.filter(({ method }) => method !== 'NeuKron');
  const word = isWith ? 'With orders counted' : 'With orders left out';
  const hasNeuKron = found.measured.some(({ method }) => method === 'NeuKron');
  const said = own.map(({ from, to }) => rangeWords(from, to));
  const start =
    own.length > 0
      ? `NeuKron has the lowest error for sizes ${listOf(said)}; elsewhere`
      : hasNeuKron
        ? 'NeuKron has the lowest error at no size;'
        : 'without NeuKron,';
  return `${word}, ${start} it is ${listOf(
    others.map(({ method, from, to }) => `${method} ${rangeWords(from, to)}`),
  )}.`;
}

function rangeWords(from: number, to: number | undefined): string {
  return to === undefined ? `from ${bytesOf(from)} on` : `from ${bytesOf(from)} to ${bytesOf(to)}`;
}

function bytesOf(bytes: number): string {
  return `${bytes.toLocaleString('en-US')} bytes`;
}

function listOf(words: readonly string[]): string {
  return words.length < 2
    ? (words[0] ?? '')
    : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** Log-log, as Figure 1 of the publication's supplement, with orders and without. */
export function tradeOffPlots(found: TradeOff, dims: readonly number[]): BenchmarkPlot[] {
  return accountings.map(({ isWith }) => {
    const points = pointsOf(found, isWith).filter(({ error }) => error > 0);
    const errors = points.map(({ error }) => error);
    const methods = [...new Set(points.map(({ method }) => method))];
    const series: BenchmarkSeries[] = [
      ...methods.map((method) => ({
        title: method,
        points: points
          .filter((point) => point.method === method)
          .map(({ bytes, error }) => [bytes, error] as const),
      })),
      ...(errors.length > 0
        ? [
            {
              // A line where its size is: no error has no place on a logarithmic axis.
              title: rawTitle,
              points: [
                [found.raw, Math.min(...errors)],
                [found.raw, Math.max(...errors)],
              ] as const,
            },
          ]
        : []),
      ...(dims.length === 2 ? [publishedSeries(isWith)] : []),
    ];
    return {
      id: isWith ? 'error-by-size' : 'error-by-size-without-orders',
      title: isWith ? 'Error against bytes, with orders' : 'Error against bytes, without orders',
      x: { title: 'Size', unit: 'bytes', scale: 'log' },
      y: { title: 'Squared error', scale: 'log' },
      series,
    };
  });
}

/** The error published for email, at the size of the hidden units of its times. */
function publishedSeries(isWith: boolean): BenchmarkSeries {
  const { hidden } = emailEpoch;
  const bytes = 4 * (8 * hidden ** 2 + 20 * hidden + 11);
  return {
    title: 'NeuKron',
    published: true,
    points: [[bytes + (isWith ? orderBytes(email.dims) : 0), emailErrors[1].mean]],
  };
}
