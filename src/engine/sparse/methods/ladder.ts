/** Shares of the raw coordinates' bytes at which the curves of the methods should meet. */
const shares = [0.01, 0.03, 0.1, 0.25, 0.5];
/** Points that make a curve. */
export const fewest = 3;
/** Seconds, on one thread, that a suggested run may take. */
const patience = 30;

/**
 * Whole numbers from `least` to `most`, ascending, whose bytes are near the shares of `raw` from
 * below; where they are fewer than three, twice the last one and so on.
 * @param bytes rising with the number.
 */
export function ladder(
  bytes: (step: number) => number,
  raw: number,
  { least = 1, most }: { readonly least?: number; readonly most: number },
): number[] {
  const steps = [...new Set(shares.map((share) => largestWithin(bytes, share * raw, least, most)))];
  for (;;) {
    const last = steps[steps.length - 1];
    if (steps.length >= fewest || last >= most) {
      return steps;
    }
    steps.push(Math.min(most, 2 * last));
  }
}

/** The largest number from `least` to `most` with `bytes` of at most `target`; `least` if none. */
export function largestWithin(
  bytes: (step: number) => number,
  target: number,
  least: number,
  most: number,
): number {
  let [low, high] = [least, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (bytes(middle) <= target) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/** Those that are soon done, and the first in any case. */
export function bearable<T>(candidates: readonly T[], seconds: (candidate: T) => number): T[] {
  return candidates.filter((candidate, i) => i === 0 || seconds(candidate) <= patience);
}
