import { describe, expect, it } from 'vitest';
import { factoriseSvd } from '../../../../src/engine/decompositions/svd';
import { convolve, convolveChain, kernelFrom, reader } from '../../../support/conv';
import { distance, randomTensor } from '../../../support/fixtureTensor';

const [T, C, H, W] = [5, 4, 3, 2];
const kernel = randomTensor([T, C, H, W], 11);
const input = randomTensor([C, 9, 11], 12);
const bias = [0.5, -1, 2, 0, 3];
const moves = { stride: [2, 3], padding: [1, 2], dilation: [2, 3] } as const;
const vertical = { stride: [2, 1], padding: [1, 0], dilation: [2, 1] } as const;
const horizontal = { stride: [1, 3], padding: [0, 2], dilation: [1, 3] } as const;

type Read = (...index: readonly number[]) => number;

/** The two layers of each scheme from left (rows x r) and right (r x columns). */
const layers = {
  'channel-out': (r: number, L: Read, R: Read) => [
    { kernel: kernelFrom([r, C, H, W], (q, c, h, w) => R(q, (c * H + h) * W + w)), ...moves },
    { kernel: kernelFrom([T, r, 1, 1], (t, q) => L(t, q)), bias },
  ],
  'channel-in': (r: number, L: Read, R: Read) => [
    { kernel: kernelFrom([r, C, 1, 1], (q, c) => R(q, c)) },
    { kernel: kernelFrom([T, r, H, W], (t, q, h, w) => L((t * H + h) * W + w, q)), ...moves, bias },
  ],
  spatial: (r: number, L: Read, R: Read) => [
    { kernel: kernelFrom([r, C, H, 1], (q, c, h) => L(c * H + h, q)), ...vertical },
    { kernel: kernelFrom([T, r, 1, W], (t, q, _, w) => R(q, t * W + w)), ...horizontal, bias },
  ],
};

describe('a truncated SVD of a convolution', () => {
  it.each(['channel-out', 'channel-in', 'spatial'] as const)(
    'runs as two layers in the scheme %s, and at full rank equals the convolution itself',
    async (scheme) => {
      const factorisation = await factoriseSvd(kernel, { seed: 1, attributes: { scheme } });
      for (const [rank, target] of [
        [2, undefined],
        [99, kernel],
      ] as const) {
        const decomposition = await factorisation.at(rank);
        const [L, R] = decomposition.factors.map(({ shape, data }) => reader(shape, data));
        const chain = convolveChain(input, layers[scheme](Number(decomposition.rank), L, R));
        const dense = target ?? (await decomposition.reconstruct());
        const direct = convolve(input, { kernel: dense, ...moves, bias });
        expect(chain.shape).toEqual(direct.shape);
        expect(distance(chain.data, direct.data)).toBeLessThan(1e-10);
      }
    },
  );
});
