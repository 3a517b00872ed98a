import { productBackends } from '../engine/backends/productOn';
import { openRawProduct } from '../engine/backends/rawProduct';
import type { Job } from '../engine/job';
import { eigh } from '../engine/linalg/eigh';
import { gram } from '../engine/linalg/gram';
import { createMatrix, type Matrix } from '../engine/linalg/matrix';
import { multiply } from '../engine/linalg/multiply';
import { qr } from '../engine/linalg/qr';
import { randomisedSvd, ranksServed, sketchSize } from '../engine/linalg/randomisedSvd';
import { svd } from '../engine/linalg/svd';
import { createRandom } from '../engine/random';

export const throughputParts = [
  { id: 'products', title: 'Products' },
  { id: 'backends', title: 'Products on each backend' },
  { id: 'gram', title: 'Gram matrices and QR' },
  { id: 'eigen', title: 'Eigenvalues' },
  { id: 'svd', title: 'Singular values' },
] as const;

/** An operation on n x n matrices, ready to be run again and again. */
export interface Prepared {
  run(): Promise<unknown>;
  dispose?(): void;
}

export interface Operation {
  readonly part: (typeof throughputParts)[number]['id'];
  readonly title: string;
  /** Floating-point operations as they are counted, in words and as a number. */
  readonly counted: string;
  flops(n: number): number;
  /** n of the matrices, ascending; slow operations end earlier. */
  readonly sizes: readonly number[];
  prepare(n: number, seed: number, job: Job): Promise<Prepared>;
}

/** The smallest sketch, and the largest rank that it serves. */
const sketch = sketchSize(1);
const sketchedRank = ranksServed(1);

const doubleProduct: Operation = {
  part: 'products',
  title: 'Product, f64',
  counted: '2 n³',
  flops: (n) => 2 * n ** 3,
  sizes: [128, 256, 512, 1024, 2048],
  async prepare(n, seed, job) {
    const [a, b] = [randomMatrix(n, seed), randomMatrix(n, seed + 1)];
    return { run: () => multiply(a, b, { job }) };
  },
};

const singleProduct: Operation = {
  part: 'products',
  title: 'Product, f32',
  counted: '2 n³',
  flops: (n) => 2 * n ** 3,
  sizes: [128, 256, 512, 1024, 2048],
  async prepare(n, seed, job) {
    const [a, b] = [randomMatrix(n, seed), randomMatrix(n, seed + 1)];
    return { run: () => multiply(a, b, { precision: 'single', job }) };
  },
};

const backendProduct: Operation = {
  part: 'products',
  title: 'tf.matMul, f32',
  counted: '2 n³',
  flops: (n) => 2 * n ** 3,
  sizes: [128, 256, 512, 1024, 2048],
  async prepare(n, seed) {
    const values = [seed, seed + 1].map((own) => Float32Array.from(randomMatrix(n, own).data));
    const product = await openRawProduct(values[0], values[1], { m: n, k: n, n });
    return { run: () => product.multiply(), dispose: () => product.dispose() };
  },
};

const gramMatrix: Operation = {
  part: 'gram',
  title: 'Gram matrix, f64',
  counted: 'n³',
  flops: (n) => n ** 3,
  sizes: [128, 256, 512, 1024, 2048],
  async prepare(n, seed, job) {
    const a = randomMatrix(n, seed);
    return { run: () => gram(a, 'columns', job) };
  },
};

const qrDecomposition: Operation = {
  part: 'gram',
  title: 'QR, f64',
  counted: '8/3 n³',
  flops: (n) => (8 / 3) * n ** 3,
  sizes: [128, 256, 512, 1024],
  async prepare(n, seed, job) {
    const a = randomMatrix(n, seed);
    return { run: async () => qr(a, job) };
  },
};

const eigenDecomposition: Operation = {
  part: 'eigen',
  title: 'Symmetric eigen-decomposition, f64',
  counted: '9 n³',
  flops: (n) => 9 * n ** 3,
  sizes: [128, 256, 512, 1024],
  async prepare(n, seed, job) {
    const a = await gram(randomMatrix(n, seed), 'columns', job);
    return { run: async () => eigh(a, job) };
  },
};

const exactSvd: Operation = {
  part: 'svd',
  title: 'SVD, f64',
  counted: '22 n³',
  flops: (n) => 22 * n ** 3,
  sizes: [128, 256, 512, 1024],
  async prepare(n, seed, job) {
    const a = randomMatrix(n, seed);
    return { run: () => svd(a, {}, job) };
  },
};

const sketchedSvd: Operation = {
  part: 'svd',
  title: `SVD, randomised, rank ${sketchedRank}`,
  // Two products with the sketch in each of three power steps, one before and one after.
  counted: `${16 * sketch} n²`,
  flops: (n) => 16 * sketch * n ** 2,
  sizes: [128, 256, 512, 1024, 2048],
  async prepare(n, seed, job) {
    const a = randomMatrix(n, seed);
    const exact = (small: Matrix): ReturnType<typeof svd> => svd(small, {}, job);
    return { run: () => randomisedSvd(a, Math.min(sketchedRank, n), seed, exact, job) };
  },
};

export const operations: readonly Operation[] = [
  doubleProduct,
  singleProduct,
  backendProduct,
  gramMatrix,
  qrDecomposition,
  eigenDecomposition,
  exactSvd,
  sketchedSvd,
];

/** The same product on every backend that can be used here, one after the other. */
export async function backendOperations(): Promise<Operation[]> {
  return (await productBackends()).map(({ name, multiply: multiplyThere }) => ({
    part: 'backends',
    title: `Product, f32, on ${name}`,
    counted: '2 n³',
    flops: (n) => 2 * n ** 3,
    sizes: [128, 256, 512, 1024, 2048],
    async prepare(n, seed, job) {
      const [a, b] = [randomMatrix(n, seed), randomMatrix(n, seed + 1)];
      return { run: () => multiplyThere(a, b, job) };
    },
  }));
}

/** Uniform in [-1, 1). */
function randomMatrix(n: number, seed: number): Matrix {
  const random = createRandom(seed);
  return createMatrix(
    n,
    n,
    Float64Array.from({ length: n * n }, () => 2 * random.next() - 1),
  );
}
