import { applyBlock, type ReflectorBlock } from './reflectorBlock';
import type { Runner } from './runner';

/**
 * Eigenvectors of T, the first `count` rows of `rows`, become those of A = Q T Q^T: x <- Q x for
 * every row x, block after block from the last (LAPACK's dormtr).
 */
export function backTransform(
  runner: Runner,
  blocks: readonly ReflectorBlock[],
  rows: Float64Array,
  stride: number,
  count: number,
): void {
  for (let index = blocks.length - 1; index >= 0; index--) {
    runner.look();
    applyBlock(runner, blocks[index], rows, stride, count, 'forward');
  }
}
