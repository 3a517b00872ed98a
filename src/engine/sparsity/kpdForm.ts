import { unattended, type Job } from '../job';
import { addProduct } from '../linalg/blockedProduct';
import type { FloatArray } from '../tensor/tensor';
import { blockElements, type BlockGrid } from './blockGrid';
import { forEachPiece } from './blockRows';
import type { WeightMatrix } from './weightMatrix';

/**
 * The block-sparse Kronecker form W ~ sum over i of (S o A_i) (x) B_i of a matrix, its `grid` being
 * that of S and A_i, its blocks of the shape of B_i (KPD of seed 002, eq. 2, with S folded into A).
 */
export interface KpdForm {
  readonly grid: BlockGrid;
  /** Terms. */
  readonly rank: number;
  /** Ones of S: the kept blocks, ascending. */
  readonly blocks: Uint32Array;
  /** rank x blocks: the entries of every A_i at the kept blocks. */
  readonly a: FloatArray;
  /** rank x blockRows x blockColumns. */
  readonly b: FloatArray;
}

/** Elements of blocks that are rebuilt at a time. */
const rebuiltAtOnce = 2 ** 21;

/** The matrix that the form stands for, in f64, without the padding. */
export function fromKpd(form: KpdForm, job: Job = unattended): WeightMatrix {
  const { rows, columns } = form.grid;
  const data = new Float64Array(rows * columns);
  forEachRebuilt(form, job, (values, from, count) => {
    const blocks = form.blocks.subarray(from, from + count);
    forEachPiece(form.grid, blocks, job, (inMatrix, inRows, length) => {
      for (let j = 0; j < length; j++) {
        data[inMatrix + j] = values[inRows + j];
      }
    });
  });
  return { rows, columns, data };
}

/**
 * Calls `visit` with the kept blocks as rows, `count` at a time from the `from`-th on; the array is
 * used again for the next.
 */
export function forEachRebuilt(
  { grid, rank, blocks, a, b }: KpdForm,
  job: Job,
  visit: (values: Float64Array, from: number, count: number) => void,
): void {
  const size = blockElements(grid);
  const kept = blocks.length;
  const atOnce = Math.max(1, Math.min(kept, Math.floor(rebuiltAtOnce / size)));
  const values = new Float64Array(atOnce * size);
  const terms = { data: b, rowStride: size, columnStride: 1 };
  for (let from = 0; from < kept; from += atOnce) {
    const count = Math.min(atOnce, kept - from);
    const scales = { data: a.subarray(from), rowStride: 1, columnStride: kept };
    const product = { m: count, n: size, k: rank };
    addProduct(product, scales, terms, values, { into: 'replace', job });
    visit(values, from, count);
  }
}
