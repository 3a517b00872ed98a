import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { factorise, selectForKept } from '../../../../src/engine/decompositions';
import type { Method } from '../../../../src/engine/decompositions/decomposition';
import { configureKernels, kernels, releaseKernels } from '../../../../src/engine/kernels';
import { addProduct } from '../../../../src/engine/linalg/blockedProduct';
import { solveRight } from '../../../../src/engine/linalg/cholesky';
import { gram } from '../../../../src/engine/linalg/gram';
import type { Matrix } from '../../../../src/engine/linalg/matrix';
import { randomMatrix } from '../../../support/matrices';
import { smooth } from '../../../support/pressing';

afterAll(async () => {
  await releaseKernels();
  configureKernels({ threads: 1 });
});

/** The same with 1, 2 and 3 threads; threads are given the time to start. */
async function withThreads<T>(compute: () => T | Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const threads of [1, 2, 3]) {
    configureKernels({ threads });
    expect(kernels().team.size).toBe(threads);
    if (threads > 1) {
      await delay(200);
    }
    results.push(await compute());
  }
  return results;
}

function product(a: Matrix, b: Matrix, precision: 'double' | 'single'): Float64Array {
  const result = new Float64Array(a.rows * b.columns);
  addProduct(
    { m: a.rows, n: b.columns, k: a.columns },
    { data: a.data, rowStride: a.columns, columnStride: 1 },
    { data: b.data, rowStride: b.columns, columnStride: 1 },
    result,
    { into: 'replace', precision },
  );
  return result;
}

describe('results with several threads are, bit by bit, those of one', () => {
  it.each(['double', 'single'] as const)('for products in %s precision', async (precision) => {
    const a = randomMatrix(701, 523, 1);
    const b = randomMatrix(523, 389, 2);
    const [one, ...others] = await withThreads(() => product(a, b, precision));
    others.forEach((other) => expect(other).toEqual(one));
  });

  it('for Gram matrices and solutions of normal equations', async () => {
    const a = randomMatrix(400, 333, 3);
    const right = randomMatrix(50, 333, 4);
    const [one, ...others] = await withThreads(
      async () => solveRight(right, await gram(a, 'columns'), 0.1).data,
    );
    others.forEach((other) => expect(other).toEqual(one));
  });

  it.each<Method>(['svd', 'cp', 'tucker', 'tt', 'kronecker'])('for %s', async (method) => {
    const shape = [96, 80, 3, 3];
    const tensor = { shape, data: smooth(shape) };
    const [one, ...others] = await withThreads(async () => {
      const factorisation = await factorise(method, tensor, {
        seed: 1,
        cp: { maxIterations: 6 },
      });
      const { rank, attributes } = await selectForKept(factorisation, 0.4);
      return factorisation.at(rank, undefined, attributes);
    });
    others.forEach(({ factors }) => expect(factors).toEqual(one.factors));
  });
});

describe('threads', () => {
  it('end when the kernels are given back, and start anew', async () => {
    configureKernels({ threads: 3 });
    const a = randomMatrix(300, 300, 1);
    const before = product(a, a, 'double');
    await releaseKernels();
    expect(product(a, a, 'double')).toEqual(before);
  });
});
