/**
 * From a budget (kept fraction, energy, error) to ranks, and from ranks to what they cost: the only
 * place that does either. The rules for a kept fraction are those of TensorLy's rank validation as
 * applied to convolutions, (T, C, H, W) for a 2-D one; the first two axes are always the channels.
 */
import type { Attributes, Method, Rank } from './decompositions/decomposition';
import {
  blocksWithinBytes,
  breakEvenBlocks,
  breakEvenTerms,
  defaultValueBytes,
} from './ranks/blockCosts';
import { blockLayoutOf, kpdLayoutOf } from './ranks/blockLayout';
import { kroneckerSplitOf, maxTerms, parametersPerTerm } from './ranks/kroneckerSplit';
import { assertMatrixOrMore, matricisationOf } from './ranks/matricisation';
import { asNumber, asTuple, matrixRank } from './ranks/rankForm';
import { assertKept, clip, roundHalfEven } from './ranks/rounding';
import {
  expandUnitModes,
  realiseTensorTrainRank,
  requestedTensorTrainRank,
  searchTensorTrainRank,
  squeezeUnitModes,
  tensorTrainShape,
} from './ranks/tensorTrainRank';
import { clipTuckerRank, proportionalTuckerRank } from './ranks/tuckerRank';
import { parameterCount } from './ranks/costs';
import { kpdRankForBytes, maxKpdRank } from './sparsity/kpdSize';
import { elementCount } from './tensor/tensor';

export { denseMacs, macs, parameterCount } from './ranks/costs';
export { formatRank } from './ranks/rankForm';
export {
  errorForEnergy,
  rankForEnergy,
  rankForError,
  searchRankForError,
  tailNorms,
  tensorTrainRankForError,
  tuckerRankForError,
} from './ranks/spectra';

export interface RankOptions {
  /**
   * What the rank depends on beside the shape: `scheme` (svd), `block` (kronecker),
   * `keepUnitModes` (tt: treats modes of size one like any other, as the reference study does),
   * `block`, `scheme` and `blocks` (block, kpd).
   */
  readonly attributes?: Attributes;
  /** Of a stored value, for `block` and `kpd`, whose indices count as well; float32's when left out. */
  readonly valueBytes?: number;
  /**
   * Rule for Tensor Train: `search` (default) realises the size closest to the kept fraction;
   * `nominal` asks TensorLy's rule for `ttNominal` (which may exceed 1) in place of `kept`.
   */
  readonly ttRank?: 'search' | 'nominal';
  readonly ttNominal?: number;
}

/**
 * The rank at which `method` keeps about the fraction `kept` of the parameters of a tensor of
 * `shape`, at least 1 and at most what each mode allows; for `block` and `kpd` the largest within
 * that fraction of the bytes. Tucker's may hold a rank larger than the
 * product of the others, as the published rule does; `clipRank` tells what is realised.
 * @throws UsageError unless 0 < kept <= 1 and the shape has at least two axes.
 */
export function rankForKept(
  method: Method,
  shape: readonly number[],
  kept: number,
  options: RankOptions = {},
): Rank {
  assertKept(kept);
  assertMatrixOrMore(method, shape);
  const target = kept * elementCount(shape);
  if (method === 'kronecker') {
    const split = kroneckerSplitOf(shape, options.attributes);
    return clip(roundHalfEven(target / parametersPerTerm(split)), 1, maxTerms(split));
  }
  if (method === 'block' || method === 'kpd') {
    const { attributes, valueBytes = defaultValueBytes } = options;
    const bytes = target * valueBytes;
    if (method === 'block') {
      return Math.max(
        1,
        blocksWithinBytes(blockLayoutOf(shape, attributes).grid, bytes, valueBytes),
      );
    }
    const { grid, blocks } = kpdLayoutOf(shape, attributes);
    return Math.max(1, kpdRankForBytes(grid, blocks, bytes, valueBytes));
  }
  if (shape.length === 2) {
    return matrixRank(method, rankOfMatrix(shape[0], shape[1], target));
  }
  switch (method) {
    case 'svd': {
      const { rows, columns } = matricisationOf(shape, options.attributes);
      return rankOfMatrix(rows, columns, target);
    }
    case 'cp':
      return clipCpRank(shape, roundHalfEven(target / shape.reduce((sum, size) => sum + size, 0)));
    case 'tucker':
      return proportionalTuckerRank(shape, kept);
    case 'tt':
      return tensorTrainRank(shape, target, options);
  }
}

/** `rank` cut down to what the shape allows: the rank a decomposition realises. */
export function clipRank(
  method: Method,
  shape: readonly number[],
  rank: Rank,
  attributes?: Attributes,
): Rank {
  assertMatrixOrMore(method, shape);
  if (method === 'kronecker') {
    const terms = asNumber(method, shape, rank);
    return Math.min(terms, maxTerms(kroneckerSplitOf(shape, attributes)));
  }
  if (method === 'block') {
    return Math.min(asNumber(method, shape, rank), blockLayoutOf(shape, attributes).grid.count);
  }
  if (method === 'kpd') {
    const { grid, blocks } = kpdLayoutOf(shape, attributes);
    return Math.min(asNumber(method, shape, rank), maxKpdRank(grid, blocks));
  }
  if (shape.length === 2) {
    return matrixRank(method, Math.min(asNumber(method, shape, rank), ...shape));
  }
  switch (method) {
    case 'svd': {
      const { rows, columns } = matricisationOf(shape, attributes);
      return Math.min(asNumber(method, shape, rank), rows, columns);
    }
    case 'cp':
      return clipCpRank(shape, asNumber(method, shape, rank));
    case 'tucker':
      return clipTuckerRank(shape, asTuple(method, shape, rank));
    case 'tt': {
      const modes = tensorTrainShape(shape);
      const ranks = asTuple(method, shape, rank);
      if (attributes?.keepUnitModes === true) {
        return realiseTensorTrainRank(modes, ranks);
      }
      const squeezed = squeezeUnitModes(modes, ranks);
      return expandUnitModes(modes, realiseTensorTrainRank(squeezed.modes, squeezed.ranks));
    }
  }
}

/**
 * The largest rank with fewer parameters than the dense tensor, or undefined when even rank one
 * has as many. For `block` and `kpd` the largest with fewer bytes. For `tucker` and `tt`, the largest that the rule for a kept fraction passes through.
 */
export function breakEvenRank(
  method: Method,
  shape: readonly number[],
  options: RankOptions = {},
): Rank | undefined {
  const dense = elementCount(shape);
  const { attributes, valueBytes = defaultValueBytes } = options;
  if (method === 'block') {
    return breakEvenBlocks(blockLayoutOf(shape, attributes).grid, valueBytes) || undefined;
  }
  if (method === 'kpd') {
    const { grid, blocks } = kpdLayoutOf(shape, attributes);
    return breakEvenTerms(grid, blocks, valueBytes) || undefined;
  }
  const saves = (rank: Rank) => parameterCount(method, shape, rank, attributes) < dense;
  if (shape.length > 2 && (method === 'tucker' || method === 'tt')) {
    // Realised sizes lie within a percent or so of the target, so the answer is near kept = 1.
    for (let step = 1000; step > 0; step--) {
      const rank = rankForKept(method, shape, step / 1000, options);
      if (saves(rank)) {
        return rank;
      }
    }
    return undefined;
  }
  const perRank = parameterCount(method, shape, matrixOrNumber(method, shape, 1), attributes);
  const largest = Math.ceil(dense / perRank) - 1;
  return largest < 1
    ? undefined
    : clipRank(method, shape, matrixOrNumber(method, shape, largest), attributes);
}

function matrixOrNumber(method: Method, shape: readonly number[], rank: number): Rank {
  return shape.length === 2 ? matrixRank(method, rank) : rank;
}

/** Any tensor is a sum of as many terms as its longest mode has fibres. */
function clipCpRank(shape: readonly number[], rank: number): number {
  return clip(rank, 1, elementCount(shape) / Math.max(...shape));
}

/** round(c m n / (m + n)), clipped to [1, min(m, n)]. */
function rankOfMatrix(rows: number, columns: number, target: number): number {
  return clip(roundHalfEven(target / (rows + columns)), 1, Math.min(rows, columns));
}

function tensorTrainRank(
  shape: readonly number[],
  target: number,
  options: RankOptions,
): readonly number[] {
  const allModes = tensorTrainShape(shape);
  const keepUnitModes = options.attributes?.keepUnitModes === true;
  const modes = keepUnitModes ? allModes : allModes.filter((size) => size > 1);
  if (modes.length < 2) {
    return expandUnitModes(allModes, [1, 1]);
  }
  const ranks =
    options.ttRank === 'nominal'
      ? realiseTensorTrainRank(
          modes,
          requestedTensorTrainRank(modes, options.ttNominal ?? target / elementCount(shape)),
        )
      : modes.length === 2
        ? [1, rankOfMatrix(modes[0], modes[1], target), 1]
        : searchTensorTrainRank(modes, target);
  return keepUnitModes ? ranks : expandUnitModes(allModes, ranks);
}
