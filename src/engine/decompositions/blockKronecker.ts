import { FormatError } from '../../failures';
import { part, unattended, type Job } from '../job';
import { eigh } from '../linalg/eigh';
import { gram } from '../linalg/gram';
import { kpdCandidates } from '../ranks/blockCandidates';
import { defaultValueBytes } from '../ranks/blockCosts';
import { kpdLayoutOf, type KpdLayout } from '../ranks/blockLayout';
import { ascending, bitmapBytes, packBits, unpackBits } from '../sparsity/bitmap';
import { blockElements, type BlockGrid } from '../sparsity/blockGrid';
import { blockOrder } from '../sparsity/blockOrder';
import { blockRows } from '../sparsity/blockRows';
import { measureBlocks } from '../sparsity/blockScores';
import { residuals } from '../sparsity/errorCurve';
import { fitKpd, type Kpd } from '../sparsity/kpd';
import { fromKpd } from '../sparsity/kpdForm';
import { kpdBytes, kpdRankForBytes, maskBytes, maxKpdRank } from '../sparsity/kpdSize';
import { fromWeightMatrix, weightMatrix, type WeightMatrix } from '../sparsity/weightMatrix';
import { elementCount, type DenseTensor } from '../tensor/tensor';
import { toFloat64 } from '../tensor/unfold';
import type { Attributes, Decomposition, Factor, Factorisation } from './decomposition';
import { smallest } from './smallest';
import {
  countParameters,
  factorOfShape,
  requireRank,
  storedFactorOfShape,
  type StoredDecomposition,
} from './storedFactors';

export interface BlockKroneckerOptions {
  /** Of the random sketch that large blocks need. */
  readonly seed: number;
  /** `block`, `blocks`, `scheme`, `scope`: see {@link kpdLayoutOf}. */
  readonly attributes?: Attributes;
  /** Of a stored value: terms are chosen by bytes, which have the mask in them. */
  readonly valueBytes?: number;
}

/** Fits kept for the next question about them: the error follows the factors. */
const fitsKept = 2;

/**
 * Block-sparse sum of Kronecker products, W ~ sum over i of (S o A_i) (x) B_i, with one pattern S of
 * zeros and ones for all terms (seed 002, eq. 2): the truncated SVD of the kept blocks (Van Loan and
 * Pitsianis, 1993), and which blocks are kept by what each gains, in turn. The rank is the number of
 * terms; `blocks` of the attributes says how many blocks are kept.
 * Factors: `a` (r x q, the kept blocks in ascending order), `b` (r x rows x columns of a block), and
 * `mask` (u8, a bit per block, the first in the highest bit) or `indices` (i32), whichever is
 * smaller. What the attributes leave open is chosen for a kept fraction or an error among
 * {@link kpdCandidates}, by the error with the blocks of largest norm, which the fit only lowers.
 * @throws UsageError below two axes or for attributes that do not fit; UnsupportedError for values
 * that are not finite.
 */
export async function factoriseBlockKronecker(
  tensor: DenseTensor,
  options: BlockKroneckerOptions,
  job: Job = unattended,
): Promise<Factorisation> {
  const { shape } = tensor;
  const { attributes: fixed = {}, seed, valueBytes = defaultValueBytes } = options;
  const denseBytes = elementCount(shape) * valueBytes;
  const bounds = new Map<string, Promise<Float64Array>>();
  const fits = new Map<string, Promise<Kpd>>();

  const layoutOf = (attributes?: Attributes) => kpdLayoutOf(shape, { ...fixed, ...attributes });
  const matrixOf = ({ matricisation }: KpdLayout, itsJob: Job) =>
    weightMatrix(tensor, matricisation.scheme, itsJob);

  function fit(layout: KpdLayout, rank: number, fitJob: Job): Promise<Kpd> {
    const { grid, blocks, scope } = layout;
    const terms = Math.min(requireRank('kpd', rank), maxKpdRank(grid, blocks));
    return once(fits, JSON.stringify([layout.attributes, terms]), fitsKept, () =>
      fitKpd(matrixOf(layout, fitJob), grid, blocks, terms, { seed, scope }, fitJob),
    );
  }

  /** Entry r: what the error with r terms is at most, squared. */
  function boundsOf(layout: KpdLayout, itsJob: Job): Promise<Float64Array> {
    return once(bounds, JSON.stringify(layout.attributes), Infinity, () =>
      squaredErrorBounds(matrixOf(layout, itsJob), layout, itsJob),
    );
  }

  /** Of every layout worth a look the rank that `rankOf` finds, with its bound and its costs. */
  async function optionsOf(
    layouts: readonly KpdLayout[],
    rankOf: (layout: KpdLayout, squares: Float64Array) => number,
    itsJob: Job,
  ) {
    const found = [];
    for (const [i, layout] of layouts.entries()) {
      const step = part(itsJob, i / layouts.length, (i + 1) / layouts.length);
      const squares = await boundsOf(layout, step);
      const rank = rankOf(layout, squares);
      const { grid, blocks, attributes } = layout;
      const parameters = rank * (blocks + blockElements(grid));
      const bytes = kpdBytes(grid, blocks, rank, valueBytes);
      found.push({ rank, attributes, square: squares[rank], parameters, bytes });
      step.report(1);
    }
    return found;
  }

  // Refuses attributes that do not fit, and values that are not finite, before anything else.
  const first = layoutOf();
  measureBlocks(matrixOf(first, job), first.grid, 'frobenius', job);
  const candidates = kpdCandidates(shape, fixed).map(layoutOf);

  return {
    method: 'kpd',
    shape: [...shape],

    async at(rank, atJob = unattended, attributes) {
      const layout = layoutOf(attributes);
      const kpd = await fit(layout, requireRank('kpd', rank), atJob);
      return assemble(shape, layout, kpd.rank > 0 ? kpd : zeroForm(layout));
    },

    async errorAt(rank, atJob = unattended, attributes) {
      return (await fit(layoutOf(attributes), requireRank('kpd', rank), atJob)).residual;
    },

    async selectForKept(kept, selectJob = unattended) {
      const rankWithin = ({ grid, blocks }: KpdLayout) =>
        kpdRankForBytes(grid, blocks, kept * denseBytes, valueBytes);
      const within = candidates.filter((layout) => rankWithin(layout) >= 1);
      const best = smallest(await optionsOf(within, rankWithin, selectJob), ({ square, bytes }) => [
        square,
        bytes,
      ]);
      if (best) {
        return { rank: best.rank, attributes: best.attributes };
      }
      // The budget has room for no term at all: the smallest form comes closest to it.
      const least = smallest(candidates, ({ grid, blocks }) => [
        kpdBytes(grid, blocks, 1, valueBytes),
      ]);
      return { rank: 1, ...(least && { attributes: least.attributes }) };
    },

    async selectForError(absoluteError, selectJob = unattended) {
      const reaching = await optionsOf(
        candidates,
        (_, squares) => fewestTerms(squares, absoluteError ** 2),
        selectJob,
      );
      const best = smallest(
        reaching.filter(
          ({ square, parameters }) =>
            square <= absoluteError ** 2 && parameters <= elementCount(shape),
        ),
        ({ bytes, square }) => [bytes, square],
      );
      return best && { rank: best.rank, attributes: best.attributes };
    },
  };
}

/**
 * Rebuilds a block-sparse Kronecker sum from `a`, `b`, `mask` or `indices`, and the attributes.
 * @throws FormatError when the factors do not fit the shape or each other, UsageError when the
 * attributes do not.
 */
export function restoreBlockKronecker(stored: StoredDecomposition): Decomposition {
  const { shape, attributes, factors } = stored;
  const rank = requireRank('kpd', stored.rank);
  const layout = kpdLayoutOf(shape, attributes);
  const { grid, matricisation } = layout;
  const { blockRows: height, blockColumns: width } = grid;
  const a = factorOfShape(factors, 'a', [rank, layout.blocks]);
  const b = factorOfShape(factors, 'b', [rank, height, width]);
  const blocks = keptBlocks(factors, grid, layout.blocks);
  return {
    method: 'kpd',
    shape: [...shape],
    rank,
    parameterCount: countParameters(factors),
    factors,
    attributes: { ...attributes, ...layout.attributes },
    async reconstruct(job) {
      const matrix = fromKpd({ grid, rank, blocks, a, b }, job);
      const tensor = fromWeightMatrix(matrix, shape, matricisation.scheme, job);
      return { shape: tensor.shape, data: toFloat64(tensor) };
    },
  };
}

function assemble(
  shape: readonly number[],
  { grid, attributes, blocks: kept }: KpdLayout,
  { rank, blocks, a, b }: Pick<Kpd, 'rank' | 'blocks' | 'a' | 'b'>,
): Decomposition {
  const isBitmap = maskBytes(grid, kept) === bitmapBytes(grid.count);
  const mask: Factor = isBitmap
    ? {
        name: 'mask',
        shape: [bitmapBytes(grid.count)],
        data: Float64Array.from(packBits(blocks, grid.count)),
        dtype: 'uint8',
      }
    : { name: 'indices', shape: [kept], data: Float64Array.from(blocks), dtype: 'int32' };
  const factors: Factor[] = [
    { name: 'a', shape: [rank, kept], data: a },
    { name: 'b', shape: [rank, grid.blockRows, grid.blockColumns], data: b },
    mask,
  ];
  return restoreBlockKronecker({ shape, rank, attributes, factors });
}

/**
 * The `kept` blocks, ascending, as `mask` or `indices` among the factors say it.
 * @throws FormatError when neither fits.
 */
export function keptBlocks(factors: readonly Factor[], grid: BlockGrid, kept: number): Uint32Array {
  if (factors.some(({ name }) => name === 'indices')) {
    const indices = storedFactorOfShape(factors, 'indices', [kept], 'int32');
    for (let k = 0, last = -1; k < kept; last = indices[k++]) {
      if (indices[k] <= last || indices[k] >= grid.count) {
        throw new FormatError(
          `Block ${indices[k]} does not rise from ${last} within the ${grid.count} blocks.`,
          { value: indices[k], limit: grid.count },
        );
      }
    }
    return Uint32Array.from(indices);
  }
  const bytes = storedFactorOfShape(factors, 'mask', [bitmapBytes(grid.count)], 'uint8');
  const bits = Uint8Array.from(bytes);
  const blocks = unpackBits(bits, grid.count);
  const spare =
    bits.length > 0 ? bits[bits.length - 1] & (2 ** (8 * bits.length - grid.count) - 1) : 0;
  if (blocks.length !== kept || spare !== 0) {
    throw new FormatError(
      spare !== 0
        ? `The mask names blocks beyond the ${grid.count} there are.`
        : `The mask keeps ${blocks.length} blocks where ${kept} are expected.`,
      { value: blocks.length, limit: kept },
    );
  }
  return blocks;
}

/** A matrix of zeros has no terms, and a rank is at least one. */
function zeroForm({ grid, blocks }: KpdLayout): Pick<Kpd, 'rank' | 'blocks' | 'a' | 'b'> {
  return {
    rank: 1,
    blocks: Uint32Array.from({ length: blocks }, (_, block) => block),
    a: new Float64Array(blocks),
    b: new Float64Array(blockElements(grid)),
  };
}

/**
 * Entry r, from 0 to the largest rank: the squared error of plain Van Loan with r terms on the
 * blocks of largest norm: what is dropped, and the squares of the other singular values of the
 * blocks, as rows. From the Gram matrix, so good to about 1e-8 of the norm: enough to choose by.
 */
async function squaredErrorBounds(
  matrix: WeightMatrix,
  { grid, scope, blocks }: KpdLayout,
  job: Job,
): Promise<Float64Array> {
  const { scores, energies } = measureBlocks(matrix, grid, 'frobenius', job);
  const order = blockOrder(scores, grid, scope);
  const dropped = residuals(energies, order)[blocks] ** 2;
  const kept = ascending(order.subarray(0, blocks), grid.count);
  const rows = blockRows(matrix, grid, kept, job);
  const side = rows.rows <= rows.columns ? 'rows' : 'columns';
  const { values } = eigh(await gram(rows, side, job), job, { count: 0 });
  const squares = new Float64Array(values.length + 1);
  squares[values.length] = dropped;
  for (let r = values.length - 1; r >= 0; r--) {
    squares[r] = squares[r + 1] + Math.max(0, values[r]);
  }
  return squares;
}

/** The fewest terms, at least one, whose bound is at most `limit`; all when none is. */
function fewestTerms(squares: Float64Array, limit: number): number {
  const found = squares.findIndex((square, rank) => rank >= 1 && square <= limit);
  return found > 0 ? found : squares.length - 1;
}

/** What `make` gives, made once while it is among the last `limit` asked for. */
function once<T>(
  made: Map<string, Promise<T>>,
  key: string,
  limit: number,
  make: () => Promise<T>,
): Promise<T> {
  let found = made.get(key);
  if (!found) {
    found = make();
    made.set(key, found);
    // A cancelled or failed attempt must not answer the next call.
    found.catch(() => made.delete(key));
    const [oldest] = made.keys();
    if (made.size > limit) {
      made.delete(oldest);
    }
  }
  return found;
}
