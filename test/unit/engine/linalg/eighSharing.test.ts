import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { configureKernels, kernels } from '../../../../src/engine/kernels';
import { eigh, eighAll } from '../../../../src/engine/linalg/eigh';
import { createMatrix, type Matrix } from '../../../../src/engine/linalg/matrix';
import { qr } from '../../../../src/engine/linalg/qr';
import { CancelledError } from '../../../../src/failures';
import { randomMatrix } from '../../../support/matrices';
import { randomGram, symmetricMatrix, withEigenvalues } from '../../../support/symmetric';

/** Threads are started from the bundle that `node esbuild.mjs` makes. */
const hasThreads = existsSync('dist/kernelThread.js');

afterEach(() => configureKernels({ threads: 1 }));

describe('eigh of a part', () => {
  it.each([1, 2, 5, 31, 33, 64, 100, 200])('forms only the vectors asked for, n = %i', (n) => {
    const a = withEigenvalues(Array.from({ length: n }, (_, i) => Math.floor(i / 3)));
    const whole = eigh(a);
    for (const count of [0, 1, Math.ceil(n / 3), n]) {
      const { values, vectors } = eigh(a, undefined, { count });
      expect(Array.from(values)).toEqual(Array.from(whole.values));
      expect([vectors.rows, vectors.columns]).toEqual([n, count]);
      expect(largestResidual(a, values, vectors)).toBeLessThan(1e-14 * n * n);
      expect(largestInner(vectors)).toBeLessThan(1e-14 * n);
    }
  });

  it('takes eigenvalues that all fall out of the merge, as of the identity', () => {
    const a = symmetricMatrix(100, (i, j) => (i === j ? 1 : 0));
    expect(eigh(a).vectors.data).toEqual(a.data);
    expect(largestInner(eigh(a, undefined, { count: 7 }).vectors)).toBe(0);
  });
});

describe.skipIf(!hasThreads)('threads (needs dist/kernelThread.js from the build)', () => {
  const large = randomGram(1100);
  const small = [randomGram(300), withEigenvalues(new Array<number>(90).fill(2)), randomGram(257)];
  const tall = randomMatrix(1500, 300);
  const single = { precision: 'single' } as const;
  const all = (): Float64Array[] => [
    ...[
      ...small.map((a) => eigh(a)),
      ...eighAll(small),
      ...small.map((a) => eigh(a, undefined, single)),
      ...eighAll(small, undefined, single),
      eigh(large, undefined, { count: 150 }),
      eigh(large, undefined, { count: 150, ...single }),
    ]
      .map(({ values, vectors }) => [values, vectors.data])
      .flat(),
    ...Object.values(qr(tall)).map(({ data }) => data),
  ];

  it('gives the same digits with one, two and three, one by one or all at once', () => {
    configureKernels({ threads: 1 });
    const expected = all();
    const matrices = 2 * small.length;
    for (const from of [0, 2 * matrices]) {
      const apart = expected.slice(from, from + matrices);
      expect(expected.slice(from + matrices, from + 2 * matrices)).toEqual(apart);
    }
    for (const threads of [2, 3]) {
      configureKernels({ threads });
      all().forEach((data, index) => expect(isSame(data, expected[index]), `${index}`).toBe(true));
    }
  });

  it('lets matrices of which one holds NaN fail before anything is started', () => {
    configureKernels({ threads: 2 });
    const broken = createMatrix(2, 2, Float64Array.of(1, NaN, NaN, 1));
    expect(() => eighAll([small[0], broken])).toThrow(/not finite/);
    expect(kernels().arena.used).toBe(0);
  });
});

describe('workspace', () => {
  it('is given back, also when the work is cancelled anywhere', () => {
    const a = randomGram(150);
    let looks = 0;
    const counting = { throwIfCancelled: () => void looks++, report() {} };
    eigh(a, counting);
    for (let stop = 1; stop <= looks; stop += 7) {
      let left = stop;
      const job = {
        throwIfCancelled() {
          if (--left === 0) {
            throw new CancelledError();
          }
        },
        report() {},
      };
      expect(() => eigh(a, job)).toThrow(CancelledError);
      expect(kernels().arena.used).toBe(0);
    }
    expect(looks).toBeGreaterThan(150);
  });
});

function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** The largest entry of A V - V diag(values). */
function largestResidual(a: Matrix, values: Float64Array, V: Matrix): number {
  let largest = 0;
  for (let k = 0; k < V.columns; k++) {
    for (let i = 0; i < a.rows; i++) {
      let sum = -values[k] * V.data[i * V.columns + k];
      for (let j = 0; j < a.rows; j++) {
        sum += a.data[i * a.rows + j] * V.data[j * V.columns + k];
      }
      largest = Math.max(largest, Math.abs(sum));
    }
  }
  return largest;
}

/** The largest entry of V^T V - I. */
function largestInner(V: Matrix): number {
  let largest = 0;
  for (let k = 0; k < V.columns; k++) {
    for (let l = 0; l <= k; l++) {
      let sum = k === l ? -1 : 0;
      for (let i = 0; i < V.rows; i++) {
        sum += V.data[i * V.columns + k] * V.data[i * V.columns + l];
      }
      largest = Math.max(largest, Math.abs(sum));
    }
  }
  return largest;
}
