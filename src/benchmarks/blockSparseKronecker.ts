import type { Job } from '../engine/job';
import { addProduct, type StridedView } from '../engine/linalg/blockedProduct';
import { createMatrix, type Matrix } from '../engine/linalg/matrix';
import { bestOfRounds } from '../engine/patterns/rounds';
import { createRandom, type Random } from '../engine/random';
import { blockElements, blockGrid } from '../engine/sparsity/blockGrid';
import { kpdForward, kpdMacs, type KpdForm } from '../engine/sparsity/kpd';
import { formatBlock, formatMatrix, type ProductSize } from './blockSparseRun';

/** The Kronecker form of one block size and rank beside the dense products. */
export interface KroneckerTime {
  readonly matrix: string;
  readonly block: string;
  readonly rank: number;
  /** Multiply-adds as a fraction of the dense ones. */
  readonly macs: number;
  readonly ms: number;
  readonly doubleMs: number;
  readonly singleMs: number;
}

export const kroneckerRanks: readonly number[] = [1, 2, 4];

/** Times all ranks of one block size, half of the blocks kept at random. */
export async function runKronecker(
  size: ProductSize,
  block: number,
  options: { readonly seed: number; readonly budgetMs: number },
  job: Job,
): Promise<KroneckerTime[]> {
  const { rows, columns, batch } = size;
  const random = createRandom(options.seed);
  const w = randomMatrix(rows, columns, random);
  const x = randomMatrix(columns, batch, random);
  const y = new Float64Array(rows * batch);
  const dense = (precision: 'double' | 'single') => (): void =>
    addProduct({ m: rows, n: batch, k: columns }, viewOf(w), viewOf(x), y, {
      into: 'replace',
      precision,
      bounds: { a: 1, b: 1 },
      job,
    });
  const forms = kroneckerRanks.map((rank) => randomForm(size, block, rank, random));
  const runs = forms.map((form) => (): void => void kpdForward(form, x, job));
  const [doubleMs, singleMs, ...ms] = await bestOfRounds(
    [dense('double'), dense('single'), ...runs],
    options.budgetMs,
    job,
  );
  return forms.map((form, i) => ({
    matrix: formatMatrix(size),
    block: formatBlock(block),
    rank: form.rank,
    macs: kpdMacs(form.grid, form.blocks.length, form.rank).fewest / (rows * columns),
    ms: ms[i],
    doubleMs,
    singleMs,
  }));
}

/** Every block of S is kept with probability 1/2. */
function randomForm(
  { rows, columns }: ProductSize,
  block: number,
  rank: number,
  random: Random,
): KpdForm {
  const grid = blockGrid(rows, columns, [block, block]);
  const blocks = Uint32Array.from({ length: grid.count }, (_, i) => i).filter(
    () => random.next() < 0.5,
  );
  return {
    grid,
    rank,
    blocks,
    a: randomValues(rank * blocks.length, random),
    b: randomValues(rank * blockElements(grid), random),
  };
}

function randomMatrix(rows: number, columns: number, random: Random): Matrix {
  return createMatrix(rows, columns, randomValues(rows * columns, random));
}

/** In [-1, 1). */
function randomValues(count: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, () => 2 * random.next() - 1);
}

function viewOf({ data, columns }: Matrix): StridedView {
  return { data, rowStride: columns, columnStride: 1 };
}
