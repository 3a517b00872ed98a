import { UsageError } from '../../failures';

/** How the nonzeros are spread over the indices of a mode. */
export interface DegreeShape {
  readonly size: number;
  /** Nonzeros that every index has. */
  readonly least: number;
  /** Nonzeros that no index has more of. */
  readonly most: number;
  /** Of the quantile function (-ln u)^tail: 1 falls exponentially, above it the tail is heavier. */
  readonly tail: number;
}

const steps = 200;

/**
 * Whole degrees that add up to `total`, in falling order: index i of n has
 * least + scale (-ln((i + 1/2) / n))^tail, a stretched exponential (Weibull) law cut off at `most`, with
 * the scale that gives the sum, rounded by largest remainders.
 * @throws UsageError when no degrees between `least` and `most` add up to `total`.
 */
export function degreeSequence(
  { size, least, most, tail }: DegreeShape,
  total: number,
): Uint32Array {
  if (!(size * least <= total && total <= size * most)) {
    throw new UsageError(
      `${total} nonzeros cannot be spread over ${size} indices of ${least} to ${most} each; change their number.`,
      { value: total },
    );
  }
  const quantiles = Float64Array.from({ length: size }, (_, i) => {
    return (-Math.log((i + 0.5) / size)) ** tail;
  });
  const degreesAt = (scale: number): Float64Array =>
    quantiles.map((quantile) => Math.min(most, least + scale * quantile));
  let low = 0;
  let high = most / quantiles[size - 1];
  for (let step = 0; step < steps; step++) {
    const middle = (low + high) / 2;
    if (degreesAt(middle).reduce((sum, degree) => sum + degree, 0) > total) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return rounded(degreesAt(low), total, most);
}

/** Whole numbers with the sum `total`: the largest remainders are rounded up. */
function rounded(values: Float64Array, total: number, most: number): Uint32Array {
  const whole = Uint32Array.from(values, Math.floor);
  let missing = total - whole.reduce((sum, value) => sum + value, 0);
  const byRemainder = [...values.keys()].sort(
    (i, j) => values[j] - whole[j] - (values[i] - whole[i]) || i - j,
  );
  for (let at = 0; missing > 0; at = (at + 1) % byRemainder.length) {
    if (whole[byRemainder[at]] < most) {
      whole[byRemainder[at]]++;
      missing--;
    }
  }
  return whole.sort().reverse();
}
