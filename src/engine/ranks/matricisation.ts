import { Failure, UsageError } from '../../failures';
import type { Attributes } from '../decompositions/decomposition';
import { elementCount, formatShape } from '../tensor/tensor';

/**
 * How `svd` reads a weight as a matrix. For a convolution (T, C, H, W): `channel-out` T x (C H W),
 * `channel-in` (T H W) x C, `spatial` (C H) x (T W). A matrix is only `matrix`.
 */
export const schemes = ['matrix', 'channel-out', 'channel-in', 'spatial'] as const;
export type Scheme = (typeof schemes)[number];

export interface Matricisation {
  readonly scheme: Scheme;
  /** The tensor's axes in the order rows then columns. */
  readonly axes: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

/**
 * The matricisations that make sense for a shape (T, C, spatial...). With one spatial axis
 * `spatial` would repeat `channel-out`; with three, rows take the first two beside C. Where every
 * spatial size is 1, all coincide with `channel-out`.
 */
export function matricisations(shape: readonly number[]): Matricisation[] {
  assertMatrixOrMore('svd', shape);
  const axes = shape.map((_, axis) => axis);
  if (shape.length === 2) {
    return [matricise('matrix', shape, [0], [1])];
  }
  const spatial = axes.slice(2);
  const channelOut = matricise('channel-out', shape, [0], axes.slice(1));
  if (spatial.every((axis) => shape[axis] === 1)) {
    return [channelOut];
  }
  const channelIn = matricise('channel-in', shape, [0, ...spatial], [1]);
  if (spatial.length === 1) {
    return [channelOut, channelIn];
  }
  const half = Math.ceil(spatial.length / 2);
  const rows = [1, ...spatial.slice(0, half)];
  const columns = [0, ...spatial.slice(half)];
  return [channelOut, channelIn, matricise('spatial', shape, rows, columns)];
}

/** The matricisation named by `attributes.scheme`, the first of the shape when there is none. */
export function matricisationOf(shape: readonly number[], attributes?: Attributes): Matricisation {
  const known = matricisations(shape);
  const scheme = attributes?.scheme;
  const found = scheme === undefined ? known[0] : known.find((one) => one.scheme === scheme);
  if (!found) {
    throw new UsageError(
      `Scheme "${String(scheme)}" does not fit a tensor of shape ${formatShape(shape)}; it can be ${known.map((one) => one.scheme).join(', ')}.`,
    );
  }
  return found;
}

/** @throws UsageError for a scalar or a vector, which no method can factorise. */
export function assertMatrixOrMore(method: string, shape: readonly number[]): void {
  if (shape.length < 2 || elementCount(shape) === 0) {
    throw new UsageError(
      `${method} needs a non-empty tensor with at least two axes, not shape ${formatShape(shape)}.`,
    );
  }
}

function matricise(
  scheme: Scheme,
  shape: readonly number[],
  rowAxes: readonly number[],
  columnAxes: readonly number[],
): Matricisation {
  const size = (axes: readonly number[]) =>
    elementCount(shape.filter((_, axis) => axes.includes(axis)));
  const axes = [...rowAxes, ...columnAxes];
  if (axes.length !== shape.length) {
    throw new Failure('internal', `Scheme ${scheme} does not name every axis.`);
  }
  return { scheme, axes, rows: size(rowAxes), columns: size(columnAxes) };
}
