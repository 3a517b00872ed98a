import { UsageError } from '../failures';

export interface KendallResult {
  /** Undefined where the denominator is 0: fewer than two pairs, or for tau-b a constant variable. */
  readonly tau: number | undefined;
  /** K: pairs ordered alike in both variables; D: pairs ordered oppositely. */
  readonly concordant: number;
  readonly discordant: number;
  /** Pairs tied in the first variable, in the second, and in both (counted in each of the two). */
  readonly tiedFirst: number;
  readonly tiedSecond: number;
  readonly tiedBoth: number;
}

/** Longer samples are counted in O(m log m). */
const pairwiseUpTo = 5000;

/**
 * Kendall's rank correlation of the pairs (a_i, p_i). `a` (default) is (K - D) / (m (m - 1) / 2):
 * ties count for neither but stay in the denominator. `b` divides by
 * sqrt((n0 - tiedFirst) (n0 - tiedSecond)) instead.
 * @throws UsageError when the samples differ in length or hold NaN.
 */
export function kendallTau(
  a: ArrayLike<number>,
  p: ArrayLike<number>,
  variant: 'a' | 'b' = 'a',
): KendallResult {
  if (a.length !== p.length) {
    throw new UsageError(
      `Kendall's tau needs pairs: ${a.length} values do not go with ${p.length}.`,
    );
  }
  if (Array.prototype.some.call(a, Number.isNaN) || Array.prototype.some.call(p, Number.isNaN)) {
    throw new UsageError("Kendall's tau needs values that can be ordered; NaN cannot.");
  }
  const counts = a.length <= pairwiseUpTo ? countPairs(a, p) : countBySorting(a, p);
  const pairs = (a.length * (a.length - 1)) / 2;
  const denominator =
    variant === 'a'
      ? pairs
      : Math.sqrt(pairs - counts.tiedFirst) * Math.sqrt(pairs - counts.tiedSecond);
  const tau = denominator > 0 ? (counts.concordant - counts.discordant) / denominator : undefined;
  return { tau, ...counts };
}

type Counts = Omit<KendallResult, 'tau'>;

/** Every pair looked at. */
export function countPairs(a: ArrayLike<number>, p: ArrayLike<number>): Counts {
  let concordant = 0;
  let discordant = 0;
  let tiedFirst = 0;
  let tiedSecond = 0;
  let tiedBoth = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = i + 1; j < a.length; j++) {
      // Signs, not a product of differences: that could underflow to a tie.
      const first = Math.sign(compare(a[i], a[j]));
      const second = Math.sign(compare(p[i], p[j]));
      tiedFirst += first === 0 ? 1 : 0;
      tiedSecond += second === 0 ? 1 : 0;
      tiedBoth += first === 0 && second === 0 ? 1 : 0;
      concordant += first * second > 0 ? 1 : 0;
      discordant += first * second < 0 ? 1 : 0;
    }
  }
  return { concordant, discordant, tiedFirst, tiedSecond, tiedBoth };
}

/**
 * The same counts by sorting (Knight 1966): ordered by a, then p, the discordant pairs are the
 * exchanges a merge sort by p makes.
 */
export function countBySorting(a: ArrayLike<number>, p: ArrayLike<number>): Counts {
  const m = a.length;
  const order = Array.from({ length: m }, (_, i) => i);
  order.sort((i, j) => compare(a[i], a[j]) || compare(p[i], p[j]));
  const first = Float64Array.from(order, (i) => a[i]);
  const second = Float64Array.from(order, (i) => p[i]);
  const tiedFirst = pairsInRuns(m, (i) => first[i] === first[i - 1]);
  const tiedBoth = pairsInRuns(m, (i) => first[i] === first[i - 1] && second[i] === second[i - 1]);
  const discordant = sortCountingExchanges(second);
  const tiedSecond = pairsInRuns(m, (i) => second[i] === second[i - 1]);
  const pairs = (m * (m - 1)) / 2;
  const concordant = pairs - tiedFirst - tiedSecond + tiedBoth - discordant;
  return { concordant, discordant, tiedFirst, tiedSecond, tiedBoth };
}

/** Infinities of one sign tie, which their difference (NaN) would not show. */
function compare(x: number, y: number): number {
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Pairs within runs of equal neighbours. */
function pairsInRuns(count: number, equalsPrevious: (i: number) => boolean): number {
  let pairs = 0;
  let run = 0;
  for (let i = 1; i < count; i++) {
    run = equalsPrevious(i) ? run + 1 : 0;
    pairs += run;
  }
  return pairs;
}

/** Bottom-up merge sort in place; the number of pairs that were out of order. */
function sortCountingExchanges(values: Float64Array): number {
  const m = values.length;
  const merged = new Float64Array(m);
  let exchanges = 0;
  for (let width = 1; width < m; width *= 2) {
    for (let low = 0; low < m; low += 2 * width) {
      const middle = Math.min(low + width, m);
      const high = Math.min(low + 2 * width, m);
      let left = low;
      let right = middle;
      for (let to = low; to < high; to++) {
        if (right >= high || (left < middle && values[left] <= values[right])) {
          merged[to] = values[left++];
        } else {
          merged[to] = values[right++];
          exchanges += middle - left;
        }
      }
    }
    values.set(merged);
  }
  return exchanges;
}
