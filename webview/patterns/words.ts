import type {
  BlockOffer,
  Criterion,
  MatrixForm,
  PatternSpeed,
  Scheme,
  Scope,
} from '../../src/protocol/patterns';
import { formatCount, formatNumberOf } from '../format';

type Pair = readonly [rows: number, columns: number];

export function formatPair([rows, columns]: Pair): string {
  return `${formatCount(rows)} × ${formatCount(columns)}`;
}

export const criterionNames: Readonly<Record<Criterion, string>> = {
  frobenius: 'Frobenius norm',
  l1: 'Sum of magnitudes (L1)',
  max: 'Largest magnitude',
  meanSquare: 'Mean of squares',
};

export const scopeNames: Readonly<Record<Scope, string>> = {
  matrix: 'whole matrix',
  blockRow: 'every row of blocks',
};

/** How a tensor (T, C, spatial…) is read as a matrix. */
const schemeNames: Readonly<Record<Scheme, string>> = {
  matrix: 'as it is',
  'channel-out': 'outputs × (inputs, kernel)',
  'channel-in': '(outputs, kernel) × inputs',
  spatial: '(inputs, height) × (outputs, width)',
};

export function schemeWords({ columns, rows, scheme }: MatrixForm): string {
  return `${schemeNames[scheme]}: ${formatPair([rows, columns])}`;
}

/** `padding: +2 rows, +1 column`, or nothing where the blocks fit. */
export function paddingWords([rows, columns]: Pair): string {
  const parts = [
    ...(rows > 0 ? [`+${formatNumberOf(rows, 'row')}`] : []),
    ...(columns > 0 ? [`+${formatNumberOf(columns, 'column')}`] : []),
  ];
  return parts.length === 0 ? '' : `padding: ${parts.join(', ')}`;
}

/** A block size to choose: `16 × 16 · 8 × 8 blocks · padding: +2 rows`. */
export function offerWords({ block, grid, padding }: BlockOffer): string {
  const parts = [formatPair(block), `${formatPair(grid)} blocks`, paddingWords(padding)];
  return parts.filter(Boolean).join(' · ');
}

/** Milliseconds of the block-sparse product at a kept fraction, between the measured ones. */
export function forecastMs({ samples }: PatternSpeed, kept: number): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) {
    return undefined;
  }
  const after = samples.findIndex((sample) => sample.kept >= kept);
  const [b, a] = [samples[after], samples[after - 1]];
  if (!b || !a) {
    // Nothing was measured beyond; less work than at the ends is not promised.
    return after < 0 ? last.ms : first.ms;
  }
  return a.ms + ((b.ms - a.ms) * (kept - a.kept)) / (b.kept - a.kept);
}

/** Ratios nearer to one than this are within what measuring again would change. */
const SAME = 0.08;

export interface Forecast {
  /** `About 3.1 × faster than dense on this machine (2 threads)`. */
  readonly headline: string;
  readonly details: string;
  readonly isSlower: boolean;
}

/** What to expect of the product with a block-sparse matrix, honest where it does not pay. */
export function forecast(speed: PatternSpeed, kept: number, matrix: Pair): Forecast | undefined {
  const ms = forecastMs(speed, kept);
  if (ms === undefined || !(ms > 0)) {
    return undefined;
  }
  const best = Math.min(speed.denseMs, speed.backend.ms);
  const ratio = best / ms;
  const here = `dense on this machine (${formatNumberOf(speed.threads, 'thread')})`;
  const headline =
    Math.abs(Math.log(ratio)) < SAME
      ? `About as fast as ${here}`
      : ratio > 1
        ? `About ${times(ratio)} faster than ${here}`
        : `About ${times(1 / ratio)} slower than ${here}`;
  const measured =
    speed.rows === matrix[0] && speed.columns === matrix[1]
      ? ''
      : `, measured on a matrix of ${formatPair([speed.rows, speed.columns])}`;
  return {
    headline,
    details:
      `${milliseconds(ms)} for ${formatCount(speed.batch)} columns of input, beside ` +
      `${milliseconds(speed.denseMs)} with our dense kernel and ${milliseconds(speed.backend.ms)} ` +
      `with TensorFlow.js (${speed.backend.name})${measured}.`,
    isSlower: ratio < 1 && Math.abs(Math.log(ratio)) >= SAME,
  };
}

function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)} ×`;
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toPrecision(2) : ms.toFixed(0)} ms`;
}
