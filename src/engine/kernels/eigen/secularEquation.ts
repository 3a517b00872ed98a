import type { ThreadContext } from '../operation';
import { addressOf, doublesAt, type Runner } from './runner';
import { solveRoot } from './secularRoot';

const rootsPerItem = 32;
const weightsPerItem = 64;
const vectorsPerItem = 16;
const iterationsPerRoot = 6;
/** A division takes as long as some multiply-adds. */
const workPerFraction = 8;

/**
 * The eigenvalues of diag(d) + rho z z^T: poles d ascending and distinct, rho > 0, no z_i zero.
 * Root j is `origin[j] + tau[j]`, with the nearest pole as origin, so that its distance to every
 * pole is known to full relative accuracy.
 */
export interface SecularProblem {
  readonly count: number;
  readonly rho: number;
  /** In the kernels' memory, `count` entries each. */
  readonly d: Float64Array;
  readonly z: Float64Array;
  readonly origin: Float64Array;
  readonly tau: Float64Array;
}

/** Finds all roots, and replaces z by the vector for which they are exact (Gu and Eisenstat 1994). */
export function solveSecular(runner: Runner, problem: SecularProblem): void {
  const { count, rho, d, z, origin, tau } = problem;
  runner.arena.scope(() => {
    const squares = runner.arena.doubles(count);
    for (let i = 0; i < count; i++) {
      squares[i] = z[i] * z[i];
    }
    const shared = [addressOf(d), addressOf(origin), addressOf(tau)];
    runner.run(
      'secularRoots',
      [count, ...shared, addressOf(squares), rho],
      Math.ceil(count / rootsPerItem),
      count * rootsPerItem * iterationsPerRoot * workPerFraction,
    );
    runner.run(
      'secularWeights',
      [count, ...shared, addressOf(squares)],
      Math.ceil(count / weightsPerItem),
      count * weightsPerItem * workPerFraction,
    );
    for (let i = 0; i < count; i++) {
      const magnitude = Math.sqrt(Math.abs(squares[i]));
      z[i] = z[i] < 0 ? -magnitude : magnitude;
    }
  });
}

/**
 * Unit eigenvectors of roots `from` to `to` as rows of `out`; entry p of a row belongs to the pole
 * and weight at p of `d` and `z`, which may be in any order.
 */
export function secularVectors(
  runner: Runner,
  problem: Omit<SecularProblem, 'rho'>,
  from: number,
  to: number,
  out: Float64Array,
): void {
  const { count, d, z, origin, tau } = problem;
  runner.run(
    'secularVectors',
    [
      count,
      addressOf(d),
      addressOf(origin),
      addressOf(tau),
      addressOf(z),
      from,
      to,
      addressOf(out),
    ],
    Math.ceil((to - from) / vectorsPerItem),
    count * vectorsPerItem * workPerFraction,
  );
}

export function secularRootsItem(
  context: ThreadContext,
  parameters: Float64Array,
  item: number,
): void {
  const [first, count, d, origin, tau, squares, rho] = parameters;
  const [poles, origins, taus, weights] = [d, origin, tau, squares].map((address) =>
    doublesAt(context, address, count),
  );
  const from = (first + item) * rootsPerItem;
  const end = Math.min(count, from + rootsPerItem);
  const sums = doublesAt(context, context.scratch, 4);
  const secular = { context, rho, d: poles, squares: weights, sums };
  for (let root = from; root < end; root++) {
    [origins[root], taus[root]] = solveRoot(secular, root);
  }
}

export function secularWeightsItem(
  { exports }: ThreadContext,
  parameters: Float64Array,
  item: number,
): void {
  const [first, count, d, origin, tau, out] = parameters;
  const from = (first + item) * weightsPerItem;
  const end = Math.min(count, from + weightsPerItem);
  exports.secularWeights(from, end, count, d, origin, tau, out);
}

export function secularVectorsItem(
  { exports }: ThreadContext,
  parameters: Float64Array,
  item: number,
): void {
  const [first, count, d, origin, tau, z, start, stop, out] = parameters;
  const from = start + (first + item) * vectorsPerItem;
  const end = Math.min(stop, from + vectorsPerItem);
  const to = out + (from - start) * count * 8;
  exports.secularVectors(from, end, count, d, z, origin, tau, to, count * 8);
}
