import type { SparseEpoch, SparseMethodOffer, SparseOutcome } from '../../src/protocol/sparse';
import type { CurveSeries } from '../components/curveData';
import { offerOf } from './attempts';

/** More points than this are one line to the eye. */
export const MOST_EPOCHS = 400;

/** At most so many epochs, the last one among them, at even steps that stay while more are added. */
export function thinned(
  epochs: readonly SparseEpoch[],
  most = MOST_EPOCHS,
): readonly SparseEpoch[] {
  let step = 1;
  while (epochs.length / step > most) {
    step *= 2;
  }
  return epochs.filter((_, index) => index % step === 0 || index === epochs.length - 1);
}

const LOSS = { marker: 'circle', color: '--vscode-charts-blue' } as const;
const BEST = { marker: 'square', color: '--vscode-charts-green' } as const;
const PREFIXES = { marker: 'diamond', color: '--vscode-charts-purple' } as const;
const ACCEPTED = { marker: 'triangle', color: '--vscode-charts-yellow' } as const;

export interface TrainingCurves {
  readonly loss: readonly CurveSeries[];
  readonly prefixes: readonly CurveSeries[];
  readonly accepted: readonly CurveSeries[];
}

/** What a training shows, epoch by epoch. */
export function trainingCurves(all: readonly SparseEpoch[]): TrainingCurves {
  const epochs = thinned(all);
  const over = (y: (epoch: SparseEpoch) => number) =>
    epochs.map((one) => ({ x: one.epoch, y: y(one) }));
  return {
    loss: [
      { id: 'loss', label: 'Loss', look: LOSS, points: over(({ loss }) => loss) },
      {
        id: 'best',
        label: 'Best so far',
        look: BEST,
        points: over(({ bestLoss }) => bestLoss),
        dashed: true,
      },
    ],
    prefixes: [
      {
        id: 'prefixes',
        label: 'Prefixes',
        look: PREFIXES,
        points: over(({ prefixes }) => prefixes),
      },
    ],
    accepted: [{ id: 'accepted', label: 'Accepted', look: ACCEPTED, points: over(acceptance) }],
  };
}

/** Share of the proposed swaps that were accepted; 0 where none were proposed. */
export function acceptance({ accepted, proposed }: SparseEpoch): number {
  return proposed > 0 ? accepted / proposed : 0;
}

export interface TrainingFacts {
  readonly epoch: number;
  /** How many epochs there are at most, where that is known. */
  readonly epochs: number | undefined;
  readonly bestLoss: number;
  /** sqrt(best loss / ||X||^2). */
  readonly relativeError: number;
  /** Mean of the latest epochs; undefined for one epoch alone. */
  readonly epochMs: number | undefined;
  readonly elapsedMs: number;
  readonly remainingMs: number | undefined;
}

/** Over so many of the latest epochs the time of one is measured. */
const LATEST = 20;

export function trainingFacts(
  offers: readonly SparseMethodOffer[],
  { attempt, epochs, point, state }: SparseOutcome,
  squaredNorm: number,
): TrainingFacts | undefined {
  const last = epochs.at(-1);
  if (!last) {
    return undefined;
  }
  const first = epochs.find(({ epoch }) => epoch >= last.epoch - LATEST) ?? last;
  const between = last.epoch - first.epoch;
  const epochMs = between > 0 ? (last.elapsedMs - first.elapsedMs) / between : undefined;
  const planned = point?.paused?.epochs ?? plannedEpochs(offers, attempt);
  const remaining =
    state === 'running' && planned !== undefined && epochMs !== undefined
      ? Math.max(0, planned - last.epoch) * epochMs
      : undefined;
  return {
    epoch: last.epoch,
    // A number that has been passed is none that a reader can count on.
    epochs: planned !== undefined && planned >= last.epoch ? planned : undefined,
    bestLoss: last.bestLoss,
    relativeError: squaredNorm > 0 ? Math.sqrt(Math.max(0, last.bestLoss) / squaredNorm) : 0,
    epochMs,
    elapsedMs: last.elapsedMs,
    remainingMs: remaining,
  };
}

function plannedEpochs(
  offers: readonly SparseMethodOffer[],
  { method, options }: SparseOutcome['attempt'],
): number | undefined {
  const option = offerOf(offers, method)?.options.find(({ name }) => name === 'epochs');
  const value = options.epochs ?? option?.default;
  return typeof value === 'number' ? value : undefined;
}
