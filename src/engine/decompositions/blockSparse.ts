import { FormatError } from '../../failures';
import { part, unattended, type Job } from '../job';
import { blockCandidates } from '../ranks/blockCandidates';
import { blocksWithinBytes, defaultValueBytes } from '../ranks/blockCosts';
import { blockLayoutOf, type BlockLayout } from '../ranks/blockLayout';
import { blockElements } from '../sparsity/blockGrid';
import { blockOrder } from '../sparsity/blockOrder';
import { measureBlocks } from '../sparsity/blockScores';
import { bsrBlocks, bsrBytes, fromBsr, toBsr, type Bsr } from '../sparsity/bsr';
import { residuals } from '../sparsity/errorCurve';
import { fromWeightMatrix, weightMatrix } from '../sparsity/weightMatrix';
import { elementCount, type DenseTensor } from '../tensor/tensor';
import { toFloat64 } from '../tensor/unfold';
import type { Attributes, Decomposition, Factor, Factorisation } from './decomposition';
import { smallest } from './smallest';
import {
  countParameters,
  requireRank,
  storedFactorOfShape,
  type StoredDecomposition,
} from './storedFactors';

export interface BlockSparseOptions {
  /** `block`, `scheme`, `criterion`, `scope`: see {@link blockLayoutOf}. */
  readonly attributes?: Attributes;
  /** Of a stored value: blocks are chosen by bytes, which have the indices in them. */
  readonly valueBytes?: number;
}

/** The blocks of one layout, best first, and what is lost by keeping the first of them. */
interface Ordered {
  readonly layout: BlockLayout;
  readonly order: Uint32Array;
  /** Entry q: the norm of all but the first q blocks. */
  readonly residuals: Float64Array;
}

/**
 * Block pruning: the best blocks of a matrix as they are, zeros elsewhere, stored as BSR (block
 * sparse row). The rank is the number of blocks; with the criterion `frobenius` and the scope
 * `matrix` no other choice of as many has a smaller error, the norm of the dropped blocks. A
 * convolution is read as the matrix of the attribute `scheme`; where the block does not divide it,
 * zeros are added and stored.
 * Factors: `indptr` (rows of blocks + 1), `indices` (q, columns of blocks), both i32, and `values`
 * (q x rows x columns of a block). Without a `block` in the attributes, those of
 * {@link blockCandidates} are compared for a kept fraction or an error.
 * @throws UsageError below two axes or for a block that does not fit; UnsupportedError for values
 * that are not finite.
 */
export async function factoriseBlockSparse(
  tensor: DenseTensor,
  options: BlockSparseOptions = {},
  job: Job = unattended,
): Promise<Factorisation> {
  const { shape } = tensor;
  const { attributes: fixed = {}, valueBytes = defaultValueBytes } = options;
  const denseBytes = elementCount(shape) * valueBytes;
  const known = new Map<string, Ordered>();

  function ordered(attributes: Attributes | undefined, stepJob: Job): Ordered {
    const layout = blockLayoutOf(shape, { ...fixed, ...attributes });
    const key = JSON.stringify(layout.attributes);
    let found = known.get(key);
    if (!found) {
      const { grid, criterion, scope, matricisation } = layout;
      const matrix = weightMatrix(tensor, matricisation.scheme, stepJob);
      const { scores, energies } = measureBlocks(matrix, grid, criterion, stepJob);
      const order = blockOrder(scores, grid, scope);
      found = { layout, order, residuals: residuals(energies, order) };
      known.set(key, found);
    }
    return found;
  }

  function candidates(stepJob: Job): Ordered[] {
    const all = blockCandidates(shape, fixed);
    return all.map((attributes, i) => {
      stepJob.throwIfCancelled();
      const found = ordered(attributes, part(stepJob, i / all.length, (i + 1) / all.length));
      stepJob.report((i + 1) / all.length);
      return found;
    });
  }

  // Refuses values that are not finite, and attributes that do not fit, before anything else.
  ordered(undefined, job);

  return {
    method: 'block',
    shape: [...shape],

    async at(rank, atJob = unattended, attributes) {
      const { layout, order } = ordered(attributes, atJob);
      const kept = Math.min(requireRank('block', rank), order.length);
      const { grid, matricisation } = layout;
      const matrix = weightMatrix(tensor, matricisation.scheme, atJob);
      const bsr = toBsr(matrix, grid, order.subarray(0, kept), atJob);
      return assemble(shape, layout, bsr);
    },

    async errorAt(rank, atJob = unattended, attributes) {
      const found = ordered(attributes, atJob);
      return found.residuals[Math.min(requireRank('block', rank), found.order.length)];
    },

    async selectForKept(kept, selectJob = unattended) {
      const all = candidates(selectJob);
      const within = all.map((found) => {
        const limit = kept * denseBytes;
        return optionOf(found, blocksWithinBytes(found.layout.grid, limit, valueBytes));
      });
      const best =
        smallest(
          within.filter(({ rank }) => rank >= 1),
          ({ error, bytes }) => [error, bytes],
        ) ??
        // The budget has room for no block at all: the smallest comes closest to it.
        smallest(
          all.map((found) => optionOf(found, 1)),
          ({ error, bytes }) => [bytes, error],
        );
      return best ? { rank: best.rank, attributes: best.attributes } : { rank: 1 };
    },

    async selectForError(absoluteError, selectJob = unattended) {
      const reaching = candidates(selectJob).map((found) =>
        optionOf(found, Math.max(1, fewestWithin(found.residuals, absoluteError))),
      );
      const best = smallest(
        reaching.filter(({ parameters }) => parameters <= elementCount(shape)),
        ({ bytes, error }) => [bytes, error],
      );
      return best && { rank: best.rank, attributes: best.attributes };
    },
  };

  function optionOf({ layout, residuals: errors }: Ordered, rank: number) {
    return {
      rank,
      attributes: layout.attributes,
      error: errors[rank],
      parameters: rank * blockElements(layout.grid),
      bytes: bsrBytes(layout.grid, rank, valueBytes),
    };
  }
}

function assemble(shape: readonly number[], layout: BlockLayout, bsr: Bsr): Decomposition {
  const { blockRows, blockColumns } = layout.grid;
  const { indptr, indices, values } = bsr;
  const factors: Factor[] = [
    { name: 'indptr', shape: [indptr.length], data: Float64Array.from(indptr), dtype: 'int32' },
    { name: 'indices', shape: [indices.length], data: Float64Array.from(indices), dtype: 'int32' },
    { name: 'values', shape: [indices.length, blockRows, blockColumns], data: values },
  ];
  return restoreBlockSparse({
    shape,
    rank: indices.length,
    attributes: layout.attributes,
    factors,
  });
}

/**
 * Rebuilds a block-sparse tensor from `indptr`, `indices`, `values` and the attributes.
 * @throws FormatError when the factors do not fit the shape or each other, UsageError when the
 * attributes do not.
 */
export function restoreBlockSparse(stored: StoredDecomposition): Decomposition {
  const { shape, attributes, factors } = stored;
  const rank = requireRank('block', stored.rank);
  const layout = blockLayoutOf(shape, attributes);
  const { grid, matricisation } = layout;
  const { gridRows, blockRows, blockColumns, count } = grid;
  if (rank > count) {
    throw new FormatError(`${rank} blocks are kept of ${count}.`, { value: rank, limit: count });
  }
  const bsr: Bsr = {
    grid,
    indptr: Int32Array.from(storedFactorOfShape(factors, 'indptr', [gridRows + 1], 'int32')),
    indices: Int32Array.from(storedFactorOfShape(factors, 'indices', [rank], 'int32')),
    values: storedFactorOfShape(factors, 'values', [rank, blockRows, blockColumns]),
  };
  bsrBlocks(bsr);
  return {
    method: 'block',
    shape: [...shape],
    rank,
    parameterCount: countParameters(factors),
    factors,
    attributes: { ...attributes, ...layout.attributes },
    async reconstruct(job) {
      const matrix = fromBsr(bsr, job);
      const tensor = fromWeightMatrix(matrix, shape, matricisation.scheme, job);
      return { shape: tensor.shape, data: toFloat64(tensor) };
    },
  };
}

/** The fewest blocks, from the first, whose residual is at most `limit`; `errors` never rise. */
function fewestWithin(errors: Float64Array, limit: number): number {
  let low = 0;
  let high = errors.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (errors[middle] <= limit) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
