import type { Calibration, ProductSpeed } from '../../protocol/backends';
import { createMatrix, type Matrix } from '../linalg/matrix';
import { createRandom } from '../random';
import type { Accelerator } from './accelerator';
import type { ProductSize } from './productRoute';
import { kernelProduct } from './kernelProduct';
import { singleProduct } from './singleProduct';

/** Sizes that tell the three parts of a product's time apart: starting it, moving, computing. */
const sizes: readonly ProductSize[] = [
  { m: 128, n: 128, k: 128 },
  { m: 1024, n: 1024, k: 64 },
  { m: 512, n: 512, k: 512 },
  { m: 1024, n: 1024, k: 1024 },
];
const runs = 3;
/** What needs longer for a size than this is not asked for the next ones: it will not be chosen. */
const hopelessMs = 400;

/** A time that was measured. */
export interface Timing extends ProductSize {
  readonly ms: number;
}

/**
 * Times products in f32 on the kernels and on every accelerator, operands brought there and results
 * back: under two seconds in all. `subject` says what the figures hold for.
 */
export async function calibrate(
  subject: string,
  accelerators: readonly Accelerator[],
): Promise<Calibration> {
  const started = performance.now();
  const measuredAt = new Date().toISOString();
  const kernels = await timings(async (a, b) => kernelProduct(a, b));
  const speeds: ProductSpeed[] = [{ backend: 'wasm', ...fitSpeed(kernels) }];
  for (const accelerator of accelerators) {
    const own = await timings((a, b) => singleProduct(a, b, {}, accelerator)).catch(() => []);
    if (own.length === sizes.length) {
      speeds.push({ backend: accelerator.name, ...fitSpeed(own) });
    }
  }
  return { subject, measuredAt, elapsedMs: performance.now() - started, speeds };
}

async function timings(multiply: (a: Matrix, b: Matrix) => Promise<unknown>): Promise<Timing[]> {
  const result: Timing[] = [];
  for (const size of sizes) {
    const [a, b] = [uniform(size.m, size.k, 1), uniform(size.k, size.n, 2)];
    let ms = Infinity;
    // The first run, which compiles and allocates, counts only where it settles the matter.
    for (let run = 0; run <= runs; run++) {
      const start = performance.now();
      await multiply(a, b);
      const own = performance.now() - start;
      if (run > 0) {
        ms = Math.min(ms, own);
      }
      if (run > 0 && own > hopelessMs) {
        return result;
      }
    }
    result.push({ ...size, ms });
  }
  return result;
}

function uniform(rows: number, columns: number, seed: number): Matrix {
  const random = createRandom(seed);
  const matrix = createMatrix(rows, columns);
  for (let i = 0; i < matrix.data.length; i++) {
    matrix.data[i] = 2 * random.next() - 1;
  }
  return matrix;
}

/**
 * Non-negative least squares on relative errors, by coordinate descent: ms = overhead + work x p +
 * elements x q. Three unknowns converge within some hundred rounds.
 */
export function fitSpeed(timed: readonly Timing[]): Omit<ProductSpeed, 'backend'> {
  const rows = timed.map(({ m, n, k, ms }) => {
    const weight = 1 / ms;
    return [weight, weight * m * n * k, weight * (m * k + k * n + m * n)];
  });
  // Columns of one size, for the descent's sake.
  const norms = [0, 1, 2].map((j) => Math.hypot(...rows.map((row) => row[j])) || 1);
  const x = [0, 0, 0];
  for (let round = 0; round < 5000; round++) {
    for (let j = 0; j < 3; j++) {
      let gradient = 0;
      for (const row of rows) {
        const predicted = x.reduce((sum, value, i) => sum + (value * row[i]) / norms[i], 0);
        gradient += (row[j] / norms[j]) * (1 - predicted);
      }
      x[j] = Math.max(0, x[j] + gradient);
    }
  }
  return {
    overheadMs: x[0] / norms[0],
    msPerMultiplyAdd: x[1] / norms[1],
    msPerElement: x[2] / norms[2],
  };
}
