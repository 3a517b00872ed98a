import { residualNorm } from '../errors';
import { acceleratorFor } from '../backends/productRoute';
import { kernels } from '../kernels';
import { addProduct } from '../linalg/blockedProduct';
import { solveRight } from '../linalg/cholesky';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { multiply } from '../linalg/multiply';
import { dot, largestMagnitude } from '../linalg/vectors';
import type { Job } from '../job';
import { asMatrix } from '../tensor/unfold';
import { elementCount, type DenseTensor } from '../tensor/tensor';
import { Extrapolation } from './extrapolation';
import {
  allocate,
  contractLeading,
  contractTrailing,
  hadamard,
  khatriRao,
  resident,
} from './khatriRao';

export interface LeastSquaresOptions {
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly ridge: number;
  /**
   * Arithmetic of the large products of a sweep, the contractions and the Gram matrices; all else is
   * f64. `auto`: f32 for large tensors, until a sweep changes the error by so little that f64 is needed to tell.
   */
  readonly precision: 'auto' | 'double' | 'single';
  /** Whether a sweep starts from where the last ones point to; see {@link Extrapolation}. */
  readonly extrapolate: boolean;
}

export interface LeastSquaresFit {
  /** A_k (I_k x R), scaled as the last sweep left them. */
  readonly factors: readonly Matrix[];
  /** Relative error of the best factors so far, after every sweep. */
  readonly errors: readonly number[];
  /** Whether the tolerance, not the limit on sweeps, ended it. */
  readonly converged: boolean;
}

/** Below this relative error the inner-product formula cancels; the residual is formed instead. */
const cancellationLimit = 1e-4;
/** `auto`: contractions of fewer multiply-adds are done in f64 from the start. */
const singleFrom = 2 ** 24;
/** `auto`: below these, a sweep's change or the error itself, rounding in f32 would show. */
const singleChange = 1e-6;
const singleError = 1e-3;

/**
 * CP by alternating least squares from `start` (one I_k x R matrix per mode), modes updated in
 * order with the newest factors. The modes are split in two groups; the tensor is contracted with
 * all factors of one group at once, twice a sweep, and the least-squares right sides of each group
 * come from that small partial result: a dimension tree (Phan, Tichavsky and Cichocki, 2013) of
 * depth two, equal to the plain sweep up to rounding.
 */
export async function fitByLeastSquares(
  tensor: DenseTensor<Float64Array>,
  start: readonly Matrix[],
  squaredNorm: number,
  options: LeastSquaresOptions,
  job: Job,
): Promise<LeastSquaresFit> {
  return kernels().arena.asyncScope(async () => {
    const sweeps = new Sweeps(tensor, start, squaredNorm, options, job);
    const extrapolation = new Extrapolation(sweeps.factors, options.extrapolate);
    const errors: number[] = [];
    const { maxIterations, tolerance } = options;
    let converged = false;
    for (let sweep = 1; sweep <= maxIterations && !converged; sweep++) {
      job.throwIfCancelled();
      const previous = extrapolation.error;
      const isBetter = extrapolation.accept(await sweeps.run());
      const { error } = extrapolation;
      errors.push(error);
      job.report(sweep / maxIterations, `sweep ${sweep} of ${maxIterations}`);
      converged = isBetter && Math.abs(previous - error) < tolerance;
      if (!converged && sweep < maxIterations) {
        sweeps.refine(isBetter ? Math.abs(previous - error) : Infinity, error);
        sweeps.startFrom(extrapolation.next());
      }
    }
    const factors = extrapolation.best.map(({ rows, columns, data }) =>
      createMatrix(rows, columns, new Float64Array(data)),
    );
    return { factors, errors, converged };
  });
}

/** The state of a fit, which lies in the arena as long as it runs. */
class Sweeps {
  /** A_k, updated in place. */
  readonly factors: readonly Matrix[];
  private readonly grams: readonly Matrix[];
  private readonly X: Matrix;
  private readonly largest: number;
  private readonly split: number;
  private isSingle: boolean;

  constructor(
    private readonly tensor: DenseTensor<Float64Array>,
    start: readonly Matrix[],
    private readonly squaredNorm: number,
    private readonly options: LeastSquaresOptions,
    private readonly job: Job,
  ) {
    const { shape } = tensor;
    this.split = chooseSplit(shape);
    const rows = elementCount(shape.slice(0, this.split));
    this.X = resident(asMatrix(tensor, rows, tensor.data.length / rows));
    this.largest = largestMagnitude(tensor.data);
    this.factors = start.map(resident);
    const R = start[0].columns;
    this.grams = start.map(() => allocate(R, R));
    const isLarge = tensor.data.length * R >= singleFrom;
    const { precision } = options;
    this.isSingle = precision === 'single' || (precision === 'auto' && isLarge);
    this.factors.forEach((_, mode) => this.updateGram(mode));
  }

  /** Updates every factor once; resolves to the relative error. */
  async run(): Promise<number> {
    const { split, factors } = this;
    const order = factors.length;
    await this.contracted(this.X, factors.slice(split), false, (P) => this.update(P, 0, split));
    return this.contracted(this.X, factors.slice(0, split), true, (P) => {
      const inner = this.update(P, split, order);
      return this.errorFrom(inner);
    });
  }

  /** Goes over to f64 where `auto` asks for it. */
  refine(change: number, error: number): void {
    const isFine = change < singleChange || error < singleError;
    if (this.isSingle && this.options.precision === 'auto' && isFine) {
      this.isSingle = false;
      this.factors.forEach((_, mode) => this.updateGram(mode));
    }
  }

  /** Replaces the factors that a sweep starts from: all but those of the first mode. */
  startFrom(start: readonly Matrix[] | undefined): void {
    start?.forEach((factor, mode) => {
      if (mode > 0) {
        this.factors[mode].data.set(factor.data);
        this.updateGram(mode);
      }
    });
  }

  /** Calls `use` with X K or X^T K, K the Khatri-Rao product of `factors`. */
  private async contracted<T>(
    X: Matrix,
    factors: readonly Matrix[],
    transposed: boolean,
    use: (P: Matrix) => T,
  ): Promise<T> {
    const { arena } = kernels();
    const { job } = this;
    const precision = this.isSingle ? 'single' : 'double';
    const size = {
      m: transposed ? X.columns : X.rows,
      n: factors[0].columns,
      k: transposed ? X.rows : X.columns,
    };
    if (this.isSingle && acceleratorFor(size)) {
      // A backend with a device of its own takes the product; it comes back as an array.
      const K = arena.scope(() => copied(khatriRao(factors)));
      const P = await multiply(X, K, { transposeA: transposed, precision, job });
      return arena.scope(() => use(resident(P)));
    }
    const bounds = {
      a: this.largest,
      b: factors.reduce((product, { data }) => product * largestMagnitude(data), 1),
    };
    return arena.scope(() => {
      const P = allocate(size.m, size.n);
      arena.scope(() => {
        const K = khatriRao(factors);
        const a = transposed
          ? { data: X.data, rowStride: 1, columnStride: X.columns }
          : { data: X.data, rowStride: X.columns, columnStride: 1 };
        const b = { data: K.data, rowStride: K.columns, columnStride: 1 };
        addProduct(size, a, b, P.data, { into: 'replace', precision, bounds, job });
      });
      return use(P);
    });
  }

  /**
   * Updates modes `from`..`to` - 1; `P` is X contracted with all the other modes. Returns
   * <X, X~> after the last of them.
   */
  private update(P: Matrix, from: number, to: number): number {
    const { arena } = kernels();
    const { tensor, factors, grams, options, job } = this;
    let partial = P;
    let inner = 0;
    for (let mode = from; mode < to; mode++) {
      job.throwIfCancelled();
      const size = tensor.shape[mode];
      const rest = factors.slice(mode + 1, to);
      const factor = factors[mode];
      arena.scope(() => {
        const M =
          rest.length === 0
            ? createMatrix(size, partial.columns, partial.data)
            : contractTrailing(partial, size, khatriRao(rest));
        const G = hadamard(grams.filter((_, other) => other !== mode));
        solveRight(M, G, options.ridge, job, factor);
        inner = dot(M.data, 0, factor.data, 0, M.data.length);
      });
      this.updateGram(mode);
      if (rest.length > 0) {
        partial = contractLeading(partial, factor);
      }
    }
    return inner;
  }

  private updateGram(mode: number): void {
    const { rows, columns: R, data } = this.factors[mode];
    const G = this.grams[mode];
    const largest = this.isSingle ? largestMagnitude(data) : 0;
    addProduct(
      { m: R, n: R, k: rows },
      { data, rowStride: 1, columnStride: R },
      { data, rowStride: R, columnStride: 1 },
      G.data,
      {
        into: 'replace',
        // The lower triangle is never read, neither by Hadamard products nor by Cholesky.
        upperOnly: true,
        precision: this.isSingle ? 'single' : 'double',
        bounds: { a: largest, b: largest },
        job: this.job,
      },
    );
  }

  /** Relative error from ||X||^2 + ||X~||^2 - 2 <X, X~>. */
  private errorFrom(inner: number): number {
    const { arena } = kernels();
    const modelNorm = arena.scope(() => sumOfSymmetric(hadamard(this.grams)));
    const square = Math.abs(this.squaredNorm + modelNorm - 2 * inner);
    const error = Math.sqrt(square / this.squaredNorm);
    if (error >= cancellationLimit) {
      return error;
    }
    const { data } = sumOfOuterProducts(this.factors, this.job);
    return residualNorm(this.tensor.data, data) / Math.sqrt(this.squaredNorm);
  }
}

/** sum over r of a_r^(0) o ... o a_r^(d-1), as a tensor of the factors' rows. */
export function sumOfOuterProducts(
  factors: readonly Matrix[],
  job?: Job,
): DenseTensor<Float64Array> {
  const { arena } = kernels();
  const shape = factors.map((factor) => factor.rows);
  const split = chooseSplit(shape);
  const data = new Float64Array(elementCount(shape));
  arena.scope(() => {
    const copies = factors.map((factor) => (arena.holds(factor.data) ? factor : resident(factor)));
    const left = khatriRao(copies.slice(0, split));
    const right = khatriRao(copies.slice(split));
    const R = left.columns;
    addProduct(
      { m: left.rows, n: right.rows, k: R },
      { data: left.data, rowStride: R, columnStride: 1 },
      { data: right.data, rowStride: 1, columnStride: R },
      data,
      { into: 'replace', job },
    );
  });
  return { shape, data };
}

/** How many leading modes form the first group: the split with the smallest partial results. */
function chooseSplit(shape: readonly number[]): number {
  let best = 1;
  let bestSize = Infinity;
  for (let split = 1; split < shape.length; split++) {
    const size = elementCount(shape.slice(0, split)) + elementCount(shape.slice(split));
    if (size < bestSize) {
      best = split;
      bestSize = size;
    }
  }
  return best;
}

/** The sum of all entries of a symmetric matrix, from its upper triangle. */
function sumOfSymmetric({ rows: n, data }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = i + 1; j < n; j++) {
      row += data[i * n + j];
    }
    sum += data[i * n + i] + 2 * row;
  }
  return sum;
}

function copied({ rows, columns, data }: Matrix): Matrix {
  return createMatrix(rows, columns, new Float64Array(data));
}
