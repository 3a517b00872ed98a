import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unattended } from '../../../../src/engine/job';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import { svd } from '../../../../src/engine/linalg/svd';
import { createRandom } from '../../../../src/engine/random';
import { packBits } from '../../../../src/engine/sparsity/bitmap';
import {
  blockElements,
  blockGrid,
  type BlockGrid,
} from '../../../../src/engine/sparsity/blockGrid';
import { bestBlocks, blockOrder } from '../../../../src/engine/sparsity/blockOrder';
import { blockRows } from '../../../../src/engine/sparsity/blockRows';
import { measureBlocks } from '../../../../src/engine/sparsity/blockScores';
import { residuals } from '../../../../src/engine/sparsity/errorCurve';
import {
  fitKpd,
  fromKpd,
  kpdBytes,
  kpdRankForBytes,
  maskBytes,
} from '../../../../src/engine/sparsity/kpd';
import { createGains } from '../../../../src/engine/sparsity/kpdGains';
import { improveMask } from '../../../../src/engine/sparsity/kpdMask';
import type { WeightMatrix } from '../../../../src/engine/sparsity/weightMatrix';
import { CancelledError, UnsupportedError, UsageError } from '../../../../src/failures';
import { blockOf, onlyBlocks, randomWeights } from '../../../support/blockMatrices';
import { distance, matrixOf, norm } from '../../../support/matrices';
import { sharedPath } from '../../../support/shared';
import { stopAfter } from '../../../support/stopAfter';

const seed = 0;

/** The form by the definition: entry by entry, S o A_i times B_i. */
function kroneckerSum(
  grid: BlockGrid,
  blocks: ArrayLike<number>,
  rank: number,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): Float64Array {
  const { rows, columns, blockRows: height, blockColumns: width } = grid;
  const places = new Map(Array.from(blocks, (block, k) => [block, k]));
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const k = places.get(blockOf(grid, i, j));
      for (let t = 0; k !== undefined && t < rank; t++) {
        const inBlock = (i % height) * width + (j % width);
        result[i * columns + j] += a[t * blocks.length + k] * b[t * height * width + inBlock];
      }
    }
  }
  return result;
}

/** The error of the best factors for a mask, by an SVD of the kept blocks. */
async function vanLoanError(
  matrix: WeightMatrix,
  grid: BlockGrid,
  mask: Uint32Array,
  rank: number,
): Promise<number> {
  const kept = blockRows(matrix, grid, mask);
  const { s } = await svd(createMatrix(kept.rows, kept.columns, Float64Array.from(kept.data)));
  const dropped = distance(onlyBlocks(matrix, grid, mask).data, matrix.data);
  return Math.hypot(norm(s.subarray(rank)), dropped);
}

function topByNorm(matrix: WeightMatrix, grid: BlockGrid, q: number): Uint32Array {
  const { scores } = measureBlocks(matrix, grid, 'frobenius');
  return blockOrder(scores, grid, 'matrix').slice(0, q).sort();
}

/** A few patterns with random scales, blocks of very different norms, and noise. */
function structured(grid: BlockGrid, patterns: number, noise: number): WeightMatrix {
  const random = createRandom(11);
  const size = blockElements(grid);
  const a = Float64Array.from({ length: patterns * grid.count }, () => random.normal() ** 3);
  const b = Float64Array.from({ length: patterns * size }, () => random.normal());
  const blocks = Uint32Array.from({ length: grid.count }, (_, p) => p);
  const { data } = fromKpd({ grid, rank: patterns, blocks, a, b });
  return { ...grid, data: data.map((value) => value + noise * random.normal()) };
}

const published = {
  rows: 4,
  columns: 4,
  data: matrixOf([
    [1, 2, 0, 0],
    [3, 4, 0, 0],
    [2, 4, 5, 6],
    [6, 8, 7, 8],
  ]).data,
};

describe('fitKpd on the published example', () => {
  const grid = blockGrid(4, 4, [2, 2]);

  it.each([
    [2, 1, [2, 3], 34.420198],
    [3, 1, [0, 2, 3], 5.015924],
    [3, 2, [0, 2, 3], 0],
  ])('with q = %d, r = %d keeps %o at a squared error of %d', async (q, rank, mask, error) => {
    const kpd = await fitKpd(published, grid, q, rank, { seed });
    expect(Array.from(kpd.blocks)).toEqual(mask);
    expect(kpd.rank).toBe(rank);
    expect(kpd.residual ** 2).toBeCloseTo(error, 6);
  });

  it('with all blocks is the plain Kronecker sum, exact at rank 2', async () => {
    const one = await fitKpd(published, grid, 4, 1, { seed });
    expect(one.residual / norm(published.data)).toBeCloseTo(0.124424, 6);
    const all = await fitKpd(published, grid, 4, 4, { seed });
    expect(all.rank).toBe(2);
    expect(distance(fromKpd(all).data, published.data)).toBeLessThan(1e-13);
  });

  const path = sharedPath('methods/fixtures/kronecker.json');
  it.skipIf(path === undefined)('agrees with the fixture to its digits', async () => {
    const { vanLoan, masked } = JSON.parse(readFileSync(path ?? '', 'utf8')) as Fixture;
    const { data } = matrixOf(vanLoan.W);
    const matrix = { rows: 4, columns: 4, data };
    const R = blockRows(matrix, grid, [0, 1, 2, 3]);
    expect(Array.from(R.data)).toEqual(vanLoan.R.flat());
    expect(masked.length).toBeGreaterThan(0);
    for (const { keep, rank, mask, error2 } of masked) {
      const kpd = await fitKpd(matrix, grid, keep, rank, { seed });
      expect(Array.from(kpd.blocks)).toEqual(mask.flatMap((bit, p) => (bit === 1 ? [p] : [])));
      expect(Math.abs(kpd.residual ** 2 - error2)).toBeLessThan(1e-11);
    }
  });
});

interface Fixture {
  readonly vanLoan: { readonly W: number[][]; readonly R: number[][] };
  readonly masked: readonly {
    readonly keep: number;
    readonly rank: number;
    readonly mask: number[];
    readonly error2: number;
  }[];
}

const cases = [
  [24, 30, [3, 5]],
  [16, 16, [4, 4]],
  [26, 31, [4, 5]],
  [12, 40, [12, 2]],
  [30, 8, [1, 8]],
  [9, 9, [1, 1]],
] as const;

describe.each(cases)('fitKpd of a random %d x %d matrix in blocks of %o', (m, n, block) => {
  const matrix = randomWeights(m, n, 7);
  const grid = blockGrid(m, n, block);
  const isDivided = grid.padding[0] === 0 && grid.padding[1] === 0;
  const counts = [1, 0.25, 0.5, 0.8, 1].map((kept, i) =>
    i === 0 ? 1 : Math.max(1, Math.round(kept * grid.count)),
  );

  it('has the norm of the difference for its residual, and zeros exactly where S has', async () => {
    for (const q of counts) {
      for (const rank of [1, 2, 5]) {
        const kpd = await fitKpd(matrix, grid, q, rank, { seed });
        expect(kpd.blocks).toHaveLength(q);
        expect(kpd.rank).toBeLessThanOrEqual(Math.min(rank, q, blockElements(grid)));
        expect([kpd.a.length, kpd.b.length]).toEqual([
          kpd.rank * q,
          kpd.rank * blockElements(grid),
        ]);
        const expected = kroneckerSum(grid, kpd.blocks, kpd.rank, kpd.a, kpd.b);
        const folded = fromKpd(kpd);
        expect(distance(folded.data, expected)).toBeLessThan(1e-12);
        const error = distance(expected, matrix.data);
        expect(Math.abs(kpd.residual - error)).toBeLessThan(1e-11 * norm(matrix.data));
        const outside = folded.data.filter(
          (_, at) => !kpd.blocks.includes(blockOf(grid, Math.floor(at / n), at % n)),
        );
        expect(outside.every((value) => value === 0)).toBe(true);
      }
    }
  });

  it('is never above plain Van Loan with the same mask, nor with the blocks of largest norm', async () => {
    for (const q of counts) {
      for (const rank of [1, 2, 5, Math.max(1, blockElements(grid) - 2)]) {
        const kpd = await fitKpd(matrix, grid, q, rank, { seed });
        const slack = 1e-11 * norm(matrix.data);
        const same = await vanLoanError(matrix, grid, kpd.blocks, rank);
        expect(kpd.residual).toBeLessThanOrEqual(same + slack);
        if (isDivided) {
          expect(kpd.residual).toBeGreaterThanOrEqual(same - slack);
          const plain = await vanLoanError(matrix, grid, topByNorm(matrix, grid, q), rank);
          expect(kpd.residual).toBeLessThanOrEqual(plain + slack);
        }
      }
    }
  });

  it('at the rank of a whole block is block pruning by norm', async () => {
    const { scores, energies } = measureBlocks(matrix, grid, 'frobenius');
    const errors = residuals(energies, blockOrder(scores, grid, 'matrix'));
    for (const q of counts) {
      const kpd = await fitKpd(matrix, grid, q, blockElements(grid), { seed });
      expect(kpd.blocks).toEqual(topByNorm(matrix, grid, q));
      expect(Math.abs(kpd.residual - errors[q])).toBeLessThan(1e-11 * norm(matrix.data));
    }
  });

  it('has every B with its largest entry positive and of the norm of its A', async () => {
    const q = counts[2];
    const kpd = await fitKpd(matrix, grid, q, 3, { seed });
    const size = blockElements(grid);
    for (let t = 0; t < kpd.rank; t++) {
      const entries = Array.from(kpd.b.subarray(t * size, (t + 1) * size));
      expect(Math.max(...entries)).toBe(Math.max(...entries.map(Math.abs)));
      const scales = kpd.a.subarray(t * q, (t + 1) * q);
      expect(Math.abs(norm(entries) - norm(scales))).toBeLessThan(1e-11);
    }
  });
});

describe('fitKpd', () => {
  const grid = blockGrid(24, 24, [3, 3]);
  const matrix = structured(grid, 2, 0.05);

  it('finds a better mask than the blocks of largest norm where blocks share patterns', async () => {
    const noisy = { ...matrix, data: matrix.data.slice() };
    // Blocks of large norm that fit no pattern.
    const random = createRandom(3);
    for (let at = 0; at < noisy.data.length; at++) {
      if (blockOf(grid, Math.floor(at / 24), at % 24) % 4 === 0) {
        noisy.data[at] = 2 * random.normal();
      }
    }
    const kpd = await fitKpd(noisy, grid, 24, 2, { seed });
    const plain = await vanLoanError(noisy, grid, topByNorm(noisy, grid, 24), 2);
    expect(kpd.residual).toBeLessThan(0.99 * plain);
    expect(kpd.rounds).toBeGreaterThan(0);
  });

  it('captures no less from one round to the next, up to a fixed point', async () => {
    const rows = blockRows(matrix, grid, [...Array(grid.count).keys()]);
    const { energies } = measureBlocks(matrix, grid, 'frobenius');
    const problem = { grid, scope: 'matrix', rows, energies, blocks: 20, rank: 1, seed } as const;
    const gains = createGains(problem, unattended);
    let mask: Uint32Array = Uint32Array.from({ length: 20 }, (_, k) => k);
    let captured = 0;
    let rounds = 0;
    for (let isFixed = false; !isFixed; rounds++) {
      const next = await improveMask(problem, mask, gains);
      const error = await vanLoanError(matrix, grid, mask, 1);
      // What the row space of a mask captures by the best mask is no less than by its own.
      expect(norm(matrix.data) ** 2 - error ** 2).toBeLessThanOrEqual(next.captured * (1 + 1e-12));
      expect(next.captured).toBeGreaterThanOrEqual(captured * (1 - 1e-12));
      isFixed = next.mask.every((block, k) => block === mask[k]);
      ({ mask, captured } = next);
    }
    expect(rounds).toBeGreaterThan(1);
    expect(rounds).toBeLessThan(50);
  });

  it('takes the better of two starts, each of which is at times', async () => {
    let [fromNorms, fromAll] = [0, 0];
    for (let trial = 0; trial < 30; trial++) {
      const random = randomWeights(24, 24, 100 + trial);
      const { energies } = measureBlocks(random, grid, 'frobenius');
      const rows = blockRows(random, grid, [...Array(grid.count).keys()]);
      const problem = { grid, scope: 'matrix', rows, energies, blocks: 20, rank: 1, seed } as const;
      const gains = createGains(problem, unattended);
      const captured: number[] = [];
      const everything = await gains(Uint32Array.from({ length: grid.count }, (_, p) => p));
      for (const scores of [energies, everything]) {
        let mask = bestBlocks(scores, grid, 'matrix', 20);
        for (let round = 0; round < 50; round++) {
          ({ mask } = await improveMask(problem, mask, gains));
        }
        captured.push(norm(random.data) ** 2 - (await vanLoanError(random, grid, mask, 1)) ** 2);
      }
      const kpd = await fitKpd(random, grid, 20, 1, { seed });
      const best = Math.max(...captured);
      expect(Math.abs(norm(random.data) ** 2 - kpd.residual ** 2 - best)).toBeLessThan(1e-7 * best);
      fromNorms += Number(captured[0] > captured[1] * 1.0001);
      fromAll += Number(captured[1] > captured[0] * 1.0001);
    }
    expect(fromNorms).toBeGreaterThan(0);
    expect(fromAll).toBeGreaterThan(0);
  });

  it('recovers a sum of two terms on a mask exactly', async () => {
    const exact = structured(grid, 2, 0);
    const sparse = onlyBlocks(exact, grid, [1, 5, 9, 20, 33, 40, 63]);
    const kpd = await fitKpd(sparse, grid, 7, 4, { seed });
    expect(Array.from(kpd.blocks)).toEqual([1, 5, 9, 20, 33, 40, 63]);
    expect(kpd.rank).toBe(2);
    expect(distance(fromKpd(kpd).data, sparse.data)).toBeLessThan(1e-12 * norm(sparse.data));
  });

  it('keeps as many blocks of every row with the scope blockRow', async () => {
    const kpd = await fitKpd(matrix, grid, 24, 1, { seed, scope: 'blockRow' });
    const perRow = new Array<number>(8).fill(0);
    kpd.blocks.forEach((block) => perRow[Math.floor(block / 8)]++);
    expect(perRow).toEqual(new Array(8).fill(3));
    const error = distance(fromKpd(kpd).data, matrix.data);
    expect(Math.abs(kpd.residual - error)).toBeLessThan(1e-11 * norm(matrix.data));
  });

  it('gives the same from f32 values as from the same values in f64', async () => {
    const single = { ...matrix, data: new Float32Array(matrix.data) };
    const double = { ...matrix, data: Float64Array.from(single.data) };
    const [x, y] = [
      await fitKpd(single, grid, 30, 2, { seed }),
      await fitKpd(double, grid, 30, 2, { seed }),
    ];
    expect(x.blocks).toEqual(y.blocks);
    expect(distance(fromKpd(x).data, fromKpd(y).data)).toBeLessThan(1e-11);
  });

  it('keeps nothing of a matrix of zeros, and nothing when asked for nothing', async () => {
    const zeros = { ...matrix, data: new Float64Array(24 * 24) };
    const none = { rank: 0, blocks: new Uint32Array(0), rounds: 0 };
    expect(await fitKpd(zeros, grid, 10, 2, { seed })).toMatchObject({ ...none, residual: 0 });
    const kpd = await fitKpd(matrix, grid, 0, 2, { seed });
    expect(kpd).toMatchObject(none);
    expect(Math.abs(kpd.residual - norm(matrix.data))).toBeLessThan(1e-11);
    expect(Array.from(fromKpd(kpd).data)).toEqual(new Array(24 * 24).fill(0));
  });

  it('takes the whole matrix for one block', async () => {
    const whole = blockGrid(24, 24, [24, 24]);
    const kpd = await fitKpd(matrix, whole, 1, 3, { seed });
    expect(kpd.rank).toBe(1);
    expect(distance(fromKpd(kpd).data, matrix.data)).toBeLessThan(1e-12 * norm(matrix.data));
  });

  it('does not count what it has beyond the edge', async () => {
    const ragged = blockGrid(24, 24, [5, 7]);
    const kpd = await fitKpd(matrix, ragged, 12, 2, { seed });
    const error = distance(fromKpd(kpd).data, matrix.data);
    expect(Math.abs(kpd.residual - error)).toBeLessThan(1e-11 * norm(matrix.data));
    expect(kpd.residual).toBeLessThan(await vanLoanError(matrix, ragged, kpd.blocks, 2));
  });

  it('refuses counts that the grid does not have, and no terms', async () => {
    await expect(fitKpd(matrix, grid, 65, 1, { seed })).rejects.toThrow(UsageError);
    await expect(fitKpd(matrix, grid, -1, 1, { seed })).rejects.toThrow(UsageError);
    await expect(fitKpd(matrix, grid, 1.5, 1, { seed })).rejects.toThrow(UsageError);
    await expect(fitKpd(matrix, grid, 10, 0, { seed })).rejects.toThrow(UsageError);
  });

  it('refuses values that are not finite', async () => {
    const broken = { ...matrix, data: matrix.data.slice() };
    broken.data[100] = NaN;
    await expect(fitKpd(broken, grid, 10, 1, { seed })).rejects.toThrow(UnsupportedError);
  });

  it('stops when asked to', async () => {
    const complete = stopAfter(Infinity);
    await fitKpd(matrix, grid, 20, 1, { seed }, complete);
    expect(complete.seen()).toBeGreaterThan(5);
    for (const looks of [1, Math.floor(complete.seen() / 2), complete.seen()]) {
      const fitting = fitKpd(matrix, grid, 20, 1, { seed }, stopAfter(looks));
      await expect(fitting).rejects.toThrow(CancelledError);
    }
  });
});

describe('fitKpd with large blocks', () => {
  // Short sides above the 640 up to which row spaces are found exactly.
  const grid = blockGrid(676, 676, [26, 26]);
  const matrix = structured(grid, 6, 0.4);

  it('finds masks from sketches, and factors no worse than plain Van Loan', async () => {
    const q = 650;
    const kpd = await fitKpd(matrix, grid, q, 4, { seed });
    const same = await vanLoanError(matrix, grid, kpd.blocks, 4);
    expect(Math.abs(kpd.residual - same)).toBeLessThan(1e-10 * norm(matrix.data));
    const error = distance(fromKpd(kpd).data, matrix.data);
    expect(Math.abs(kpd.residual - error)).toBeLessThan(1e-10 * norm(matrix.data));
    const again = await fitKpd(matrix, grid, q, 4, { seed });
    expect(again).toEqual(kpd);
  }, 60_000);
});

describe('Proposition 1', () => {
  it('writes any block-sparse matrix as one term per block, and the SVD needs no more', async () => {
    for (const [m, n, block, kept] of [
      [24, 30, [3, 5], 7],
      [12, 12, [2, 2], 20],
      [20, 18, [4, 3], 30],
    ] as const) {
      const grid = blockGrid(m, n, block);
      const size = blockElements(grid);
      const chosen = topByNorm(randomWeights(m, n, 9), grid, kept);
      const matrix = onlyBlocks(randomWeights(m, n, 10), grid, chosen);
      const indicators = new Float64Array(kept * kept);
      chosen.forEach((_, k) => (indicators[k * kept + k] = 1));
      const b = blockRows(matrix, grid, chosen).data;
      const built = fromKpd({ grid, rank: kept, blocks: chosen, a: indicators, b });
      expect(distance(built.data, matrix.data)).toBeLessThan(1e-6);
      const fitted = await fitKpd(matrix, grid, kept, kept, { seed });
      expect(fitted.rank).toBeLessThanOrEqual(Math.min(kept, size));
      expect(distance(fromKpd(fitted).data, matrix.data)).toBeLessThan(1e-6);
    }
  });
});

describe('kpdBytes', () => {
  it('is the bytes of the arrays, with the smaller of bitmap and block numbers', async () => {
    const grid = blockGrid(40, 60, [4, 5]);
    const matrix = randomWeights(40, 60);
    for (const q of [2, 3, 4, 60, 120]) {
      const kpd = await fitKpd(matrix, grid, q, 2, { seed });
      const mask = Math.min(packBits(kpd.blocks, grid.count).length, kpd.blocks.byteLength);
      expect(maskBytes(grid, q)).toBe(mask);
      const factors = kpd.a.byteLength + kpd.b.byteLength;
      expect(kpdBytes(grid, q, kpd.rank, 8)).toBe(factors + mask);
    }
  });
});

describe('kpdRankForBytes', () => {
  const grid = blockGrid(64, 64, [4, 4]);

  it('is the largest rank within the bytes', () => {
    for (const blocks of [20, 128, 256]) {
      for (let bytes = 0; bytes < 6000; bytes += 97) {
        const rank = kpdRankForBytes(grid, blocks, bytes, 4);
        const fits = (terms: number) => kpdBytes(grid, blocks, terms, 4) <= bytes;
        expect(rank === 0 || fits(rank)).toBe(true);
        expect(rank === Math.min(blocks, 16) || !fits(rank + 1)).toBe(true);
      }
    }
  });

  it('is 0 when not even one term fits, and never more than adds anything', () => {
    expect(kpdRankForBytes(grid, 128, 100, 4)).toBe(0);
    expect(kpdRankForBytes(grid, 128, 1e9, 4)).toBe(16);
    expect(kpdRankForBytes(grid, 5, 1e9, 4)).toBe(5);
    expect(kpdRankForBytes(grid, 0, 1e9, 4)).toBe(0);
  });
});
