import { describe, expect, it } from 'vitest';
import {
  splitFew,
  splitFully,
  splitKind,
} from '../../../../src/engine/decompositions/tensorTrainStep';
import { higherOrderSvd, isLarge } from '../../../../src/engine/decompositions/higherOrderSvd';
import { factoriseTucker } from '../../../../src/engine/decompositions/tucker';
import { unattended } from '../../../../src/engine/job';
import { createRandom } from '../../../../src/engine/random';
import { distance, norm } from '../../../support/fixtureTensor';
import { matrixWithSpectrum, orthogonalityLoss, randomMatrix } from '../../../support/matrices';

/** A kernel whose modes decay, as trained ones do: entry scaled by its output and input channel. */
function decayingKernel(shape: readonly number[]): Float64Array {
  const random = createRandom(7);
  const [T, C, ...rest] = shape;
  const inner = rest.reduce((product, size) => product * size, 1);
  return Float64Array.from({ length: T * C * inner }, (_, at) => {
    const t = Math.floor(at / (C * inner));
    const c = Math.floor(at / inner) % C;
    return random.normal() / ((1 + t / 16) * (1 + c / 16));
  });
}

describe('HOSVD of a large tensor', () => {
  const shape = [256, 256, 4, 4];
  const X = { shape, data: decayingKernel(shape) };

  it(
    'in f32 knows the error of its factors, which is that of f64',
    { timeout: 60_000 },
    async () => {
      expect(isLarge(shape)).toBe(true);
      const factorisation = await factoriseTucker(X);
      const exact = await higherOrderSvd(X, [0, 1], Infinity, 'double', unattended);
      for (const rank of [20, 90]) {
        const ranks = [rank, rank, 4, 4];
        const { data } = await (await factorisation.at(ranks)).reconstruct();
        const residual = distance(data, X.data);
        const error = (await factorisation.errorAt(ranks)) ?? NaN;
        expect(Math.abs(error / residual - 1)).toBeLessThan(1e-6);
        let outside = 0;
        exact.squares.data.forEach((square, at) => {
          const isInside = Math.floor(at / 256) < rank && at % 256 < rank;
          outside += isInside ? 0 : square;
        });
        expect(Math.abs(error / Math.sqrt(outside) - 1)).toBeLessThan(1e-6);
      }
    },
  );

  it('goes over to f64 where f32 cannot tell what is lost', { timeout: 60_000 }, async () => {
    // Multilinear rank (3, 2): nothing is lost at that rank, and f32 would leave some 1e-4.
    const low = new Float64Array(X.data.length);
    for (let at = 0; at < low.length; at++) {
      const [t, c, s] = [Math.floor(at / 4096), Math.floor(at / 16) % 256, at % 16];
      low[at] =
        Math.sin(t) * Math.cos(c + s) + Math.cos(t) * Math.sin(c) + (t % 5) * Math.cos(c + s);
    }
    const factorisation = await factoriseTucker({ shape, data: low });
    const ranks = [3, 2, 4, 4];
    const { data } = await (await factorisation.at(ranks)).reconstruct();
    expect(distance(data, low) / norm(low)).toBeLessThan(1e-9);
  });
});

describe('a step of Tensor Train that keeps few of many', () => {
  it('is chosen by size and rank alone', () => {
    expect(splitKind(600, 800, 100)).toBe('few');
    expect(splitKind(600, 800, 101)).toBe('full');
    expect(splitKind(511, 800, 10)).toBe('full');
    expect(splitKind(600, 800, 600)).toBe('whole');
  });

  it.each([
    ['a flat spectrum', randomMatrix(520, 600, 3)],
    ['a spectrum over three decades', matrixWithSpectrum(520, 600, decades(520, 3))],
    ['more rows than columns', randomMatrix(600, 520, 4)],
  ])('loses what the decomposition loses, for %s', async (_, A) => {
    const full = await splitFully(A, unattended);
    const few = await splitFew(A, 60, unattended);
    expect(few?.U.columns).toBe(60);
    expect(few && orthogonalityLoss(few.U)).toBeLessThan(1e-12);
    expect(Math.abs(Math.sqrt((few?.loss ?? NaN) / full.discarded[60]) - 1)).toBeLessThan(1e-6);
  });

  it('leaves to the decomposition what f32 cannot tell', async () => {
    const A = matrixWithSpectrum(520, 600, [3, 2, 1, 1e-6]);
    expect(await splitFew(A, 3, unattended)).toBeUndefined();
  });
});

function decades(count: number, span: number): number[] {
  return Array.from({ length: count }, (_, i) => 10 ** ((-span * i) / (count - 1)));
}
