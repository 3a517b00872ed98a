import type { Job } from '../job';
import { eighAll } from '../linalg/eigh';
import { gram } from '../linalg/gram';
import type { Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { elementCount, type DenseTensor } from '../tensor/tensor';
import { fold, unfold } from '../tensor/unfold';
import { energies } from './corner';
import { leftBasis } from './leftBasis';

/** X = core x_k U_k over some modes, complete. */
export interface HigherOrderSvd {
  readonly bases: ReadonlyMap<number, Matrix>;
  readonly core: DenseTensor<Float64Array>;
  /** Squares of the core, summed over the axes after the last of the modes. */
  readonly squares: DenseTensor<Float64Array>;
}

/**
 * The HOSVD (De Lathauwer, De Moor and Vandewalle, 2000): U_k holds all left singular vectors of
 * X_(k), from the eigenvectors of its Gram matrix where it is wide. With `single`, the Gram
 * matrices and the core are computed in f32; the bases are orthonormal in f64 either way.
 */
export async function higherOrderSvd(
  X: DenseTensor<Float64Array>,
  modes: readonly number[],
  precision: 'double' | 'single',
  job: Job,
): Promise<HigherOrderSvd> {
  const unfoldings = new Map(modes.map((mode) => [mode, unfold(X, mode, job)]));
  const bases = await basesOf(unfoldings, precision, job);
  job.report(0.5, 'bases');
  let core = X;
  // From the last mode on: its unfolding is at hand, and the first needs no copy in the end.
  for (const [done, mode] of [...modes].reverse().entries()) {
    job.throwIfCancelled();
    const unfolded = core === X ? unfoldings.get(mode) : undefined;
    const basis = bases.get(mode);
    if (basis) {
      const matrix = unfolded ?? unfold(core, mode, job);
      const options = { transposeA: true, precision, job } as const;
      const shape = core.shape.map((size, axis) => (axis === mode ? basis.columns : size));
      core = fold(await multiply(basis, matrix, options), mode, shape, job);
    }
    job.report(0.5 + (0.5 * (done + 1)) / modes.length, `mode ${mode + 1} of ${X.shape.length}`);
  }
  return { bases, core, squares: energies(core, Math.max(-1, ...modes) + 1) };
}

/** Elements from which f32 is tried first: the products then take most of the time. */
const singleFrom = 2 ** 20;

export function isLarge(shape: readonly number[]): boolean {
  return elementCount(shape) >= singleFrom;
}

/** {@link leftBasis} of every unfolding, the eigen-decompositions of the wide ones side by side. */
async function basesOf(
  unfoldings: ReadonlyMap<number, Matrix>,
  precision: 'double' | 'single',
  job: Job,
): Promise<Map<number, Matrix>> {
  const grams = new Map<number, Matrix>();
  for (const [mode, unfolding] of unfoldings) {
    if (unfolding.rows <= unfolding.columns) {
      grams.set(mode, await gram(unfolding, 'rows', job, precision));
    }
  }
  const decomposed = eighAll([...grams.values()], job);
  const wide = new Map([...grams.keys()].map((mode, i) => [mode, decomposed[i].vectors]));
  const bases = new Map<number, Matrix>();
  for (const [mode, unfolding] of unfoldings) {
    bases.set(mode, wide.get(mode) ?? (await leftBasis(unfolding, job)));
  }
  return bases;
}
