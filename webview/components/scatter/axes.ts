/** A logarithmic axis: the values at its ends. */
export interface LogRange {
  readonly low: number;
  readonly high: number;
}

/** Share of the axis that stays free beside the outermost values. */
const FREE = 0.05;
/** An axis spans at least this ratio, so that one value alone has an axis too. */
const LEAST_RATIO = 1.6;

/** The range of an axis with all of the positive ones among `values` on it. */
export function logRange(values: readonly number[]): LogRange {
  const shown = values.filter((value) => value > 0 && Number.isFinite(value));
  if (shown.length === 0) {
    return { low: 1, high: 10 };
  }
  let [low, high] = [Math.log(Math.min(...shown)), Math.log(Math.max(...shown))];
  const missing = Math.log(LEAST_RATIO) - (high - low);
  if (missing > 0) {
    [low, high] = [low - missing / 2, high + missing / 2];
  }
  const free = (high - low) * FREE;
  return { low: Math.exp(low - free), high: Math.exp(high + free) };
}

/** 0 at the low end, 1 at the high one; what an axis cannot show lies at its low end. */
export function shareOf({ high, low }: LogRange, value: number): number {
  return value > 0 ? Math.max(0, Math.log(value / low) / Math.log(high / low)) : 0;
}

/** Powers of two in even steps, so that every tick is a round number of B, KB or MB. */
export function byteTicks({ high, low }: LogRange, most: number): readonly number[] {
  const [first, last] = [Math.ceil(Math.log2(low)), Math.floor(Math.log2(high))];
  const count = (step: number) => Math.floor(last / step) - Math.ceil(first / step) + 1;
  const step = [1, 2, 5, 10, 20, 30].find((one) => count(one) <= most) ?? 40;
  const start = Math.ceil(first / step);
  return Array.from({ length: Math.max(0, count(step)) }, (_, at) => 2 ** ((start + at) * step));
}

/** Round numbers: decades where there are enough of them, else parts of decades, else even steps. */
export function decimalTicks(range: LogRange, most: number): readonly number[] {
  const enough = Math.min(4, most);
  const decades = Math.max(1, Math.ceil(Math.log10(range.high / range.low) / most));
  const candidates = [
    inDecades(range, [1], decades),
    inDecades(range, [1, 2, 5], 1),
    inDecades(range, [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9], 1),
    evenTicks(range, most),
  ].filter(({ length }) => length <= most);
  return (
    candidates.find(({ length }) => length >= enough) ??
    candidates.reduce((best, one) => (one.length > best.length ? one : best), [])
  );
}

function inDecades(
  { high, low }: LogRange,
  steps: readonly number[],
  every: number,
): readonly number[] {
  const ticks: number[] = [];
  for (let at = Math.floor(Math.log10(low)); at <= Math.ceil(Math.log10(high)); at++) {
    if (at % every === 0) {
      // Read from text, because 10 ** -3 * 5 is not quite 0.005.
      ticks.push(...steps.map((step) => Number(`${step}e${at}`)));
    }
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function evenTicks({ high, low }: LogRange, most: number): readonly number[] {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  return Array.from({ length: count }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}
