import { elementCount } from '../tensor/tensor';
import type { Attributes } from '../decompositions/decomposition';
import { bestKroneckerBlock } from '../sparsity/blockSize';
import { matricisationOf } from './matricisation';

type Block = readonly [rows: number, columns: number];

/** Sides of the square blocks that are compared: what kernels for block-sparse products are made for. */
const sides = [4, 8, 16, 32];

/**
 * Entries of a block up to which a Kronecker form is looked for by itself: the fit takes the
 * eigenvalues of a matrix of that size, and at 32 x 32 these are a second or so.
 */
const mostKpdEntries = 1024;

/** Numbers of terms for which the block with the fewest parameters is a candidate. */
const kpdTerms = [1, 4];

/** Shares of the blocks that are compared; keeping all gives the plain Kronecker sum. */
const kpdShares = [0.25, 0.5, 0.75, 1];

/**
 * The blocks that `block` chooses from, as attributes: squares of 4, 8, 16 and 32, and for a
 * convolution whose columns are whole channels (`channel-out`) also as wide as the multiple of
 * H W next to that, so that a dropped block drops whole input channels. Those larger than the matrix
 * are left out, unless all are; then the largest that fits. What `fixed` has stays as it is.
 */
export function blockCandidates(shape: readonly number[], fixed: Attributes = {}): Attributes[] {
  if (fixed.block !== undefined) {
    return [fixed];
  }
  return candidateBlocks(shape, fixed, sides).map((block) => ({ ...fixed, block }));
}

/**
 * The blocks and numbers of them that `kpd` chooses from, as attributes: the squares of 4, 8 and 16
 * of {@link blockCandidates} and the blocks with the fewest parameters for 1 and for 4 terms (seed
 * 002, eq. 5) where they have at most 1024 entries; of each a quarter, half, three quarters or all of the
 * blocks. What `fixed` has stays as it is.
 */
export function kpdCandidates(shape: readonly number[], fixed: Attributes = {}): Attributes[] {
  const { rows, columns } = matricisationOf(shape, fixed);
  const optimal = kpdTerms.map((terms) => bestKroneckerBlock(rows, columns, terms).block);
  const blocks: readonly (Block | Attributes[string])[] =
    fixed.block === undefined
      ? distinct([
          ...candidateBlocks(shape, fixed, sides.slice(0, -1)),
          ...optimal.filter(([m2, n2]) => m2 * n2 <= mostKpdEntries),
        ])
      : [fixed.block];
  return blocks.flatMap((block) => {
    const attributes = { ...fixed, block };
    if (fixed.blocks !== undefined || !isBlock(block)) {
      return [attributes];
    }
    const count = Math.ceil(rows / block[0]) * Math.ceil(columns / block[1]);
    const kept = new Set(kpdShares.map((share) => Math.ceil(share * count)));
    return [...kept].map((some) => ({ ...attributes, blocks: some }));
  });
}

function candidateBlocks(
  shape: readonly number[],
  fixed: Attributes,
  wanted: readonly number[],
): Block[] {
  const { rows, columns, scheme } = matricisationOf(shape, fixed);
  const spatial = scheme === 'channel-out' ? elementCount(shape.slice(2)) : 1;
  const aligned = (side: number) => Math.max(1, Math.round(side / spatial)) * spatial;
  const blocks = wanted.flatMap((side): Block[] => [
    [side, side],
    [side, aligned(side)],
  ]);
  const fitting = distinct(blocks).filter(([m2, n2]) => m2 <= rows && n2 <= columns);
  return fitting.length > 0 ? fitting : [[Math.min(wanted[0], rows), Math.min(wanted[0], columns)]];
}

function distinct(blocks: readonly Block[]): Block[] {
  return [...new Map(blocks.map((block) => [block.join(), block])).values()];
}

function isBlock(value: unknown): value is Block {
  return Array.isArray(value) && value.length === 2;
}
