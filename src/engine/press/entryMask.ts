import { UsageError } from '../../failures';
import type { Pattern } from '../../protocol/patterns';
import { unattended, type Job } from '../job';
import { blockGrid, type BlockGrid } from '../sparsity/blockGrid';
import { blockOrder } from '../sparsity/blockOrder';
import { forEachPiece } from '../sparsity/blockRows';
import { blockScores } from '../sparsity/blockScores';
import { nmMask } from '../sparsity/nm';
import { fromWeightMatrix, weightMatrix, type WeightMatrix } from '../sparsity/weightMatrix';
import { elementCount, type DenseTensor } from '../tensor/tensor';

/** Entries unpacked between looks at the stop sign. */
const entriesPerCheck = 2 ** 22;

/**
 * Which entries of a tensor `pattern` keeps: a byte per element, in the tensor's order, 1 for kept.
 * @param kept blocks, or N of N:M; none to all.
 * @throws UsageError for a pattern that does not fit the shape, UnsupportedError for values that
 * are not finite.
 */
export function entryMask(
  tensor: DenseTensor,
  pattern: Pattern,
  kept: number,
  job: Job = unattended,
): Uint8Array<ArrayBuffer> {
  const { scheme } = pattern;
  const matrix = weightMatrix(tensor, scheme, job);
  const { rows, columns } = matrix;
  const mask =
    pattern.kind === 'nm'
      ? unpackEntries(nmMask(matrix, kept, pattern.m, job), rows * columns, job)
      : blockMask(matrix, pattern, kept, job);
  if (matrix.data === tensor.data) {
    return mask;
  }
  const turned = { rows, columns, data: Float32Array.from(mask) };
  return Uint8Array.from(fromWeightMatrix(turned, tensor.shape, scheme, job).data);
}

function blockMask(
  matrix: WeightMatrix,
  { block, criterion, scope }: Extract<Pattern, { kind: 'block' }>,
  kept: number,
  job: Job,
): Uint8Array<ArrayBuffer> {
  const grid = blockGrid(matrix.rows, matrix.columns, block);
  requireBlocks(grid, kept, 0);
  const order = blockOrder(blockScores(matrix, grid, criterion, job), grid, scope);
  return maskOfBlocks(grid, order.subarray(0, kept), job);
}

/** A byte per entry of the matrix: 1 in the named blocks. */
export function maskOfBlocks(
  grid: BlockGrid,
  blocks: ArrayLike<number>,
  job: Job = unattended,
): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(elementCount([grid.rows, grid.columns]));
  forEachPiece(grid, blocks, job, (inMatrix, _, length) => {
    mask.fill(1, inMatrix, inMatrix + length);
  });
  return mask;
}

/** @throws UsageError unless `kept` is a whole number of blocks from `least` to all. */
export function requireBlocks({ count }: BlockGrid, kept: number, least: number): void {
  if (!Number.isInteger(kept) || kept < least || kept > count) {
    throw new UsageError(
      `${kept} blocks cannot be kept of ${count}; give a whole number from ${least} to ${count}.`,
      { value: kept, limit: count },
    );
  }
}

/** A byte per bit, the first from the highest bit of the first byte. */
function unpackEntries(bits: Uint8Array, count: number, job: Job): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    if (at % entriesPerCheck === 0) {
      job.throwIfCancelled();
    }
    mask[at] = (bits[at >>> 3] >>> (7 - (at & 7))) & 1;
  }
  return mask;
}
