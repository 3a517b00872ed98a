import { describe, expect, it } from 'vitest';
import { addProduct } from '../../../../src/engine/linalg/blockedProduct';
import { eigh } from '../../../../src/engine/linalg/eigh';
import { createMatrix, type Matrix } from '../../../../src/engine/linalg/matrix';
import { referenceEigh } from '../../../support/implicitQl';
import { norm } from '../../../support/matrices';
import {
  gluedWilkinson,
  randomGram,
  symmetricMatrix,
  withEigenvalues,
} from '../../../support/symmetric';

const sizes = [...Array.from({ length: 70 }, (_, i) => i + 1), 130, 257, 512, 700];
const comparedUpTo = 70;

const families: readonly (readonly [string, (n: number) => Matrix])[] = [
  ['a random Gram matrix', (n) => randomGram(n)],
  ['a Gram matrix of scale 1e-30', (n) => randomGram(n, 1e-30)],
  ['a Gram matrix of scale 1e30', (n) => randomGram(n, 1e30)],
  ['zeros', (n) => createMatrix(n, n)],
  ['the identity', (n) => symmetricMatrix(n, (i, j) => (i === j ? 1 : 0))],
  ['rank one', (n) => symmetricMatrix(n, (i, j) => Math.sin(i + 1) * Math.sin(j + 1))],
  ['each eigenvalue five times', (n) => withEigenvalues(list(n, (i) => Math.floor(i / 5)))],
  ['equal blocks', (n) => symmetricMatrix(n, (i, j) => (i >> 2 === j >> 2 ? 1 + (i & j) : 0))],
  ['two clusters', (n) => withEigenvalues(list(n, (i) => (i % 2 ? 1 + i * 1e-15 : 2 + i * 1e-9)))],
  ['condition 1e16', (n) => withEigenvalues(list(n, (i) => 10 ** ((-16 * i) / n)))],
  ['a diagonal from 1e-30 to 1e30', (n) => symmetricMatrix(n, (i, j) => graded(n, i, j, 0))],
  ['a graded matrix, ascending', (n) => symmetricMatrix(n, (i, j) => graded(n, i, j, 0.1))],
  ['a graded matrix, descending', (n) => symmetricMatrix(n, (i, j) => graded(-n, i, j, 0.1))],
  ['glued Wilkinson matrices', (n) => gluedWilkinson(n, 1e-8)],
  ['Wilkinson matrices, hardly glued', (n) => gluedWilkinson(n, 1e-15)],
];

function list(n: number, value: (i: number) => number): number[] {
  return Array.from({ length: n }, (_, i) => value(i));
}

/** sqrt(g_i g_j), times `coupling` off the diagonal, for g from 1e-30 to 1e30 (or back, n < 0). */
function graded(n: number, i: number, j: number, coupling: number): number {
  const exponent = (30 * (i + j)) / Math.abs(n) - 30;
  return 10 ** (Math.sign(n) * exponent) * (i === j ? 1 : coupling);
}

describe('eigh of hard matrices', () => {
  it.each(families)('is accurate and orthonormal for %s of every size', (_, make) => {
    for (const n of sizes) {
      const a = make(n);
      const { values, vectors } = eigh(a);
      const scale = norm(a.data);
      expect(residual(a, values, vectors), `residual, n = ${n}`).toBeLessThanOrEqual(
        1e-14 * n * scale,
      );
      expect(orthogonalityLoss(vectors), `orthogonality, n = ${n}`).toBeLessThan(1e-14 * n);
      for (let i = 1; i < n; i++) {
        expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
      }
      if (n <= comparedUpTo) {
        const reference = referenceEigh(a).values;
        const error = Math.max(...values.map((value, i) => Math.abs(value - reference[i])));
        expect(error, `values, n = ${n}`).toBeLessThanOrEqual(1e-14 * Math.max(1, n / 4) * scale);
      }
    }
  });

  it('spans the same spaces as a textbook implementation', () => {
    const a = randomGram(60);
    const { vectors } = eigh(a);
    const reference = referenceEigh(a).vectors;
    for (let k = 0; k < 60; k++) {
      let inner = 0;
      for (let i = 0; i < 60; i++) {
        inner += vectors.data[i * 60 + k] * reference.data[i * 60 + k];
      }
      expect(Math.abs(inner)).toBeCloseTo(1, 10);
    }
  });
});

describe('eigh that reduces in f32', () => {
  const singleSizes = [128, 129, 130, 131, 200, 257, 512, 1030];

  it.each(families)('keeps vectors orthonormal in f64 and errs by roundings, for %s', (_, make) => {
    for (const n of singleSizes) {
      const a = make(n);
      const scale = norm(a.data);
      const { values, vectors } = eigh(a, undefined, { precision: 'single' });
      expect(orthogonalityLoss(vectors), `vectors, n = ${n}`).toBeLessThanOrEqual(1e-14 * n);
      expect(residual(a, values, vectors), `residual, n = ${n}`).toBeLessThanOrEqual(1e-5 * scale);
      const exact = eigh(a).values;
      const error = norm(values.map((value, i) => value - exact[i]));
      expect(error, `values, n = ${n}`).toBeLessThanOrEqual(3e-6 * scale);
    }
  });

  it('takes as much of a flat spectrum with few vectors as f64 does', () => {
    const a = randomGram(600);
    const [exact, found] = (['double', 'single'] as const).map((precision) =>
      energy(a, eigh(a, undefined, { count: 80, precision }).vectors),
    );
    expect(Math.abs(found / exact - 1)).toBeLessThan(1e-8);
  });
});

/** The trace of V^T A V. */
function energy(a: Matrix, V: Matrix): number {
  const product = new Float64Array(V.data.length);
  const [n, k] = [a.rows, V.columns];
  const plain = { rowStride: n, columnStride: 1 };
  const thin = { rowStride: k, columnStride: 1 };
  addProduct({ m: n, n: k, k: n }, { data: a.data, ...plain }, { data: V.data, ...thin }, product);
  return product.reduce((sum, value, at) => sum + value * V.data[at], 0);
}

/** ||A V - V diag(values)||. */
function residual(a: Matrix, values: Float64Array, V: Matrix): number {
  const n = a.rows;
  const difference = V.data.map((value, at) => -value * values[at % n]);
  const plain = { rowStride: n, columnStride: 1 };
  addProduct({ m: n, n, k: n }, { data: a.data, ...plain }, { data: V.data, ...plain }, difference);
  return norm(difference);
}

/** ||V^T V - I||. */
function orthogonalityLoss(V: Matrix): number {
  const n = V.columns;
  const difference = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    difference[i * n + i] = -1;
  }
  const turned = { data: V.data, rowStride: 1, columnStride: n };
  const plain = { data: V.data, rowStride: n, columnStride: 1 };
  addProduct({ m: n, n, k: V.rows }, turned, plain, difference);
  return norm(difference);
}
