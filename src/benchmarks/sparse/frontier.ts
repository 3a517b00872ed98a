/** A method at one size, with the error that it left. */
export interface TradeOffPoint {
  readonly method: string;
  readonly label: string;
  readonly bytes: number;
  readonly error: number;
}

/** For sizes from `from`, up to but without `to`, nothing has a lower error than `point`. */
export interface FrontierStep {
  readonly from: number;
  /** Undefined for the last one. */
  readonly to: number | undefined;
  readonly point: TradeOffPoint;
}

/**
 * The lowest error within each size, from small to large; points above `nothing`, the error of storing
 * nothing at all, are no part of it. Of equal sizes the lower error counts, of equal errors the smaller.
 */
export function frontier(
  points: readonly TradeOffPoint[],
  nothing: number,
): readonly FrontierStep[] {
  const sorted = [...points].sort((a, b) => a.bytes - b.bytes || a.error - b.error);
  const best: TradeOffPoint[] = [];
  for (const point of sorted) {
    if (point.error < (best.at(-1)?.error ?? nothing)) {
      best.push(point);
    }
  }
  return best.map((point, i) => ({ from: point.bytes, to: best[i + 1]?.bytes, point }));
}

/** Neighbouring steps of one method as one range. */
export function rangesByMethod(
  steps: readonly FrontierStep[],
): readonly { readonly method: string; readonly from: number; readonly to: number | undefined }[] {
  const ranges: { method: string; from: number; to: number | undefined }[] = [];
  for (const { from, to, point } of steps) {
    const last = ranges.at(-1);
    if (last?.method === point.method) {
      last.to = to;
    } else {
      ranges.push({ method: point.method, from, to });
    }
  }
  return ranges;
}

/** The smallest of `points` whose error is at most `error`. */
export function smallestWithin(
  points: readonly TradeOffPoint[],
  error: number,
): TradeOffPoint | undefined {
  return points
    .filter((point) => point.error <= error)
    .reduce<TradeOffPoint | undefined>(
      (best, point) => (best && best.bytes <= point.bytes ? best : point),
      undefined,
    );
}
