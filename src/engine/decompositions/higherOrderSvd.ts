import { acceleratorFor } from '../backends/productRoute';
import type { Job } from '../job';
import { kernels } from '../kernels';
import { addProduct } from '../linalg/blockedProduct';
import { eighAll } from '../linalg/eigh';
import { gram } from '../linalg/gram';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { elementCount, type DenseTensor } from '../tensor/tensor';
import { fold, unfold, type Allocate } from '../tensor/unfold';
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
  const { arena } = kernels();
  return arena.asyncScope(async () => {
    const allocate: Allocate = (count) => arena.doubles(count);
    const resident = { shape: X.shape, data: allocate(X.data.length) };
    resident.data.set(X.data);
    const unfoldings = new Map(modes.map((mode) => [mode, unfold(resident, mode, job, allocate)]));
    const bases = await basesOf(unfoldings, precision, job);
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
        const product = await projected(basis, matrix, precision, job);
        core = fold(product, mode, shape, job, allocate);
      }
      job.report(0.5 + (0.5 * (done + 1)) / modes.length, `mode ${mode + 1} of ${X.shape.length}`);
    }
    const whole = { shape: core.shape, data: new Float64Array(core.data) };
    return { bases, core: whole, squares: energies(whole, Math.max(-1, ...modes) + 1) };
  });
}

/** U^T A, in the kernels' memory where they compute it. */
async function projected(
  U: Matrix,
  A: Matrix,
  precision: 'double' | 'single',
  job: Job,
): Promise<Matrix> {
  const size = { m: U.columns, n: A.columns, k: U.rows };
  if (precision === 'single' && acceleratorFor(size)) {
    return multiply(U, A, { transposeA: true, precision, job });
  }
  const { arena } = kernels();
  const result = createMatrix(U.columns, A.columns, arena.doubles(U.columns * A.columns));
  addProduct(
    size,
    { data: U.data, rowStride: 1, columnStride: U.columns },
    { data: A.data, rowStride: A.columns, columnStride: 1 },
    result.data,
    // Entries of an orthonormal basis are at most one.
    { into: 'replace', precision, bounds: { a: 1 }, job },
  );
  return result;
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
