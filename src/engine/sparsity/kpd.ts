import { UsageError } from '../../failures';
import type { Scope } from '../../protocol/patterns';
import { truncateMatrix } from '../decompositions/truncation';
import { part, unattended, type Job } from '../job';
import type { FloatMatrix } from '../linalg/gramBasis';
import { transpose } from '../linalg/matrix';
import { fixSigns } from '../linalg/signs';
import { ascending } from './bitmap';
import type { BlockGrid } from './blockGrid';
import { blockOrder } from './blockOrder';
import { blockRows, forEachPiece } from './blockRows';
import { measureBlocks } from './blockScores';
import { residuals } from './errorCurve';
import { forEachRebuilt, type KpdForm } from './kpdForm';
import { pickRows } from './kpdGains';
import { findMask, type MaskFound } from './kpdMask';
import { maxKpdRank } from './kpdSize';
import type { WeightMatrix } from './weightMatrix';

export { fromKpd, type KpdForm } from './kpdForm';
export { kpdForward } from './kpdForward';
export { kpdBytes, kpdMacs, kpdRankForBytes, maskBytes, maxKpdRank } from './kpdSize';

/** A form in f64 as fitted, every B_i with its entry of largest magnitude positive. */
export interface Kpd extends KpdForm {
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** ||W - W_r||, padding not counted. */
  readonly residual: number;
  /** Rounds of the alternation between the mask and the factors. */
  readonly rounds: number;
}

export interface KpdOptions {
  /** Of the random sketch that large blocks need. */
  readonly seed: number;
  /** Whether every row of blocks keeps as many (give or take one); `matrix`. */
  readonly scope?: Scope;
}

/**
 * Fits the block-sparse Kronecker form to a given matrix (the best factors for a mask are those of
 * Van Loan and Pitsianis, 1993): `blocks` kept blocks, chosen together with the factors, and `rank`
 * terms, or as many as add anything: at most min(blocks, block entries) and the numerical rank of
 * the kept blocks. For the mask that is chosen nothing of that rank has a smaller error, where the
 * blocks divide the matrix; a matrix of zeros keeps none.
 * @throws UsageError for a count that the grid does not have or a rank below 1, UnsupportedError
 * for values that are not finite.
 */
export async function fitKpd(
  matrix: WeightMatrix,
  grid: BlockGrid,
  blocks: number,
  rank: number,
  options: KpdOptions,
  job: Job = unattended,
): Promise<Kpd> {
  assertCounts(grid, blocks, rank);
  const { seed, scope = 'matrix' } = options;
  const { scores, energies } = measureBlocks(matrix, grid, 'frobenius', job);
  const order = blockOrder(scores, grid, scope);
  const losses = residuals(energies, order);
  if (blocks === 0 || losses[0] === 0) {
    return emptyKpd(grid, losses[0]);
  }
  const rows = blockRows(matrix, grid, ascending(order, grid.count), job);
  const terms = Math.min(rank, maxKpdRank(grid, blocks));
  // With all blocks there is nothing to choose; with a rank that is no restriction the blocks of
  // largest norm are the best.
  const isSettled = blocks === grid.count || terms === maxKpdRank(grid, blocks);
  const problem = { grid, scope, rows, energies, blocks, rank: terms, seed };
  const { mask, rounds }: Pick<MaskFound, 'mask' | 'rounds'> = isSettled
    ? { mask: ascending(order.subarray(0, blocks), grid.count), rounds: 0 }
    : await findMask(problem, part(job, 0, 0.8));
  const kept = pickRows(rows, mask);
  const { form, error } = await factorise(kept, grid, mask, terms, seed, part(job, 0.8, 1));
  const inside = isRagged(grid) ? errorInside(form, kept, job) : error;
  return { ...form, residual: Math.hypot(inside, droppedNorm(energies, mask)), rounds };
}

/** The truncated SVD of the kept blocks, as rows, and its error, padding counted. */
async function factorise(
  kept: FloatMatrix,
  grid: BlockGrid,
  mask: Uint32Array,
  terms: number,
  seed: number,
  job: Job,
) {
  const truncated = truncateMatrix({ ...kept, build: () => kept }, seed);
  const { L, R } = await truncated.at(terms, job);
  const error = await truncated.errorAt(terms, job);
  const B = transpose(R);
  fixSigns(B, L);
  const form = {
    grid,
    rank: L.columns,
    blocks: mask,
    a: transpose(L).data,
    b: transpose(B).data,
  };
  return { form, error };
}

function isRagged({ padding }: BlockGrid): boolean {
  return padding[0] > 0 || padding[1] > 0;
}

/** The error of the kept blocks without what the form has beyond the edge of the matrix. */
function errorInside(form: KpdForm, kept: FloatMatrix, job: Job): number {
  let square = 0;
  forEachRebuilt(form, job, (values, from, count) => {
    const blocks = form.blocks.subarray(from, from + count);
    const first = from * kept.columns;
    forEachPiece(form.grid, blocks, job, (_, inRows, length) => {
      for (let at = inRows; at < inRows + length; at++) {
        square += (values[at] - kept.data[first + at]) ** 2;
      }
    });
  });
  return Math.sqrt(square);
}

function droppedNorm(energies: Float64Array, mask: Uint32Array): number {
  let square = 0;
  let k = 0;
  for (let p = 0; p < energies.length; p++) {
    if (mask[k] === p) {
      k++;
    } else {
      square += energies[p];
    }
  }
  return Math.sqrt(square);
}

function emptyKpd(grid: BlockGrid, residual: number): Kpd {
  const nothing = { a: new Float64Array(0), b: new Float64Array(0), blocks: new Uint32Array(0) };
  return { grid, rank: 0, ...nothing, residual, rounds: 0 };
}

function assertCounts({ count }: BlockGrid, blocks: number, rank: number): void {
  if (!Number.isInteger(blocks) || blocks < 0 || blocks > count) {
    throw new UsageError(`Of ${count} blocks ${blocks} cannot be kept.`, {
      value: blocks,
      limit: count,
    });
  }
  if (!Number.isInteger(rank) || rank < 1) {
    throw new UsageError(`${rank} is no number of terms; give a whole number of at least 1.`, {
      value: rank,
    });
  }
}
