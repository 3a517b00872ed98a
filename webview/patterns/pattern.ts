import type { BlockOffer, BlockPattern, Pattern, PatternInfo } from '../../src/protocol/patterns';
import { isSamePair } from './advice';

type MatrixOffer = PatternInfo['matrices'][number];
type Pair = readonly [rows: number, columns: number];

/** More blocks than this the engine refuses to order. */
export const MOST_BLOCKS = 2 ** 22;

/** Curves of sizes with more blocks than this are drawn for the chosen one only. */
const MOST_CURVE_BLOCKS = 2 ** 20;
const MOST_CURVES = 6;

export function matrixOf(info: PatternInfo, pattern: Pattern): MatrixOffer | undefined {
  return info.matrices.find(({ scheme }) => scheme === pattern.scheme);
}

/** `wanted` as far as it suits the tensor; blocks of 16 x 16 or what comes next to them else. */
export function suitablePattern(
  info: PatternInfo,
  wanted: Pattern | undefined,
): Pattern | undefined {
  const matrix = info.matrices.find(({ scheme }) => scheme === wanted?.scheme) ?? info.matrices[0];
  if (!matrix) {
    return undefined;
  }
  const { scheme } = matrix;
  if (wanted?.kind === 'nm' && matrix.nm.length > 0) {
    const m = matrix.nm.includes(wanted.m) ? wanted.m : defaultM(matrix);
    return { kind: 'nm', scheme, m };
  }
  const block = wanted?.kind === 'block' ? wanted.block : undefined;
  return {
    kind: 'block',
    scheme,
    block: block && !blockProblem(matrix, block) ? block : defaultBlock(matrix),
    criterion: wanted?.kind === 'block' ? wanted.criterion : 'frobenius',
    scope: wanted?.kind === 'block' ? wanted.scope : 'matrix',
  };
}

/** 2:4 is what hardware knows. */
export function defaultM({ nm }: MatrixOffer): number {
  return nm.includes(4) ? 4 : (nm[0] ?? 4);
}

export function defaultBlock({ blocks, rows, columns }: MatrixOffer): Pair {
  const fits = blocks.filter(({ padding }) => padding[0] === 0 && padding[1] === 0);
  const offered = fits.length > 0 ? fits : blocks;
  const wanted = 16 * 16;
  const away = ({ block: [height, width] }: BlockOffer) =>
    Math.abs(Math.log((height * width) / wanted)) + Math.abs(Math.log(height / width));
  const [best] = [...offered].sort((a, b) => away(a) - away(b));
  return best?.block ?? [Math.min(16, rows), Math.min(16, columns)];
}

/** What is wrong with a block size, with what would do; undefined for nothing. */
export function blockProblem(
  matrix: Pick<MatrixOffer, 'rows' | 'columns'>,
  block: Pair,
): string | undefined {
  const { rows, columns } = matrix;
  if (!block.every((size) => Number.isInteger(size) && size >= 1)) {
    return 'A block has whole numbers of rows and columns, at least 1 of each.';
  }
  if (block[0] > rows || block[1] > columns) {
    return `A block has at most ${rows} rows and ${columns} columns, as the matrix has.`;
  }
  const [gridRows, gridColumns] = gridOf(matrix, block);
  return gridRows * gridColumns > MOST_BLOCKS
    ? `That would be ${gridRows * gridColumns} blocks; up to ${MOST_BLOCKS} can be shown. Choose a larger block.`
    : undefined;
}

export function gridOf(
  { rows, columns }: Pick<MatrixOffer, 'rows' | 'columns'>,
  block: Pair,
): Pair {
  return [Math.ceil(rows / block[0]), Math.ceil(columns / block[1])];
}

/** The block sizes whose curves are drawn: squares first, and always the chosen one. */
export function curveBlocks({ blocks }: MatrixOffer, chosen: Pair): readonly Pair[] {
  const offered = blocks
    .filter(({ grid }) => grid[0] * grid[1] <= MOST_CURVE_BLOCKS && grid[0] * grid[1] > 1)
    .map(({ block }) => block);
  const squares = offered.filter(([height, width]) => height === width);
  const others = offered.filter(([height, width]) => height !== width);
  const picked = [...squares, ...others]
    .filter((block) => !isSamePair(block, chosen))
    .slice(0, MOST_CURVES - 1);
  return [...picked, chosen].sort((a, b) => a[0] * a[1] - b[0] * b[1] || a[0] - b[0]);
}

/** What the curves of a pattern depend on beside the block size. */
export function curveKey(tensor: string, { scheme, criterion, scope }: BlockPattern): string {
  return JSON.stringify([tensor, scheme, criterion, scope]);
}
