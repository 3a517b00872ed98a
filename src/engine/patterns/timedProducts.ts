import { openRawProduct } from '../backends/rawProduct';
import type { Job } from '../job';
import { kernels } from '../kernels';
import { addProduct } from '../linalg/blockedProduct';
import { keepResident, multiplyPacked } from '../linalg/blockSparseProduct';
import { packPattern, type PackedBlocks, type PackedPattern } from '../linalg/packedBlocks';
import { createRandom, type Random } from '../random';
import { ascending } from '../sparsity/bitmap';
import type { BlockGrid } from '../sparsity/blockGrid';
import type { Timed } from './rounds';

/** Products W X of one size, W (rows x columns) dense or with random blocks, X with `batch` columns. */
export interface TimedProducts {
  /** The dense f32 kernel; W lies in its memory, bounds of the values are known. */
  readonly dense: Timed;
  /** `tf.matMul`, X^T W^T as a layer of a model computes it; both operands lie on the backend. */
  readonly backend: Timed;
  /** One for each of the kept fractions asked for, packed, in the kernels' memory. */
  readonly sparse: readonly {
    /** Of the blocks, as rounded to a whole number of them. */
    readonly kept: number;
    /** Multiply-adds per column of X. */
    readonly macs: number;
    readonly run: Timed;
  }[];
}

/** Random values that are repeated over and over; times do not depend on them. */
const distinctValues = 4093;

/**
 * Makes the products of a grid ready for `use`, and frees them afterwards. The kept fractions give
 * random patterns, each of them part of the next larger one. All read the same values: what a
 * product costs depends on where its blocks are, not on what is in them.
 */
export async function withTimedProducts<T>(
  request: {
    readonly grid: BlockGrid;
    readonly batch: number;
    readonly kept: readonly number[];
    readonly seed: number;
  },
  job: Job,
  use: (products: TimedProducts) => Promise<T>,
): Promise<T> {
  const { grid, batch, kept, seed } = request;
  const { rows: m, columns: k, count } = grid;
  const random = createRandom(seed);
  const order = permutation(count, random);
  const patterns = kept.map((fraction) => {
    job.throwIfCancelled();
    const blocks = Math.round(fraction * count);
    return {
      kept: blocks / count,
      pattern: packPattern(grid, ascending(order.subarray(0, blocks), count)),
    };
  });
  const x = filled(new Float32Array(k * batch), random);
  const engine = kernels();
  return engine.arena.asyncScope(async () => {
    const largest = Math.max(m * k, ...patterns.map(({ pattern }) => pattern.valueCount));
    const w = filled(engine.arena.singles(largest), random);
    const product = await openRawProduct(x, w.slice(0, m * k), { m: batch, k, n: m });
    try {
      const y = new Float64Array(m * batch);
      const ySingle = new Float32Array(m * batch);
      return await use({
        dense() {
          const a = { data: w, rowStride: k, columnStride: 1 };
          const b = { data: x, rowStride: batch, columnStride: 1 };
          const options = { into: 'replace', precision: 'single', bounds: { a: 1, b: 1 } } as const;
          addProduct({ m, n: batch, k }, a, b, y, { ...options, job });
        },
        backend: () => product.multiply(),
        sparse: patterns.map(({ kept, pattern }) => {
          const packed = keepResident(engine, withValues(pattern, w));
          const right = { rows: k, columns: batch, data: x };
          return {
            kept,
            macs: pattern.macs,
            run: () => multiplyPacked(packed, right, ySingle, job),
          };
        }),
      });
    } finally {
      product.dispose();
    }
  });
}

function withValues(pattern: PackedPattern, values: Float32Array): PackedBlocks {
  return { ...pattern, values: values.subarray(0, pattern.valueCount) };
}

/** The numbers below `count` in random order (Fisher and Yates). */
function permutation(count: number, random: Random): Uint32Array {
  const result = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const j = Math.floor(random.next() * (i + 1));
    result[i] = result[j];
    result[j] = i;
  }
  return result;
}

/** Values in [-1, 1). */
function filled<T extends Float32Array>(target: T, random: Random): T {
  const some = Math.min(distinctValues, target.length);
  for (let i = 0; i < some; i++) {
    target[i] = 2 * random.next() - 1;
  }
  for (let have = some; have < target.length; have *= 2) {
    target.copyWithin(have, 0, Math.min(have, target.length - have));
  }
  return target;
}
