/** y = intercept + slope x. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance of y that the line explains; 1 where y does not vary. */
  readonly rSquared: number;
}

/** y = factor x^exponent. */
export interface PowerLaw {
  readonly exponent: number;
  readonly factor: number;
  /** Of the line through the logarithms. */
  readonly rSquared: number;
}

type Points = readonly (readonly [x: number, y: number])[];

/** A line through fewer points follows their noise. */
const fewestSizes = 4;

/** The line with the least squares of y. Undefined with fewer than four different x. */
export function fitLine(points: Points): Line | undefined {
  if (
    new Set(points.map(([x]) => x)).size < fewestSizes ||
    points.some((point) => !point.every(Number.isFinite))
  ) {
    return undefined;
  }
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  let covariance = 0;
  let variance = 0;
  let variation = 0;
  for (const [x, y] of points) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
    variation += (y - meanY) ** 2;
  }
  const slope = covariance / variance;
  const intercept = meanY - slope * meanX;
  const left = points.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0);
  return { slope, intercept, rSquared: variation === 0 ? 1 : 1 - left / variation };
}

/**
 * The power law that fits `points` best: ordinary least squares of log y on log x. Undefined with
 * fewer than four different x, or when a value is not positive.
 */
export function fitPowerLaw(points: Points): PowerLaw | undefined {
  const line = fitLine(points.map(([x, y]) => [Math.log(x), Math.log(y)] as const));
  return (
    line && {
      exponent: line.slope,
      factor: Math.exp(line.intercept),
      rSquared: line.rSquared,
    }
  );
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation over sqrt(n): undefined for fewer than two values. */
export function standardError(values: readonly number[]): number | undefined {
  if (values.length < 2) {
    return undefined;
  }
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
