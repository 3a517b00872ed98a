import type { BestKroneckerBlock, MatrixForm, PatternCurve } from '../../src/protocol/patterns';
import { formatBytes, formatCount, formatNumberOf, formatPercent } from '../format';
import { blocksForBytes } from './figures';
import { formatPair } from './words';

/** Error of one block size at a number of bytes. */
export interface EqualBytes {
  readonly block: readonly [number, number];
  readonly kept: number;
  readonly relativeError: number;
}

/** The error of a curve at a kept fraction, between its points. */
export function curveError({ errors, kept: fractions }: PatternCurve, kept: number): number {
  const after = fractions.findIndex((fraction) => fraction >= kept);
  const [x1, y1] = [fractions[after], errors[after]];
  if (x1 === undefined || y1 === undefined) {
    return errors.at(-1) ?? 0;
  }
  const [x0, y0] = [fractions[after - 1], errors[after - 1]];
  return x0 === undefined || y0 === undefined || x1 === x0
    ? y1
    : y0 + ((y1 - y0) * (kept - x0)) / (x1 - x0);
}

/** What each block size loses when it may take `bytes` as BSR; best first. */
export function atEqualBytes(
  curves: readonly PatternCurve[],
  bytes: number,
): readonly EqualBytes[] {
  return curves
    .flatMap((curve) => {
      const count = curve.grid[0] * curve.grid[1];
      const blocks = Math.min(count, blocksForBytes(curve.costs, bytes));
      if (blocks < 0 || count === 0) {
        return [];
      }
      const kept = blocks / count;
      return [{ block: curve.block, kept, relativeError: curveError(curve, kept) }];
    })
    .sort((a, b) => a.relativeError - b.relativeError);
}

/** Which block size loses least at the bytes of the current one, in words. */
export function equalBytesWords(
  curves: readonly PatternCurve[],
  bytes: number,
  current: readonly [number, number],
): string {
  const answers = atEqualBytes(curves, bytes);
  const [best] = answers;
  const own = answers.find(({ block }) => isSamePair(block, current));
  if (!best || !own || answers.length < 2) {
    return '';
  }
  const start = `In ${formatBytes(bytes)}, what BSR takes now, `;
  if (best.relativeError >= own.relativeError) {
    const next = answers.find(({ block }) => !isSamePair(block, current));
    return (
      `${start}no other of these block sizes loses less than ${formatPair(current)} ` +
      `(relative error ${formatPercent(own.relativeError)}` +
      `${next ? `; the next is ${formatPair(next.block)} with ${formatPercent(next.relativeError)}` : ''}).`
    );
  }
  return (
    `${start}blocks of ${formatPair(best.block)} lose least: relative error ` +
    `${formatPercent(best.relativeError)} with ${formatPercent(best.kept)} of them, beside ` +
    `${formatPercent(own.relativeError)} for ${formatPair(current)}.`
  );
}

/** The block with the fewest parameters of a Kronecker sum, in words (seed 002, eq. 5). */
export function kroneckerWords(best: BestKroneckerBlock, { rows, columns }: MatrixForm): string {
  const total = rows * columns;
  const others = best.ties - 1;
  return (
    `${formatNumberOf(best.rank, 'term')}: blocks of ${formatPair(best.block)} need the fewest ` +
    `parameters, ${formatCount(best.parameters)} of ${formatCount(total)} ` +
    `(${formatPercent(best.parameters / total)})` +
    `${others > 0 ? `; ${formatNumberOf(others, 'other size')} as few` : ''}.`
  );
}

export function isSamePair(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
