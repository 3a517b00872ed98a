import type { Attributes, Method, Rank } from '../decompositions/decomposition';
import { blockElements } from '../sparsity/blockGrid';
import { kpdMacs } from '../sparsity/kpdSize';
import { elementCount } from '../tensor/tensor';
import { blockLayoutOf, kpdLayoutOf } from './blockLayout';
import { kroneckerSplitOf, macsPerTerm, parametersPerTerm } from './kroneckerSplit';
import { assertMatrixOrMore, matricisationOf } from './matricisation';
import { tensorTrainParameters, tensorTrainShape, squeezeUnitModes } from './tensorTrainRank';
import { asNumber, asTuple, isSvdOf } from './rankForm';

/**
 * Parameters of the factors at `rank`, as they are stored: CP without separate weights, Tucker
 * with its spatial factors contracted into the core, Tensor Train without the unit modes (unless
 * `attributes.keepUnitModes`), all values of the kept blocks, padding included. `svd` reads
 * `attributes.scheme`, `kronecker` `attributes.block`, `block` and `kpd` all of theirs.
 */
export function parameterCount(
  method: Method,
  shape: readonly number[],
  rank: Rank,
  attributes?: Attributes,
): number {
  assertMatrixOrMore(method, shape);
  if (isSvdOf(method, shape)) {
    return asNumber(method, shape, rank) * (shape[0] + shape[1]);
  }
  switch (method) {
    case 'svd': {
      const { rows, columns } = matricisationOf(shape, attributes);
      return asNumber(method, shape, rank) * (rows + columns);
    }
    case 'cp':
      return asNumber(method, shape, rank) * shape.reduce((sum, size) => sum + size, 0);
    case 'tucker': {
      const [first, second] = asTuple(method, shape, rank);
      const spatial = elementCount(shape.slice(2));
      return first * second * spatial + shape[0] * first + shape[1] * second;
    }
    case 'tt': {
      const modes = tensorTrainShape(shape);
      const ranks = asTuple(method, shape, rank);
      if (attributes?.keepUnitModes === true) {
        return tensorTrainParameters(modes, ranks);
      }
      const squeezed = squeezeUnitModes(modes, ranks);
      return tensorTrainParameters(squeezed.modes, squeezed.ranks);
    }
    case 'kronecker':
      return asNumber(method, shape, rank) * parametersPerTerm(kroneckerSplitOf(shape, attributes));
    case 'block':
      return asNumber(method, shape, rank) * blockElements(blockLayoutOf(shape, attributes).grid);
    case 'kpd': {
      const { grid, blocks } = kpdLayoutOf(shape, attributes);
      return asNumber(method, shape, rank) * (blocks + blockElements(grid));
    }
  }
}

/**
 * Multiply-adds per output position (a convolution's output pixel at stride 1 with "same" padding,
 * a dense layer's sample) of the factorised form. There every parameter is used once, except in a
 * Kronecker sum, block-sparse or not, which is applied term by term in the cheaper of its two orders.
 */
export function macs(
  method: Method,
  shape: readonly number[],
  rank: Rank,
  attributes?: Attributes,
): number {
  if (method === 'kronecker') {
    return asNumber(method, shape, rank) * macsPerTerm(kroneckerSplitOf(shape, attributes));
  }
  if (method === 'kpd') {
    const { grid, blocks } = kpdLayoutOf(shape, attributes);
    return kpdMacs(grid, blocks, asNumber(method, shape, rank)).fewest;
  }
  return parameterCount(method, shape, rank, attributes);
}

/** Multiply-adds per output position of the dense weight: one per parameter; 0 below two axes. */
export function denseMacs(shape: readonly number[]): number {
  return shape.length < 2 ? 0 : elementCount(shape);
}
