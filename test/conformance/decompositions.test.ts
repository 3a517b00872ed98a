import { expect, it } from 'vitest';
import { factorise } from '../../src/engine/decompositions';
import type { Factorisation, Method, Rank } from '../../src/engine/decompositions/decomposition';
import { residualOf } from '../../src/engine/decompositions/residual';
import { unattended } from '../../src/engine/job';
import { eigh } from '../../src/engine/linalg/eigh';
import { gram } from '../../src/engine/linalg/gram';
import { qr } from '../../src/engine/linalg/qr';
import { randomisedSvd } from '../../src/engine/linalg/randomisedSvd';
import { svd } from '../../src/engine/linalg/svd';
import type { Choice } from '../../src/engine/selection/choice';
import type { DenseTensor } from '../../src/engine/tensor/tensor';
import { handlers } from '../../src/worker/handlers';
import { distance, norm } from '../support/fixtureTensor';
import { plainProduct, randomMatrix } from '../support/matrices';
import { noise, smooth, useFolder, writeWeights } from '../support/pressing';
import { describeBackend, onKernels } from './onBackend';

const at = useFolder();

/**
 * Relative difference of errors. Factors from f32 products are corrected to orthonormal bases in
 * f64, so an error is that of the best approximation up to second order; CP ends its sweeps in
 * f64, at another point of a flat valley.
 */
const errorTolerance: Readonly<Record<Method, number>> = {
  svd: 1e-6,
  cp: 5e-3,
  tucker: 1e-6,
  tt: 1e-6,
  kronecker: 1e-6,
  block: 1e-6,
  kpd: 1e-6,
};

function tensor(shape: readonly number[]): DenseTensor<Float64Array> {
  return { shape, data: smooth(shape) };
}

/** The error that a decomposition has, from its reconstruction, in f64 and plain loops. */
async function trueError(
  factorisation: Factorisation,
  rank: Rank,
  X: DenseTensor<Float64Array>,
): Promise<{ reported: number; real: number }> {
  const decomposition = await factorisation.at(rank);
  const reported = await residualOf(decomposition, X, unattended);
  const real = distance((await decomposition.reconstruct()).data, X.data);
  return { reported: reported / norm(X.data), real: real / norm(X.data) };
}

const cp = { maxIterations: 40, precision: 'single' as const };

describeBackend('decompositions', () => {
  it.each<[Method, readonly number[], Rank]>([
    ['svd', [90, 70, 3, 3], 12],
    ['cp', [48, 40, 3, 3], 24],
    ['tucker', [128, 128, 8, 8], [24, 24, 4, 4]],
    ['tt', [128, 64, 8, 8], [1, 24, 24, 6, 1]],
    ['kronecker', [90, 70, 3, 3], 4],
  ])('%s of %j at rank %j has the error of f64, and reports it', async (method, shape, rank) => {
    const X = tensor(shape);
    const options = { seed: 1, cp };
    const here = await trueError(await factorise(method, X, options), rank, X);
    const reference = await onKernels(async () =>
      trueError(
        await factorise(method, X, { seed: 1, cp: { ...cp, precision: 'double' } }),
        rank,
        X,
      ),
    );
    expect(Math.abs(here.reported - here.real)).toBeLessThan(1e-9);
    expect(Math.abs(here.real - reference.real)).toBeLessThan(
      errorTolerance[method] * reference.real,
    );
  });

  it('a randomised SVD has the singular values of the exact one', async () => {
    const a = randomMatrix(260, 180, 3);
    // A spectrum that falls, as trained weights have.
    a.data.forEach((value, i) => (a.data[i] = value / (1 + (i % 180)) ** 1.5));
    const exact = await svd(a);
    const sketched = await randomisedSvd(a, 20, 7, (small, job) => svd(small, {}, job), unattended);
    for (let i = 0; i < 20; i++) {
      expect(Math.abs(sketched.s[i] - exact.s[i])).toBeLessThan(1e-5 * exact.s[0]);
    }
  });

  it('QR and eigenvectors of Gram matrices stay those of f64', async () => {
    const a = randomMatrix(200, 130, 4);
    const { Q, R } = qr(a);
    expect(distance(plainProduct(Q, R).data, a.data)).toBeLessThan(1e-12 * norm(a.data));
    const G = await gram(a, 'columns');
    const { values, vectors } = eigh(G);
    const applied = plainProduct(G, vectors);
    vectors.data.forEach((value, i) => (applied.data[i] -= value * values[i % 130]));
    expect(norm(applied.data)).toBeLessThan(1e-12 * norm(G.data));
  });

  it('the choices of a file are those of the kernels, and come again with the seed', async () => {
    const path = await writeWeights(at('net.safetensors'), [
      { name: 'conv', shape: [96, 80, 3, 3], values: smooth([96, 80, 3, 3]) },
      { name: 'fc', shape: [300, 260], values: noise(5, [300, 260]) },
    ]);
    const choices = async (): Promise<readonly Choice[]> => {
      const request = {
        path,
        methods: ['svd', 'tucker', 'tt'] as const,
        kept: [0.2, 0.5],
        seed: 3,
      };
      const silent = { job: unattended, emit: () => {} };
      const found = (await handlers.choices(request, silent)).choices;
      return found.map((choice) => ({ ...choice, elapsedMs: 0 }));
    };
    const here = await choices();
    expect(here.length).toBeGreaterThan(8);
    expect(await choices()).toEqual(here);
    const reference = await onKernels(choices);
    expect(here.map(({ method, rank }) => [method, rank])).toEqual(
      reference.map(({ method, rank }) => [method, rank]),
    );
    for (const [i, { error, method }] of here.entries()) {
      const expected = reference[i].error.relative;
      expect(Math.abs(error.relative - expected)).toBeLessThan(errorTolerance[method] * expected);
    }
  });
});
