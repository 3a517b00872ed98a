import type { ThreadContext } from '../operation';

const maxIterations = 100;
/** Iterations after which the interval is halved every other time. */
const patience = 12;

/** w(tau) = 1/rho + psi + phi: psi sums over the poles below a root, phi over the others. */
export interface SecularFunction {
  readonly context: ThreadContext;
  readonly rho: number;
  readonly d: Float64Array;
  /** z_i^2. */
  readonly squares: Float64Array;
  /** psi, psi', phi, phi' of the last evaluation. */
  readonly sums: Float64Array;
}

/**
 * Root `root` of 1/rho + sum of zz_i / (d_i - x) = 0, between its pole and the next, as the nearer
 * pole and the distance from it: rational interpolation at the two poles, of "fixed weight", then
 * the "middle way" when that is slow, after Li, Solving Secular Equations Stably and Efficiently
 * (LAPACK Working Note 89, 1993; LAPACK's dlaed4). The root stays between bounds; a step that would
 * leave them halves the interval.
 */
export function solveRoot(secular: SecularFunction, root: number): readonly [number, number] {
  const { d, squares, rho } = secular;
  if (d.length === 1) {
    return [d[0], rho * squares[0]];
  }
  return root === d.length - 1 ? solveLast(secular) : solveInner(secular, root);
}

function evaluate(secular: SecularFunction, split: number, origin: number, tau: number): number {
  const { context, d, squares, sums, rho } = secular;
  const [poles, weights, out] = [d.byteOffset, squares.byteOffset, sums.byteOffset];
  context.exports.secularSums(d.length, split, poles, weights, origin, tau, out);
  return 1 / rho + sums[0] + sums[2];
}

/** What rounding may have made of w: sums of d.length terms in four lanes, and of tau itself. */
function uncertainty({ d, sums, rho }: SecularFunction, tau: number): number {
  const size = Math.abs(sums[0]) + Math.abs(sums[2]);
  const slope = sums[1] + sums[3];
  const factor = 8 + d.length / 16;
  return Number.EPSILON * (factor * size + 2 / rho + Math.abs(tau) * slope);
}

function solveInner(secular: SecularFunction, root: number): readonly [number, number] {
  const { d, squares, rho, sums } = secular;
  const split = root + 1;
  const gap = d[root + 1] - d[root];
  const middle = gap / 2;
  const atMiddle = evaluate(secular, split, d[root], middle);
  const isLeft = atMiddle > 0;
  const origin = isLeft ? d[root] : d[root + 1];
  // The sums at the middle without the two nearest poles.
  const below = sums[0] + squares[root] / middle;
  const above = sums[2] - squares[root + 1] / (gap - middle);
  const c = 1 / rho + below + above;
  const bounds = isLeft ? { low: 0, high: middle } : { low: -middle, high: 0 };
  let tau = firstGuess(c, gap, squares[root], squares[root + 1], isLeft);
  if (!(tau > bounds.low && tau < bounds.high)) {
    tau = (bounds.low + bounds.high) / 2;
  }
  const step = (w: number, tau: number, useMiddleWay: boolean): number => {
    const left = d[root] - origin - tau;
    const right = d[root + 1] - origin - tau;
    const slope = sums[1] + sums[3];
    let c: number;
    if (useMiddleWay) {
      c = w - left * sums[1] - right * sums[3];
    } else if (isLeft) {
      const weight = squares[root] / (left * left);
      c = w - right * slope + gap * weight;
    } else {
      const weight = squares[root + 1] / (right * right);
      c = w - left * slope - gap * weight;
    }
    const a = (left + right) * w - left * right * slope;
    const b = left * right * w;
    return smallerRoot(a, b, c);
  };
  return [origin, iterate(secular, split, origin, tau, bounds, step)];
}

function solveLast(secular: SecularFunction): readonly [number, number] {
  const { d, squares, rho, sums } = secular;
  const last = d.length - 1;
  const origin = d[last];
  const gap = origin - d[last - 1];
  let total = 0;
  for (const square of squares) {
    total += square;
  }
  // The root lies within rho |z|^2 of the last pole.
  const reach = rho * total * (1 + 8 * Number.EPSILON * d.length);
  const middle = reach / 2;
  const atMiddle = evaluate(secular, last, origin, middle);
  const c = 1 / rho + sums[0] + squares[last - 1] / (gap + middle);
  const bounds = atMiddle <= 0 ? { low: middle, high: reach } : { low: 0, high: middle };
  const a = -c * gap + squares[last - 1] + squares[last];
  const b = squares[last] * gap;
  const discriminant = Math.sqrt(Math.abs(a * a + 4 * b * c));
  let tau = a < 0 ? (2 * b) / (discriminant - a) : (a + discriminant) / (2 * c);
  if (!(tau > bounds.low && tau < bounds.high)) {
    tau = (bounds.low + bounds.high) / 2;
  }
  const step = (w: number, tau: number): number => {
    const left = -gap - tau;
    const right = -tau;
    const c = Math.abs(w - left * sums[1] - right * sums[3]);
    const a = (left + right) * w - left * right * (sums[1] + sums[3]);
    const b = left * right * w;
    const discriminant = Math.sqrt(Math.abs(a * a - 4 * b * c));
    return a >= 0 ? (a + discriminant) / (2 * c) : (2 * b) / (a - discriminant);
  };
  return [origin, iterate(secular, last, origin, tau, bounds, step)];
}

/** Where the interpolation through the middle of the interval vanishes. */
function firstGuess(c: number, gap: number, left: number, right: number, isLeft: boolean): number {
  if (isLeft) {
    const a = c * gap + left + right;
    const b = left * gap;
    const discriminant = Math.sqrt(Math.abs(a * a - 4 * b * c));
    return a > 0 ? (2 * b) / (a + discriminant) : (a - discriminant) / (2 * c);
  }
  const a = c * gap - left - right;
  const b = right * gap;
  const discriminant = Math.sqrt(Math.abs(a * a + 4 * b * c));
  return a < 0 ? (2 * b) / (a - discriminant) : -(a + discriminant) / (2 * c);
}

/** The root of c x^2 - a x + b that is a step from one side of the interpolation's pole. */
function smallerRoot(a: number, b: number, c: number): number {
  const discriminant = Math.sqrt(Math.abs(a * a - 4 * b * c));
  return a <= 0 ? (a - discriminant) / (2 * c) : (2 * b) / (a + discriminant);
}

function iterate(
  secular: SecularFunction,
  split: number,
  origin: number,
  start: number,
  bounds: { low: number; high: number },
  step: (w: number, tau: number, useMiddleWay: boolean) => number,
): number {
  const { sums } = secular;
  let { low, high } = bounds;
  let tau = start;
  let useMiddleWay = false;
  let previous = Infinity;
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const w = evaluate(secular, split, origin, tau);
    if (Math.abs(w) <= uncertainty(secular, tau)) {
      break;
    }
    if (w < 0) {
      low = tau;
    } else {
      high = tau;
    }
    if (Math.abs(w) > previous / 10) {
      useMiddleWay = !useMiddleWay;
    }
    previous = Math.abs(w);
    let change = step(w, tau, useMiddleWay);
    if (!(w * change < 0)) {
      // w grows with tau; where the interpolation fails, Newton's step has the right direction.
      change = -w / (sums[1] + sums[3]);
    }
    let next = tau + change;
    const isSlow = iteration > patience && iteration % 2 === 0;
    if (!(next > low && next < high) || isSlow) {
      next = low + (high - low) / 2;
    }
    if (next === tau || next === low || next === high) {
      break;
    }
    tau = next;
  }
  return tau;
}
