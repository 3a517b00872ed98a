import { UnsupportedError } from '../../failures';
import { unattended, type Job } from '../job';
import { matricisationOf, type Scheme } from '../ranks/matricisation';
import { smallestSquare } from '../decompositions/storedFactors';
import { measure, unusableReason } from '../selection/eligibility';
import type { DenseTensor, FloatArray } from '../tensor/tensor';
import { permute } from '../tensor/unfold';

/** A weight read as a matrix; row-major. */
export interface WeightMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: FloatArray;
}

/**
 * The matrix that `scheme` (default: `matrix` or `channel-out`) makes of a tensor, in the tensor's
 * precision. Shares the tensor's memory where its elements already lie in that order.
 * @throws UsageError below two axes, or for a scheme that the shape does not have.
 */
export function weightMatrix(
  tensor: DenseTensor,
  scheme?: Scheme,
  job: Job = unattended,
): WeightMatrix {
  const { axes, rows, columns } = matricisationOf(tensor.shape, scheme && { scheme });
  return { rows, columns, data: inOrder(tensor, axes, job) };
}

/** The inverse of {@link weightMatrix}: the tensor of `shape` that `scheme` reads as `matrix`. */
export function fromWeightMatrix(
  matrix: WeightMatrix,
  shape: readonly number[],
  scheme?: Scheme,
  job: Job = unattended,
): DenseTensor {
  const { axes } = matricisationOf(shape, scheme && { scheme });
  const permuted = { shape: axes.map((axis) => shape[axis]), data: matrix.data };
  const back = shape.map((_, axis) => axes.indexOf(axis));
  return { shape: [...shape], data: inOrder(permuted, back, job) };
}

/**
 * @param squares the sum of the squares of the entries, as it came out.
 * @throws UnsupportedError when it cannot be relied on: NaN or infinite entries, or entries whose
 * squares leave the range of f64.
 */
export function assertUsable({ data }: WeightMatrix, squares: number): void {
  if (Number.isFinite(squares) && squares >= smallestSquare) {
    return;
  }
  const reason = unusableReason(measure(data));
  if (reason !== undefined) {
    throw new UnsupportedError(`The tensor has no pattern: ${reason}.`);
  }
}

function inOrder(tensor: DenseTensor, axes: readonly number[], job: Job): FloatArray {
  if (axes.every((axis, k) => axis === k)) {
    return tensor.data;
  }
  const isSingle = tensor.data instanceof Float32Array;
  const { data } = permute(tensor, axes, job);
  return isSingle ? new Float32Array(data) : data;
}
