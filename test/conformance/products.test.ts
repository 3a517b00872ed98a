import { expect, it } from 'vitest';
import { listBackends } from '../../src/engine/backends/backend';
import { acceleratorFor } from '../../src/engine/backends/productRoute';
import { jobFromSignal } from '../../src/engine/job';
import type { Matrix } from '../../src/engine/linalg/matrix';
import { gram } from '../../src/engine/linalg/gram';
import { multiply } from '../../src/engine/linalg/multiply';
import { CancelledError } from '../../src/failures';
import { distance, norm } from '../support/fixtureTensor';
import { plainProduct, randomMatrix } from '../support/matrices';
import { accelerator, backendName, describeBackend } from './onBackend';

/**
 * Rounding to f32 loses 2^-24 of an entry, summing k of them in any order k times that at worst;
 * both norms bound all of it with room to spare.
 */
const tolerance = 2 ** -20;

/** Each of them is large enough to be computed in f32; odd, thin and deep ones among them. */
const sizes = [
  [128, 128, 128],
  [101, 103, 107],
  [257, 65, 129],
  [1, 1024, 1031],
  [1500, 701, 1],
  [3, 5, 80_001],
  [33, 31, 9001],
  [1100, 2, 600],
] as const;

const sides = [false, true];
const transposes = sides.flatMap((transposeA) => sides.map((b) => [transposeA, b] as const));

function operands(m: number, n: number, k: number, [a, b]: readonly [boolean, boolean]) {
  return {
    a: a ? randomMatrix(k, m, m + n) : randomMatrix(m, k, m + n),
    b: b ? randomMatrix(n, k, n + k) : randomMatrix(k, n, n + k),
  };
}

function turned({ rows, columns, data }: Matrix): Matrix {
  const result = { rows: columns, columns: rows, data: new Float64Array(data.length) };
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      result.data[j * rows + i] = data[i * columns + j];
    }
  }
  return result;
}

function scaled({ rows, columns, data }: Matrix, factor: number): Matrix {
  return { rows, columns, data: data.map((value) => value * factor) };
}

describeBackend('products', () => {
  it.each(sizes)('of %i x %i over %i agree with f64, transposed or not', async (m, n, k) => {
    expect(acceleratorFor({ m, n, k })).toBe(accelerator);
    for (const [transposeA, transposeB] of transposes) {
      const { a, b } = operands(m, n, k, [transposeA, transposeB]);
      const product = await multiply(a, b, { transposeA, transposeB, precision: 'single' });
      const exact = plainProduct(transposeA ? turned(a) : a, transposeB ? turned(b) : b);
      const error = distance(product.data, exact.data) / (norm(a.data) * norm(b.data));
      expect([product.rows, product.columns]).toEqual([m, n]);
      expect(error, `${transposeA} ${transposeB}`).toBeLessThan(tolerance);
    }
  });

  it.each([
    [1e200, 1e-250],
    [1e-300, 1e-5],
    [1e30, 1e30],
    [2 ** -1040, 1],
  ])('neither overflow nor vanish at scales of %s and %s', async (left, right) => {
    const a = scaled(randomMatrix(120, 110, 1), left);
    const b = scaled(randomMatrix(110, 100, 2), right);
    const product = await multiply(a, b, { precision: 'single' });
    const exact = plainProduct(a, b);
    const largest = exact.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error =
      distance(
        product.data.map((value) => value / largest),
        exact.data.map((value) => value / largest),
      ) / norm(exact.data.map((value) => value / largest));
    expect(error).toBeLessThan(1e-5);
  });

  it('are the same, bit by bit, every time', async () => {
    const a = randomMatrix(150, 2500, 3);
    const b = randomMatrix(2500, 90, 4);
    const first = await multiply(a, b, { precision: 'single' });
    for (let run = 0; run < 3; run++) {
      const again = await multiply(a, b, { precision: 'single' });
      expect(Buffer.from(again.data.buffer).equals(Buffer.from(first.data.buffer))).toBe(true);
    }
  });

  it('in f64 do not depend on the backend', async () => {
    const [a, b] = [randomMatrix(128, 140, 5), randomMatrix(140, 130, 6)];
    const error = distance((await multiply(a, b)).data, plainProduct(a, b).data);
    expect(error / (norm(a.data) * norm(b.data))).toBeLessThan(1e-15);
  });

  it('of a matrix with itself are symmetric and agree with f64', async () => {
    const a = randomMatrix(130, 700, 7);
    const exact = plainProduct(a, turned(a));
    for (const precision of ['single', 'double'] as const) {
      const found = await gram(a, 'rows', undefined, { precision });
      const error = distance(found.data, exact.data) / norm(exact.data);
      expect(error).toBeLessThan(precision === 'single' ? tolerance : 1e-14);
      expect(found.data[5 * 130 + 17]).toBe(found.data[17 * 130 + 5]);
    }
  });

  it('stop where they are told to', async () => {
    const stop = AbortSignal.abort();
    const [a, b] = [randomMatrix(300, 300, 8), randomMatrix(300, 300, 9)];
    const product = multiply(a, b, { precision: 'single', job: jobFromSignal(stop) });
    await expect(product).rejects.toThrow(CancelledError);
  });

  it('were computed on this backend, and not on what takes over when it fails', async () => {
    const { backends, problem } = await listBackends();
    expect(problem).toBeUndefined();
    expect(backends.find(({ active }) => active)?.name).toBe(backendName);
  });
});
