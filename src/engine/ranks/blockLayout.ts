import { UsageError } from '../../failures';
import type { Criterion, Scope } from '../../protocol/patterns';
import type { Attributes } from '../decompositions/decomposition';
import { blockGrid, type BlockGrid } from '../sparsity/blockGrid';
import { formatShape } from '../tensor/tensor';
import { matricisationOf, matricisations, type Matricisation } from './matricisation';

/** How a tensor is read as a grid of blocks, and which blocks are kept first. */
export interface BlockLayout {
  readonly matricisation: Matricisation;
  readonly grid: BlockGrid;
  readonly criterion: Criterion;
  readonly scope: Scope;
  /** What a plan and a pressed file say of it: the block, and all that is not the default. */
  readonly attributes: Attributes;
}

/** A {@link BlockLayout} for the Kronecker form, with the number of blocks that are not zero. */
export interface KpdLayout extends BlockLayout {
  readonly blocks: number;
}

/** The block where none is given; cut down to a smaller matrix. */
const defaultSide = 16;

const criteria = ['frobenius', 'l1', 'max', 'meanSquare'] as const satisfies readonly Criterion[];
const scopes = ['matrix', 'blockRow'] as const satisfies readonly Scope[];

/**
 * The layout that `attributes` describe: `block` ([rows, columns], default 16 x 16 or the side of a
 * smaller matrix), `scheme` (default the first of the shape: `matrix`, `channel-out`), `criterion`
 * (default `frobenius`), `scope` (default `matrix`).
 * @throws UsageError for one that does not fit the shape.
 */
export function blockLayoutOf(shape: readonly number[], attributes: Attributes = {}): BlockLayout {
  const matricisation = matricisationOf(shape, attributes);
  const { rows, columns, scheme } = matricisation;
  const block = blockOf(attributes, rows, columns, shape);
  const criterion = oneOf(criteria, attributes, 'criterion');
  const scope = oneOf(scopes, attributes, 'scope');
  return {
    matricisation,
    grid: blockGrid(rows, columns, block),
    criterion,
    scope,
    attributes: {
      block,
      ...(scheme !== matricisations(shape)[0].scheme && { scheme }),
      ...(criterion !== criteria[0] && { criterion }),
      ...(scope !== scopes[0] && { scope }),
    },
  };
}

/**
 * {@link blockLayoutOf} for `kpd`, whose attributes have `blocks` beside it: how many are kept
 * (default half of them, rounded up). There is no criterion: which blocks are kept follows from the
 * squared error of the form itself. @throws UsageError for one that does not fit the shape.
 */
export function kpdLayoutOf(shape: readonly number[], attributes: Attributes = {}): KpdLayout {
  const layout = blockLayoutOf(shape, { ...attributes, criterion: criteria[0] });
  const { count } = layout.grid;
  const blocks = attributes.blocks ?? Math.ceil(count / 2);
  if (typeof blocks !== 'number' || !Number.isInteger(blocks) || blocks < 1 || blocks > count) {
    throw new UsageError(
      `${JSON.stringify(blocks)} blocks cannot be kept of the ${count} of a tensor of shape ${formatShape(shape)}; give a whole number from 1 to ${count}.`,
      { value: JSON.stringify(blocks), limit: count },
    );
  }
  return { ...layout, blocks, attributes: { ...layout.attributes, blocks } };
}

function blockOf(
  { block }: Attributes,
  rows: number,
  columns: number,
  shape: readonly number[],
): readonly [number, number] {
  if (block === undefined) {
    return [Math.min(defaultSide, rows), Math.min(defaultSide, columns)];
  }
  if (Array.isArray(block) && block.length === 2) {
    const [height, width] = block as readonly number[];
    const isSide = (side: number, limit: number) =>
      Number.isInteger(side) && side >= 1 && side <= limit;
    if (isSide(height, rows) && isSide(width, columns)) {
      return [height, width];
    }
  }
  throw new UsageError(
    `Block ${JSON.stringify(block)} does not fit the ${rows} x ${columns} matrix of a tensor of shape ${formatShape(shape)}; give its rows and columns, no more than the matrix has.`,
    { value: JSON.stringify(block), limit: `${rows} x ${columns}` },
  );
}

function oneOf<T extends string>(
  known: readonly [T, ...T[]],
  attributes: Attributes,
  name: string,
): T {
  const value = attributes[name] ?? known[0];
  const found = known.find((one) => one === value);
  if (found === undefined) {
    throw new UsageError(
      `The ${name} ${JSON.stringify(value)} is unknown; choose from ${known.join(', ')}.`,
      { value: JSON.stringify(value) },
    );
  }
  return found;
}
