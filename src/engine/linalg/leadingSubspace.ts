import type { Job } from '../job';
import { kernels } from '../kernels';
import { createRandom } from '../random';
import { addProduct } from './blockedProduct';
import { eigh } from './eigh';
import { createMatrix, type Matrix } from './matrix';
import { qr } from './qr';
import { largestMagnitude } from './vectors';

/** Columns beyond the wanted ones: their share, and at least as many. */
const spareShare = 0.4;
const leastSpare = 64;
/**
 * How much stronger the last wanted direction must come out than the first unwanted one. At 1e5 the
 * error of the truncation is within 1e-4 of the best even for the flat spectrum of a random matrix;
 * decaying spectra come within 1e-6.
 */
const wantedGain = 1e5;
const degrees = { least: 3, most: 20 };

/** Whether the iteration beats the full decomposition: it does for few vectors of a large matrix. */
export function isLeadingFew(n: number, count: number): boolean {
  return n >= 1024 && count <= n / 6;
}

/**
 * An orthonormal basis, n x b with b somewhat larger than `count`, of a space that all but contains
 * the leading `count` eigenvectors of a symmetric positive semi-definite G (n x n): one step of
 * Chebyshev-filtered subspace iteration (Zhou, Saad, Tiago and Chelikowsky, 2006) from a random
 * start. The filter, a Chebyshev polynomial of G that is small on the unwanted eigenvalues, runs in
 * f32; the bases are orthonormal in f64.
 */
export function leadingSubspace(G: Matrix, count: number, seed: number, job: Job): Matrix {
  const n = G.rows;
  const width = Math.min(n, count + Math.max(leastSpare, Math.ceil(spareShare * count)));
  const { arena } = kernels();
  return arena.scope(() => {
    const resident = createMatrix(n, n, arena.doubles(n * n));
    resident.data.set(G.data);
    const bound = largestMagnitude(G.data);
    const applyTo = (V: Matrix, into: Matrix, factor: number) =>
      addProduct(
        { m: n, n: width, k: n },
        { data: resident.data, rowStride: n, columnStride: 1 },
        { data: V.data, rowStride: width, columnStride: 1 },
        into.data,
        { into: 'replace', alpha: factor, precision: 'single', bounds: { a: bound }, job },
      );
    const block = () => createMatrix(n, width, arena.doubles(n * width));
    const random = createRandom(seed);
    const start = block();
    for (let i = 0; i < start.data.length; i++) {
      start.data[i] = random.normal();
    }
    const product = block();
    applyTo(start, product, 1);
    const Q = block();
    Q.data.set(qr(product, job).Q.data);
    applyTo(Q, product, 1);
    const { values } = eigh(rayleighQuotient(Q, product, job), job, { count: 0 });
    const cut = values[width - 1];
    if (!(cut > 0) || !(values[count - 1] > cut)) {
      // Nothing is left to be damped: the space has all there is.
      return createMatrix(n, width, Float64Array.from(Q.data));
    }
    const filtered = filter(Q, product, block(), cut, values, count, applyTo);
    return qr(filtered, job).Q;
  });
}

/**
 * The scaled Chebyshev recurrence: eigenvalues in [0, cut] are damped, those above grow with their
 * distance from it; `values[0]` is scaled to stay at one. Overwrites its blocks.
 */
function filter(
  Q: Matrix,
  GQ: Matrix,
  spare: Matrix,
  cut: number,
  values: Float64Array,
  count: number,
  applyTo: (V: Matrix, into: Matrix, factor: number) => void,
): Matrix {
  const centre = cut / 2;
  const gain = Math.acosh(wantedGain) / Math.acosh((values[count - 1] - centre) / centre);
  const degree = Math.min(degrees.most, Math.max(degrees.least, Math.ceil(gain)));
  const first = centre / (values[0] - centre);
  let sigma = first;
  // Y_1 = (G - c) Q sigma / c
  let before = Q;
  let current = GQ;
  let next = spare;
  const { exports } = kernels();
  const add = (into: Matrix, from: Matrix, factor: number) =>
    exports.addScaled(into.data.byteOffset, from.data.byteOffset, factor, into.data.length);
  const scale = sigma / centre;
  for (let i = 0; i < current.data.length; i++) {
    current.data[i] = (current.data[i] - centre * before.data[i]) * scale;
  }
  for (let step = 2; step <= degree; step++) {
    const following = 1 / (2 / first - sigma);
    const factor = (2 * following) / centre;
    applyTo(current, next, factor);
    add(next, current, -centre * factor);
    add(next, before, -sigma * following);
    [before, current, next] = [current, next, before];
    sigma = following;
  }
  return current;
}

/** Q^T G Q from Q and G Q. */
function rayleighQuotient(Q: Matrix, GQ: Matrix, job: Job): Matrix {
  const { rows: n, columns: width } = Q;
  const H = createMatrix(width, width);
  addProduct(
    { m: width, n: width, k: n },
    { data: Q.data, rowStride: 1, columnStride: width },
    { data: GQ.data, rowStride: width, columnStride: 1 },
    H.data,
    { into: 'replace', job },
  );
  return H;
}
