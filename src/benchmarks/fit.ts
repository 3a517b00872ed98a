/** y = factor x^exponent. */
export interface PowerLaw {
  readonly exponent: number;
  readonly factor: number;
}

/** A line through fewer points follows their noise. */
const fewestSizes = 4;

/**
 * The power law that fits `points` best: ordinary least squares of log y on log x. Undefined with
 * fewer than four different x, or when a value is not positive.
 */
export function fitPowerLaw(
  points: readonly (readonly [x: number, y: number])[],
): PowerLaw | undefined {
  const sizes = new Set(points.map(([x]) => x));
  if (sizes.size < fewestSizes || points.some(([x, y]) => !(x > 0 && y > 0))) {
    return undefined;
  }
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const meanX = mean(logs.map(([x]) => x));
  const meanY = mean(logs.map(([, y]) => y));
  let covariance = 0;
  let variance = 0;
  for (const [x, y] of logs) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  const exponent = covariance / variance;
  return { exponent, factor: Math.exp(meanY - exponent * meanX) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
