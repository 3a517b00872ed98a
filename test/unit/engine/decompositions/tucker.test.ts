import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  FormatError,
  UnsupportedError,
  UsageError,
} from '../../../../src/failures';
import { createMatrix } from '../../../../src/engine/linalg/matrix';
import { elementCount } from '../../../../src/engine/tensor/tensor';
import { modeProduct } from '../../../../src/engine/tensor/unfold';
import { factoriseTucker, restoreTucker } from '../../../../src/engine/decompositions/tucker';
import fixture from '../../../fixtures/tensor-decompositions.json';
import { convolve, convolveChain, kernelFrom, reader } from '../../../support/conv';
import {
  distance,
  norm,
  randomTensor,
  sineTensor,
  tensorFrom,
} from '../../../support/fixtureTensor';
import { stopAfter } from '../../../support/stopAfter';

const X = sineTensor(fixture.tensor.shape);
const { ranks, hosvdError2, hosvdRelative, hosvdBound, hooiRelativeAfter } = fixture.tucker;
const everyMode = { fixedModes: [] };

describe('HOSVD', () => {
  it('reproduces the squared error of the fixture, and stays below the bound of the spectra', async () => {
    const factorisation = await factoriseTucker(X, everyMode);
    const decomposition = await factorisation.at(ranks);
    const residual = distance((await decomposition.reconstruct()).data, X.data);
    expect(norm(X.data) ** 2).toBeCloseTo(fixture.tensor.norm2, 10);
    expect(residual ** 2).toBeCloseTo(hosvdError2, 10);
    expect(residual / norm(X.data)).toBeCloseTo(hosvdRelative, 12);
    expect(await factorisation.errorAt(ranks)).toBeCloseTo(residual, 12);
    const bound = fixture.tensor.singularValues
      .map((values, mode) => values.slice(ranks[mode]).reduce((sum, s) => sum + s * s, 0))
      .reduce((sum, tail) => sum + tail, 0);
    expect(bound).toBeCloseTo(hosvdBound, 8);
    expect(residual ** 2).toBeLessThan(bound);
  });

  it('has orthonormal factors, and a core that holds exactly what the residual lacks', async () => {
    const decomposition = await (await factoriseTucker(X, everyMode)).at(ranks);
    for (const { name, shape, data } of decomposition.factors.slice(1)) {
      const [rows, columns] = shape;
      for (let a = 0; a < columns; a++) {
        for (let b = 0; b < columns; b++) {
          let inner = 0;
          for (let i = 0; i < rows; i++) {
            inner += data[i * columns + a] * data[i * columns + b];
          }
          expect(inner, `${name} ${a} ${b}`).toBeCloseTo(a === b ? 1 : 0, 13);
        }
      }
    }
    const residual = distance((await decomposition.reconstruct()).data, X.data);
    const core = decomposition.factors[0];
    expect(residual ** 2).toBeCloseTo(norm(X.data) ** 2 - norm(core.data) ** 2, 10);
  });

  it('keeps spatial modes whole and stores the contracted core with two factors', async () => {
    const kernel = randomTensor([8, 6, 3, 2]);
    const decomposition = await (await factoriseTucker(kernel)).at([3, 4, 1, 1]);
    expect(decomposition.rank).toEqual([3, 4, 3, 2]);
    expect(decomposition.factors.map(({ name, shape }) => [name, shape])).toEqual([
      ['core', [3, 4, 3, 2]],
      ['factor0', [8, 3]],
      ['factor1', [6, 4]],
    ]);
    expect(decomposition.parameterCount).toBe(3 * 4 * 3 * 2 + 8 * 3 + 6 * 4);
  });

  it.each([
    [
      [8, 6, 5],
      [3, 2, 5],
    ],
    [
      [6, 5, 2, 3, 2],
      [4, 3, 2, 3, 2],
    ],
  ])('treats modes 0 and 1 of %j as free and the rest as spatial', async (shape, rank) => {
    const tensor = randomTensor(shape);
    const factorisation = await factoriseTucker(tensor);
    const decomposition = await factorisation.at(rank.map((r, mode) => (mode < 2 ? r : 1)));
    expect(decomposition.rank).toEqual(rank);
    expect(decomposition.factors).toHaveLength(3);
    const residual = distance((await decomposition.reconstruct()).data, tensor.data);
    expect(await factorisation.errorAt(rank)).toBeCloseTo(residual, 10);
  });

  it('recovers a tensor of exact multilinear rank, and knows that its error is nil', async () => {
    const core = randomTensor([3, 2, 3, 3], 5);
    const left = createMatrix(9, 3, randomTensor([9, 3], 6).data);
    const right = createMatrix(7, 2, randomTensor([7, 2], 7).data);
    const tensor = await modeProduct(await modeProduct(core, left, 0), right, 1);
    const factorisation = await factoriseTucker(tensor);
    const rebuilt = await (await factorisation.at([3, 2, 3, 3])).reconstruct();
    expect(distance(rebuilt.data, tensor.data) / norm(tensor.data)).toBeLessThan(1e-13);
    expect(await factorisation.errorAt([3, 2, 3, 3])).toBeLessThan(1e-12 * norm(tensor.data));
  });

  it('has an error that falls with the rank and equals the explicit residual at each', async () => {
    const tensor = randomTensor([7, 6, 3, 3]);
    const factorisation = await factoriseTucker(tensor);
    let before = Infinity;
    for (let r = 1; r <= 6; r++) {
      const rank = [r + 1, r, 3, 3];
      const error = (await factorisation.errorAt(rank)) ?? NaN;
      const rebuilt = await (await factorisation.at(rank)).reconstruct();
      expect(Math.abs(error - distance(rebuilt.data, tensor.data))).toBeLessThan(1e-12);
      expect(error).toBeLessThan(before);
      before = error;
    }
    expect(before).toBeLessThan(1e-13);
  });

  it('clips ranks to the modes, and to what the other ranks can use', async () => {
    const factorisation = await factoriseTucker(randomTensor([40, 3, 2, 2]));
    expect((await factorisation.at([99, 99, 99, 99])).rank).toEqual([12, 3, 2, 2]);
    expect((await factorisation.at([40, 1, 2, 2])).rank).toEqual([4, 1, 2, 2]);
    const pointwise = await factoriseTucker(randomTensor([6, 5, 1, 1]));
    expect((await pointwise.at([5, 2, 1, 1])).rank).toEqual([2, 2, 1, 1]);
  });

  it('handles modes of size one and the zero tensor', async () => {
    for (const shape of [
      [5, 1, 3, 3],
      [1, 1, 1, 1],
      [1, 4, 1],
    ]) {
      const tensor = randomTensor(shape);
      const rebuilt = await (await (await factoriseTucker(tensor)).at(shape)).reconstruct();
      expect(rebuilt.shape).toEqual(shape);
      expect(distance(rebuilt.data, tensor.data)).toBeLessThan(1e-13);
    }
    const zero = tensorFrom([4, 3, 2, 2], () => 0);
    const factorisation = await factoriseTucker(zero);
    expect(await factorisation.errorAt([2, 2, 2, 2])).toBe(0);
    const rebuilt = await (await factorisation.at([2, 2, 2, 2])).reconstruct();
    expect(norm(rebuilt.data)).toBe(0);
  });

  it('refuses ranks of the wrong form, unknown modes and values that are not finite', async () => {
    const factorisation = await factoriseTucker(X);
    await expect(factorisation.at(3)).rejects.toThrow(UsageError);
    await expect(factorisation.at([2, 2, 2])).rejects.toThrow(UsageError);
    await expect(factorisation.errorAt([2, 0, 2, 5])).rejects.toThrow(UsageError);
    await expect(factoriseTucker(randomTensor([4, 3]))).rejects.toThrow(UsageError);
    await expect(factoriseTucker(X, { fixedModes: [4] })).rejects.toThrow(UsageError);
    const tiny = tensorFrom([2, 2, 2], () => 1e-170);
    await expect(factoriseTucker(tiny)).rejects.toThrow(UnsupportedError);
    const broken = tensorFrom([2, 2, 2], (i) => (i === 3 ? NaN : 1));
    await expect(factoriseTucker(broken)).rejects.toThrow(UnsupportedError);
  });
});

describe('HOOI', () => {
  const relativeAfter = async (maxIterations: number, tolerance = 0): Promise<number> => {
    const options = { ...everyMode, algorithm: 'hooi' as const, maxIterations, tolerance };
    const factorisation = await factoriseTucker(X, options);
    return ((await factorisation.errorAt(ranks)) ?? NaN) / norm(X.data);
  };

  it.each(Object.entries(hooiRelativeAfter))(
    'reaches the fixture after %s rounds',
    async (rounds, expected) => {
      expect(await relativeAfter(Number(rounds))).toBeCloseTo(expected, 9);
    },
  );

  it('is never above HOSVD and never rises from round to round', async () => {
    let before = hosvdRelative;
    for (let rounds = 1; rounds <= 6; rounds++) {
      const relative = await relativeAfter(rounds);
      expect(relative).toBeLessThanOrEqual(before + 1e-14);
      before = relative;
    }
  });

  it('improves on HOSVD with spatial modes fixed, and its error is the explicit residual', async () => {
    const tensor = randomTensor([8, 7, 3, 3], 3);
    const rank = [3, 2, 3, 3];
    const plain = (await (await factoriseTucker(tensor)).errorAt(rank)) ?? NaN;
    const factorisation = await factoriseTucker(tensor, { algorithm: 'hooi' });
    const decomposition = await factorisation.at(rank);
    const residual = distance((await decomposition.reconstruct()).data, tensor.data);
    expect(await factorisation.errorAt(rank)).toBeCloseTo(residual, 12);
    expect(residual).toBeLessThan(plain);
    expect(decomposition.attributes).toMatchObject({ algorithm: 'hooi', converged: true });
    expect(decomposition.attributes['iterations']).toBeGreaterThanOrEqual(3);
  });
});

describe('a Tucker decomposition', () => {
  it('is restored from its stored factors', async () => {
    const original = await (await factoriseTucker(X)).at([2, 3, 2, 5]);
    const { shape, rank, attributes, factors } = original;
    const stored = factors.map((factor) => ({ ...factor, data: Float32Array.from(factor.data) }));
    const restored = restoreTucker({ shape, rank, attributes, factors: stored });
    const expected = await original.reconstruct();
    expect(distance((await restored.reconstruct()).data, expected.data)).toBeLessThan(1e-5);
    expect(restored.parameterCount).toBe(original.parameterCount);
    expect(() => restoreTucker({ shape, rank, attributes, factors: stored.slice(1) })).toThrow(
      FormatError,
    );
    expect(() => restoreTucker({ shape, rank, attributes, factors: stored.slice(0, 2) })).toThrow(
      FormatError,
    );
    expect(() => restoreTucker({ shape, rank: [2, 2, 2, 5], attributes, factors: stored })).toThrow(
      /"core" is 2 × 3 × 2 × 5 where 2 × 2 × 2 × 5 is expected/,
    );
  });

  it('stops when the job is cancelled, at the start or in the middle', async () => {
    const tensor = randomTensor([24, 16, 3, 3]);
    const whole = stopAfter(Infinity);
    await factoriseTucker(tensor, {}, whole);
    for (const looks of [1, Math.floor(whole.seen() / 2), whole.seen()]) {
      await expect(factoriseTucker(tensor, {}, stopAfter(looks))).rejects.toThrow(CancelledError);
    }
    const factorisation = await factoriseTucker(tensor, { algorithm: 'hooi' });
    await expect(factorisation.at([4, 4, 3, 3], stopAfter(5))).rejects.toThrow(CancelledError);
  });

  it('runs as three layers', async () => {
    const kernel = randomTensor([5, 4, 3, 2], 11);
    const decomposition = await (await factoriseTucker(kernel)).at([3, 2, 3, 2]);
    const moves = { stride: [2, 1], padding: [1, 2], dilation: [1, 2] } as const;
    const bias = [0.5, -1, 2, 0, 3];
    const input = randomTensor([4, 9, 11], 12);
    const [core, left, right] = decomposition.factors;
    const UT = reader(left.shape, left.data);
    const UC = reader(right.shape, right.data);
    const chain = convolveChain(input, [
      { kernel: kernelFrom([2, 4, 1, 1], (b, c) => UC(c, b)) },
      { kernel: { shape: core.shape, data: core.data }, ...moves },
      { kernel: kernelFrom([5, 3, 1, 1], (t, a) => UT(t, a)), bias },
    ]);
    const direct = convolve(input, { kernel: await decomposition.reconstruct(), ...moves, bias });
    expect(chain.shape).toEqual(direct.shape);
    expect(elementCount(direct.shape)).toBeGreaterThan(0);
    expect(distance(chain.data, direct.data)).toBeLessThan(1e-10);
  });
});
