import { describe, expect, it } from 'vitest';
import { gram } from '../../../../src/engine/linalg/gram';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import { multiply } from '../../../../src/engine/linalg/multiply';
import { CancelledError } from '../../../../src/failures';
import {
  distance,
  norm,
  plainProduct,
  plainTranspose,
  randomMatrix,
} from '../../../support/matrices';

const sizes = [
  [1, 1, 1],
  [4, 4, 4],
  [5, 3, 7],
  [9, 300, 6],
  [530, 3, 2],
  [3, 517, 70],
] as const;

describe('multiply', () => {
  it.each(sizes)(
    'multiplies %i x %i by %i columns, with either side transposed',
    async (m, k, n) => {
      const a = randomMatrix(m, k, 1);
      const b = randomMatrix(k, n, 2);
      const expected = plainProduct(a, b);
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const product = await multiply(
            transposeA ? plainTranspose(a) : a,
            transposeB ? plainTranspose(b) : b,
            { transposeA, transposeB },
          );
          expect([product.rows, product.columns]).toEqual([m, n]);
          expect(distance(product.data, expected.data)).toBeLessThan(1e-13 * norm(expected.data));
        }
      }
    },
  );

  it('refuses sizes that do not fit', async () => {
    await expect(multiply(createMatrix(2, 3), createMatrix(2, 3))).rejects.toThrow(
      /inner sizes differ/,
    );
  });

  it('agrees with f64 to single precision through the backend, also at extreme scales', async () => {
    const a = randomMatrix(300, 260, 3);
    const b = randomMatrix(260, 250, 4);
    const large = createMatrix(
      300,
      260,
      a.data.map((value) => value * 1e30),
    );
    const small = createMatrix(
      260,
      250,
      b.data.map((value) => value * 1e-50),
    );
    const expected = plainProduct(large, small);
    for (const transposeA of [false, true]) {
      const single = await multiply(transposeA ? plainTranspose(large) : large, small, {
        transposeA,
        precision: 'single',
      });
      const error = distance(single.data, expected.data) / norm(expected.data);
      expect(error).toBeLessThan(1e-6);
      // It really took the single-precision road.
      expect(error).toBeGreaterThan(1e-10);
    }
  });

  it('stops when its job is cancelled', async () => {
    const job = {
      throwIfCancelled() {
        throw new CancelledError();
      },
      report() {},
    };
    const a = randomMatrix(8, 8);
    await expect(multiply(a, a, { job })).rejects.toThrow(CancelledError);
  });
});

describe('gram', () => {
  it.each(sizes)('is A A^T and A^T A of %i x %i, exactly symmetric', async (m, k) => {
    const a = randomMatrix(m, k);
    const t = plainTranspose(a);
    for (const side of ['rows', 'columns'] as const) {
      const g = await gram(a, side);
      const expected = side === 'rows' ? plainProduct(a, t) : plainProduct(t, a);
      expect(distance(g.data, expected.data)).toBeLessThan(1e-13 * norm(expected.data));
      expect(plainTranspose(g).data).toEqual(g.data);
    }
  });
});
