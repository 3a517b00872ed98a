import type { Job } from '../job';
import { kernels } from '../kernels';
import { eighAll } from '../linalg/eigh';
import { gram, type GramOptions } from '../linalg/gram';
import type { Matrix } from '../linalg/matrix';
import { elementCount, type DenseTensor } from '../tensor/tensor';
import { fold, unfold, type Allocate } from '../tensor/unfold';
import { energies } from './corner';
import { leftBasis } from './leftBasis';
import { project } from './projection';

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
 * @param norm ||X||, which no element of X or of a core exceeds
 */
export async function higherOrderSvd(
  X: DenseTensor<Float64Array>,
  modes: readonly number[],
  norm: number,
  precision: 'double' | 'single',
  job: Job,
): Promise<HigherOrderSvd> {
  const { arena } = kernels();
  return arena.asyncScope(async () => {
    const allocate: Allocate = (count) => arena.doubles(count);
    const resident = { shape: X.shape, data: allocate(X.data.length) };
    resident.data.set(X.data);
    const unfoldings = new Map(modes.map((mode) => [mode, unfold(resident, mode, job, allocate)]));
    const bases = await basesOf(unfoldings, { precision, bound: norm }, job);
    job.report(0.5, 'bases');
    let core = resident;
    // From the last mode on: its unfolding is at hand, and the first needs no copy in the end.
    for (const [done, mode] of [...modes].reverse().entries()) {
      job.throwIfCancelled();
      const basis = bases.get(mode);
      if (basis) {
        const atHand = core === resident ? unfoldings.get(mode) : undefined;
        const matrix = atHand ?? unfold(core, mode, job, allocate);
        const shape = core.shape.map((size, axis) => (axis === mode ? basis.columns : size));
        const product = await project(basis, matrix, { precision, bound: norm, job });
        core = fold(product, mode, shape, job, allocate);
      }
      job.report(0.5 + (0.5 * (done + 1)) / modes.length, `mode ${mode + 1} of ${X.shape.length}`);
    }
    const whole = { shape: core.shape, data: new Float64Array(core.data) };
    return { bases, core: whole, squares: energies(whole, Math.max(-1, ...modes) + 1) };
  });
}

/** Elements from which f32 is tried first: the products then take most of the time. */
const singleFrom = 2 ** 20;

export function isLarge(shape: readonly number[]): boolean {
  return elementCount(shape) >= singleFrom;
}

/** {@link leftBasis} of every unfolding, the eigen-decompositions of the wide ones side by side. */
async function basesOf(
  unfoldings: ReadonlyMap<number, Matrix>,
  options: Required<GramOptions>,
  job: Job,
): Promise<Map<number, Matrix>> {
  const grams = new Map<number, Matrix>();
  for (const [mode, unfolding] of unfoldings) {
    if (unfolding.rows <= unfolding.columns) {
      grams.set(mode, await gram(unfolding, 'rows', job, options));
    }
  }
  const decomposed = eighAll([...grams.values()], job, options);
  const wide = new Map([...grams.keys()].map((mode, i) => [mode, decomposed[i].vectors]));
  const bases = new Map<number, Matrix>();
  for (const [mode, unfolding] of unfoldings) {
    bases.set(mode, wide.get(mode) ?? (await leftBasis(unfolding, job)));
  }
  return bases;
}
