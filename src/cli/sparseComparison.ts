import type { SparseAttempt, SparseEpoch, SparseOffer, SparsePoint } from '../protocol/sparse';
import type { FailureData } from '../failures';
import { settingsText } from './sparseAttempts';
import { printable, renderTable } from './table';
import { formatBytes, formatCount, formatSeconds, formatShare } from './text';

/** What became of an attempt: a point, a failure, how far it had come, or nothing of these yet. */
export interface ComparedAttempt {
  readonly attempt: SparseAttempt;
  readonly point?: SparsePoint;
  readonly failure?: Pick<FailureData, 'kind' | 'message'>;
  /** The last epoch of a training that was stopped. */
  readonly reached?: SparseEpoch;
}

/** A comparison, whole or as far as it came. */
export interface ComparedFile {
  readonly file: string;
  readonly tensor?: string;
  readonly seed: number;
  readonly threads?: number;
  readonly elapsedMs: number;
  /** Whether sizes are compared with orders. */
  readonly withOrders: boolean;
  /** Of the coordinates, to compare with. */
  readonly bytes: { readonly raw: number; readonly orders: number };
  readonly outcomes: readonly ComparedAttempt[];
  /** Numbers of the outcomes that no smaller one comes as close as, from small to large. */
  readonly front: readonly number[];
  readonly unavailable: readonly { readonly method: string; readonly reason: string }[];
  readonly stopped?: 'cancelled' | 'minutes';
}

/** How many there are of which nothing more is to come: points but for trainings that were stopped. */
export function finished(outcomes: readonly ComparedAttempt[]): number {
  return outcomes.filter(({ point, failure }) => failure ?? (point && !point.paused)).length;
}

/** What a point takes. */
export function bytesOf({ bytes, orderBytes }: SparsePoint, withOrders: boolean): number {
  return withOrders ? bytes + orderBytes : bytes;
}

/** What costs nothing of its own: the coordinates, and no file at all. */
interface FrontLimits {
  readonly rawBytes: number;
  readonly squaredNorm: number;
  readonly withOrders: boolean;
}

/**
 * Numbers of the outcomes that are smaller than the coordinates and closer than every smaller one
 * and than nothing at all, from small to large.
 */
export function frontOf(
  outcomes: readonly ComparedAttempt[],
  { rawBytes, squaredNorm, withOrders }: FrontLimits,
): number[] {
  const points = outcomes
    .flatMap(({ point }, number) =>
      point ? [{ number, size: bytesOf(point, withOrders), error: point.squaredError }] : [],
    )
    .filter(({ size }) => size < rawBytes)
    .sort((a, b) => a.size - b.size || a.error - b.error);
  let least = squaredNorm;
  return points
    .filter(({ error }) => {
      const isCloser = error < least;
      least = Math.min(least, error);
      return isCloser;
    })
    .map(({ number }) => number);
}

export function describeComparison(
  compared: ComparedFile,
  offer: SparseOffer,
  width?: number,
): string[] {
  const { outcomes, seed, elapsedMs, stopped } = compared;
  const raw = formatCount(compared.bytes.raw);
  const done = finished(outcomes);
  return [
    ...renderTable(
      [
        { title: 'Method' },
        { title: 'Settings' },
        { title: 'Bytes', align: 'right' },
        { title: 'With orders', align: 'right' },
        { title: 'Squared error', align: 'right' },
        { title: 'Relative', align: 'right' },
        { title: 'Time', align: 'right' },
        { title: 'µs per entry', align: 'right' },
      ],
      [
        ['coordinates', '', raw, raw, '0', '0 %', '', ''],
        ...outcomes.flatMap(({ attempt, point }) => (point ? [rowOf(attempt, point, offer)] : [])),
      ],
      width,
    ),
    '',
    frontSentence(compared, offer),
    ...remarks(compared, offer),
    ...(stopped === undefined
      ? []
      : [
          `Stopped${stopped === 'minutes' ? ' when the time was up' : ''}: ${done} of ${outcomes.length} attempts are finished.`,
        ]),
    `Seed ${seed}, ${formatSeconds(elapsedMs)}${compared.threads === undefined ? '' : `, threads: ${compared.threads}`}.`,
  ];
}

/** Of an attempt, as one would type it. */
export function attemptName(attempt: SparseAttempt, offer: SparseOffer): string {
  const settings = settingsText(attempt, offer);
  return settings === '' ? attempt.method : `${attempt.method} ${settings}`;
}

/** Whole numbers as they are, others with six significant digits. */
export function formatNumber(value: number): string {
  return String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(6)));
}

/** Methods that cannot be used, those with the same reason together. */
export function unavailableSentences(unavailable: ComparedFile['unavailable']): string[] {
  return grouped(
    unavailable.map(({ method, reason }) => ({ name: method, text: printable(reason) })),
  ).map(
    ({ names, text }) =>
      `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not available: ${text}`,
  );
}

function rowOf(attempt: SparseAttempt, point: SparsePoint, offer: SparseOffer): string[] {
  const { bytes, orderBytes, squaredError, relativeError, elapsedMs, entryMicroseconds } = point;
  return [
    attempt.method,
    settingsText(attempt, offer),
    formatCount(bytes),
    formatCount(bytes + orderBytes),
    formatNumber(squaredError),
    formatShare(relativeError),
    formatSeconds(elapsedMs),
    String(Number(entryMicroseconds.toPrecision(3))),
  ];
}

function frontSentence(
  { outcomes, front, withOrders, bytes }: ComparedFile,
  offer: SparseOffer,
): string {
  if (!outcomes.some(({ point }) => point)) {
    return 'No attempt is finished.';
  }
  const sizes = withOrders ? 'sizes with orders' : 'sizes without orders';
  if (front.length === 0) {
    return `None is both smaller than the coordinates (${formatBytes(bytes.raw)}; ${sizes}) and better than nothing.`;
  }
  const parts = front.flatMap((number) => {
    const { attempt, point } = outcomes[number];
    return point
      ? [
          `${attemptName(attempt, offer)} (${formatBytes(bytesOf(point, withOrders))}, ${formatShare(point.relativeError)})`,
        ]
      : [];
  });
  return `Smallest error for the size, from small to large (${sizes}): ${parts.join(', ')}.`;
}

function remarks({ outcomes, unavailable }: ComparedFile, offer: SparseOffer): string[] {
  const named = outcomes.map((outcome) => ({
    ...outcome,
    name: attemptName(outcome.attempt, offer),
  }));
  return [
    ...grouped(
      named.flatMap(({ name, point }) =>
        (point?.notes ?? []).map((note) => ({ name, text: printable(note) })),
      ),
    ).map(({ names, text }) => `${names.join('; ')}: ${text}`),
    ...named.flatMap(({ name, point, failure, reached }) => [
      ...(failure ? [`${name} failed: ${printable(failure.message)}`] : []),
      ...(reached && !point
        ? [
            `${name}: stopped after epoch ${reached.epoch}, with a squared error of ${formatNumber(reached.bestLoss)}.`,
          ]
        : []),
    ]),
    ...unavailableSentences(unavailable),
  ];
}

/** The same text once, with all that it is about, in the order of their first. */
function grouped(
  lines: readonly { readonly name: string; readonly text: string }[],
): { readonly names: readonly string[]; readonly text: string }[] {
  const texts = [...new Set(lines.map(({ text }) => text))];
  return texts.map((text) => ({
    text,
    names: lines.filter((line) => line.text === text).map(({ name }) => name),
  }));
}
