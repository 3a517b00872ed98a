import type { Job } from '../job';
import { createRandom } from '../random';
import { createMatrix, firstColumns, type Matrix, type SingularValueDecomposition } from './matrix';
import { multiply } from './multiply';
import { qr } from './qr';

const oversampling = 10;
const powerSteps = 3;
const smallestSketch = 64;

/**
 * Columns of the random sketch that serves `rank`: a power of two with at least ten to spare. Ranks
 * that share a sketch get the same triplets, so results do not depend on which ranks were asked
 * for together.
 */
export function sketchSize(rank: number): number {
  let size = smallestSketch;
  while (size < rank + oversampling) {
    size *= 2;
  }
  return size;
}

/** The largest rank with the same sketch as `rank`. */
export function ranksServed(rank: number): number {
  return sketchSize(rank) - oversampling;
}

/**
 * Randomised subspace iteration (Halko, Martinsson, Tropp 2011, algorithms 4.4 and 5.1): a Gaussian
 * sketch, three power steps with a QR after every product, then the exact decomposition of Q^T A,
 * given by `exact`. The iteration may run in f32; the last projection, and so the error identity
 * ||A - U S V^T||^2 = ||A||^2 - sum s^2, is f64.
 */
export async function randomisedSvd(
  a: Matrix,
  rank: number,
  seed: number,
  exact: (small: Matrix, job: Job) => Promise<SingularValueDecomposition>,
  job: Job,
): Promise<SingularValueDecomposition> {
  const size = Math.min(sketchSize(rank), a.columns);
  const random = createRandom(seed);
  const sketch = createMatrix(a.columns, size);
  for (let i = 0; i < sketch.data.length; i++) {
    sketch.data[i] = random.normal();
  }
  let { Q } = qr(await multiply(a, sketch, { precision: 'single', job }), job);
  for (let step = 0; step < powerSteps; step++) {
    job.report((step + 1) / (powerSteps + 2), 'power iteration');
    const down = await multiply(a, Q, { transposeA: true, precision: 'single', job });
    const back = await multiply(a, qr(down, job).Q, { precision: 'single', job });
    ({ Q } = qr(back, job));
  }
  const small = await multiply(Q, a, { transposeA: true, job });
  const { U, s, V } = await exact(small, job);
  return {
    U: await multiply(Q, firstColumns(U, rank), { job }),
    s: s.slice(0, rank),
    V: firstColumns(V, rank),
  };
}
