import { describe, expect, it } from 'vitest';
import { blockGrid } from '../../../../src/engine/sparsity/blockGrid';
import { fitKpd, fromKpd, kpdMacs } from '../../../../src/engine/sparsity/kpd';
import {
  kpdForward,
  kpdForwardAFirst,
  kpdForwardBFirst,
} from '../../../../src/engine/sparsity/kpdForward';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import { randomWeights } from '../../../support/blockMatrices';
import { distance, norm, plainProduct, randomMatrix } from '../../../support/matrices';

describe('kpdForward', () => {
  it('gives the published example', () => {
    const form = {
      grid: blockGrid(4, 4, [2, 2]),
      rank: 1,
      blocks: Uint32Array.from([0, 2, 3]),
      a: Float64Array.from([1, 3, 4]),
      b: Float64Array.from([1, -1, 0, 2]),
    };
    const x = createMatrix(4, 1, Float64Array.from([1, 2, 3, 4]));
    for (const forward of [kpdForward, kpdForwardAFirst, kpdForwardBFirst]) {
      expect(Array.from(forward(form, x).data)).toEqual([-1, 4, -7, 44]);
    }
  });

  it.each([
    [24, 30, [3, 5], 40, 3, 7],
    [24, 30, [3, 5], 5, 2, 1],
    [26, 31, [4, 5], 30, 4, 9],
    [8, 64, [1, 32], 10, 1, 8],
    [64, 8, [32, 1], 10, 1, 8],
    [12, 12, [12, 12], 1, 1, 3],
    [7, 9, [1, 1], 20, 1, 2],
  ] as const)(
    'is W X for a %d x %d matrix in blocks of %o, in both orders',
    async (m, n, block, q, rank, batch) => {
      const form = await fitKpd(randomWeights(m, n), blockGrid(m, n, block), q, rank, { seed: 0 });
      const x = randomMatrix(n, batch, 4);
      const W = createMatrix(m, n, Float64Array.from(fromKpd(form).data));
      const expected = plainProduct(W, x);
      for (const forward of [kpdForward, kpdForwardAFirst, kpdForwardBFirst]) {
        const y = forward(form, x);
        expect([y.rows, y.columns]).toEqual([m, batch]);
        expect(distance(y.data, expected.data)).toBeLessThan(1e-12 * norm(expected.data));
      }
    },
  );

  it('of a form without blocks is zero', async () => {
    const form = await fitKpd(randomWeights(6, 6), blockGrid(6, 6, [2, 2]), 0, 1, { seed: 0 });
    for (const forward of [kpdForwardAFirst, kpdForwardBFirst]) {
      expect(Array.from(forward(form, randomMatrix(6, 2)).data)).toEqual(new Array(12).fill(0));
    }
  });
});

describe('kpdMacs', () => {
  it('counts n1 n2 m2 + q m2 or q n2 + m1 m2 n2 per term', () => {
    // 8 x 256 in blocks of 2 x 32: m1 = 4, n1 = 8.
    const macs = kpdMacs(blockGrid(8, 256, [2, 32]), 32, 1);
    expect(macs).toEqual({
      bFirst: 8 * 32 * 2 + 32 * 2,
      aFirst: 32 * 32 + 4 * 2 * 32,
      fewest: 576,
    });
    expect(kpdMacs(blockGrid(8, 256, [8, 8]), 32, 3).fewest).toBe(3 * (32 * 8 + 64));
  });
});
