import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  FormatError,
  UnsupportedError,
  UsageError,
} from '../../../../src/failures';
import { permute } from '../../../../src/engine/tensor/unfold';
import {
  factoriseTensorTrain,
  restoreTensorTrain,
} from '../../../../src/engine/decompositions/tensorTrain';
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

/** The fixture's modes are in the order of the train; the last one goes first in the input. */
const X = permute(sineTensor(fixture.tensor.shape), [3, 0, 1, 2]);

describe('TT-SVD', () => {
  it.each(fixture.tt)(
    'reproduces realised ranks and squared error for requested $requested',
    async ({ requested, realised, error2, discardedPerStep }) => {
      const factorisation = await factoriseTensorTrain(X);
      const decomposition = await factorisation.at(requested);
      const residual = distance((await decomposition.reconstruct()).data, X.data);
      expect(decomposition.rank).toEqual(realised);
      expect(residual ** 2).toBeCloseTo(error2, 10);
      expect(residual ** 2).toBeCloseTo(
        discardedPerStep.reduce((sum, part) => sum + part),
        10,
      );
      expect(await factorisation.errorAt(requested)).toBeCloseTo(residual, 12);
    },
  );

  it('gives left-orthonormal cores in the order of the modes C, H, W, T', async () => {
    const decomposition = await (await factoriseTensorTrain(X)).at([1, 2, 3, 3, 1]);
    expect(decomposition.factors.map(({ name, shape }) => [name, shape])).toEqual([
      ['core0', [1, 3, 2]],
      ['core1', [2, 4, 3]],
      ['core2', [3, 2, 3]],
      ['core3', [3, 5, 1]],
    ]);
    expect(decomposition.parameterCount).toBe(6 + 24 + 18 + 15);
    for (const { name, shape, data } of decomposition.factors.slice(0, -1)) {
      const right = shape[2];
      for (let a = 0; a < right; a++) {
        for (let b = 0; b < right; b++) {
          let inner = 0;
          for (let at = 0; at < data.length; at += right) {
            inner += data[at + a] * data[at + b];
          }
          expect(inner, `${name} ${a} ${b}`).toBeCloseTo(a === b ? 1 : 0, 13);
        }
      }
    }
  });

  it('reproduces the tensor at full rank', async () => {
    const factorisation = await factoriseTensorTrain(X);
    const decomposition = await factorisation.at([1, 99, 99, 99, 1]);
    expect(decomposition.rank).toEqual([1, 3, 10, 5, 1]);
    expect(distance((await decomposition.reconstruct()).data, X.data)).toBeLessThan(1e-13);
    expect(await factorisation.errorAt([1, 99, 99, 99, 1])).toBe(0);
  });

  it('recovers a tensor of exact train rank, and knows that its error is nil', async () => {
    const cores = [
      [1, 9, 2],
      [2, 3, 3],
      [3, 4, 2],
      [2, 8, 1],
    ].map((shape, k) => ({
      name: `core${k}`,
      shape,
      data: randomTensor(shape, k + 1).data,
    }));
    const rank = [1, 2, 3, 2, 1];
    const exact = { shape: [8, 9, 3, 4], rank, attributes: {}, factors: cores };
    const tensor = await restoreTensorTrain(exact).reconstruct();
    const factorisation = await factoriseTensorTrain(tensor);
    const rebuilt = await (await factorisation.at(rank)).reconstruct();
    expect(distance(rebuilt.data, tensor.data) / norm(tensor.data)).toBeLessThan(1e-13);
    expect(await factorisation.errorAt(rank)).toBeLessThan(1e-12 * norm(tensor.data));
    const smaller = await factorisation.errorAt([1, 2, 2, 2, 1]);
    expect(smaller).toBeGreaterThan(1e-3 * norm(tensor.data));
  });

  it.each([[[6, 5, 4]], [[8, 6, 3, 3]], [[3, 20, 3, 3]], [[4, 3, 2, 3, 2]], [[1, 5, 1, 6]]])(
    'of shape %j has errors that fall with the rank and equal the residual',
    async (shape) => {
      const tensor = randomTensor(shape, 4);
      const factorisation = await factoriseTensorTrain(tensor);
      let before = Infinity;
      for (let r = 1; r <= 5; r++) {
        const rank = [1, ...shape.slice(1).map(() => r), 1];
        const error = (await factorisation.errorAt(rank)) ?? NaN;
        const decomposition = await factorisation.at(rank);
        const rebuilt = await decomposition.reconstruct();
        expect(rebuilt.shape).toEqual(shape);
        expect(Math.abs(error - distance(rebuilt.data, tensor.data))).toBeLessThan(1e-12);
        expect(error).toBeLessThanOrEqual(before);
        before = error;
      }
    },
  );

  it('gives the same at a rank whatever was asked before', async () => {
    const tensor = randomTensor([8, 6, 3, 3], 5);
    const ranks = [
      [1, 2, 3, 4, 1],
      [1, 5, 3, 4, 1],
      [1, 5, 6, 2, 1],
      [1, 2, 3, 4, 1],
    ];
    const shared = await factoriseTensorTrain(tensor);
    for (const rank of ranks) {
      const alone = await factoriseTensorTrain(tensor);
      expect(await shared.errorAt(rank)).toBe(await alone.errorAt(rank));
      const [a, b] = [await shared.at(rank), await alone.at(rank)];
      expect(a.factors).toEqual(b.factors);
    }
    const together = await Promise.all(ranks.map((rank) => shared.errorAt(rank)));
    const inTurn = await Promise.all(
      ranks.map(async (rank) => (await factoriseTensorTrain(tensor)).errorAt(rank)),
    );
    expect(together).toEqual(inTurn);
  });

  it('keeps the error within a tolerance with ranks no larger than it needs', async () => {
    const tensor = randomTensor([8, 6, 3, 3], 6);
    const factorisation = await factoriseTensorTrain(tensor);
    let before = Infinity;
    for (const epsilon of [0, 0.1, 0.3, 0.6, 2]) {
      const decomposition = await factorisation.within(epsilon);
      const residual = distance((await decomposition.reconstruct()).data, tensor.data);
      expect(residual).toBeLessThanOrEqual(epsilon * norm(tensor.data) + 1e-12);
      expect(decomposition.parameterCount).toBeLessThanOrEqual(before);
      before = decomposition.parameterCount;
    }
    expect(before).toBe(6 + 3 + 3 + 8);
    await expect(factorisation.within(NaN)).rejects.toThrow(UsageError);
  });

  it('squeezes unit modes, so that a 1 x 1 convolution is a plain low-rank product', async () => {
    const kernel = randomTensor([7, 6, 1, 1]);
    const factorisation = await factoriseTensorTrain(kernel);
    const decomposition = await factorisation.at([1, 3, 4, 5, 1]);
    expect(decomposition.rank).toEqual([1, 3, 3, 3, 1]);
    expect(decomposition.factors.map(({ name, shape }) => [name, shape])).toEqual([
      ['core0', [1, 6, 3]],
      ['core3', [3, 7, 1]],
    ]);
    const rebuilt = await decomposition.reconstruct();
    expect(rebuilt.shape).toEqual([7, 6, 1, 1]);
    const error = await factorisation.errorAt([1, 3, 4, 5, 1]);
    expect(error).toBeCloseTo(distance(rebuilt.data, kernel.data), 12);

    const kept = await factoriseTensorTrain(kernel, { keepUnitModes: true });
    const train = await kept.at([1, 6, 2, 3, 1]);
    expect(train.rank).toEqual([1, 6, 2, 2, 1]);
    expect(train.factors.map(({ shape }) => shape)).toEqual([
      [1, 6, 6],
      [6, 1, 2],
      [2, 1, 2],
      [2, 7, 1],
    ]);
    const ofTrain = distance((await train.reconstruct()).data, kernel.data);
    expect(await kept.errorAt([1, 6, 2, 3, 1])).toBeCloseTo(ofTrain, 12);
    expect(ofTrain).toBeGreaterThan(error ?? NaN);
  });

  it('handles shapes with one long mode or none, and the zero tensor', async () => {
    for (const shape of [
      [1, 1, 1, 1],
      [5, 1, 1],
      [1, 5, 1, 1],
    ]) {
      const tensor = randomTensor(shape);
      for (const keepUnitModes of [false, true]) {
        const factorisation = await factoriseTensorTrain(tensor, { keepUnitModes });
        const rank = new Array<number>(shape.length + 1).fill(1);
        const decomposition = await factorisation.at(rank);
        expect(decomposition.rank).toEqual(rank);
        const rebuilt = await decomposition.reconstruct();
        expect(distance(rebuilt.data, tensor.data)).toBeLessThan(1e-14);
        expect(await factorisation.errorAt(rank)).toBeLessThan(1e-14);
      }
    }
    const zero = await factoriseTensorTrain(tensorFrom([4, 3, 2, 2], () => 0));
    expect(await zero.errorAt([1, 1, 1, 1, 1])).toBe(0);
    expect(norm((await (await zero.at([1, 2, 2, 2, 1])).reconstruct()).data)).toBe(0);
  });

  it('refuses ranks of the wrong form, matrices and values that are not finite', async () => {
    const factorisation = await factoriseTensorTrain(X);
    await expect(factorisation.at(3)).rejects.toThrow(UsageError);
    await expect(factorisation.at([1, 2, 2, 1])).rejects.toThrow(UsageError);
    await expect(factorisation.errorAt([1, 2, 0.5, 2, 1])).rejects.toThrow(UsageError);
    await expect(factoriseTensorTrain(randomTensor([4, 3]))).rejects.toThrow(UsageError);
    const broken = tensorFrom([2, 2, 2], (i) => (i === 3 ? Infinity : 1));
    await expect(factoriseTensorTrain(broken)).rejects.toThrow(UnsupportedError);
  });

  it('stops when the job is cancelled, and can be asked again', async () => {
    const tensor = randomTensor([24, 16, 3, 3]);
    const whole = stopAfter(Infinity);
    await factoriseTensorTrain(tensor, {}, whole);
    for (const looks of [1, Math.floor(whole.seen() / 2), whole.seen()]) {
      const stopped = factoriseTensorTrain(tensor, {}, stopAfter(looks));
      await expect(stopped).rejects.toThrow(CancelledError);
    }
    const rank = [1, 9, 20, 9, 1];
    const later = stopAfter(Infinity);
    const expected = await (await factoriseTensorTrain(tensor)).errorAt(rank, later);
    for (let looks = 1; looks <= later.seen(); looks += 7) {
      const fresh = await factoriseTensorTrain(tensor);
      await expect(fresh.errorAt(rank, stopAfter(looks))).rejects.toThrow(CancelledError);
      expect(await fresh.errorAt(rank)).toBe(expected);
    }
  });
});

describe('a Tensor Train', () => {
  it('is restored from its stored cores', async () => {
    const original = await (await factoriseTensorTrain(X)).at([1, 2, 3, 3, 1]);
    const { shape, rank, attributes, factors } = original;
    const stored = factors.map((factor) => ({ ...factor, data: Float32Array.from(factor.data) }));
    const restored = restoreTensorTrain({ shape, rank, attributes, factors: stored });
    const expected = await original.reconstruct();
    expect(distance((await restored.reconstruct()).data, expected.data)).toBeLessThan(1e-5);
    const without = { shape, rank, attributes, factors: stored.slice(1) };
    expect(() => restoreTensorTrain(without)).toThrow(FormatError);
    const mismatched = { shape, rank: [1, 2, 3, 2, 1], attributes, factors: stored };
    expect(() => restoreTensorTrain(mismatched)).toThrow(/"core2" is 3 × 2 × 3 where 3 × 2 × 2/);
  });

  it('runs as four layers', async () => {
    const kernel = randomTensor([5, 4, 3, 2], 11);
    const decomposition = await (await factoriseTensorTrain(kernel)).at([1, 3, 4, 3, 1]);
    const input = randomTensor([4, 9, 11], 12);
    const bias = [0.5, -1, 2, 0, 3];
    const G = decomposition.factors.map(({ shape, data }) => reader(shape, data));
    const [, R1, R2, R3] = decomposition.rank as readonly number[];
    const chain = convolveChain(input, [
      { kernel: kernelFrom([R1, 4, 1, 1], (a, c) => G[0](0, c, a)) },
      {
        kernel: kernelFrom([R2, R1, 3, 1], (b, a, h) => G[1](a, h, b)),
        stride: [2, 1],
        padding: [1, 0],
        dilation: [2, 1],
      },
      {
        kernel: kernelFrom([R3, R2, 1, 2], (e, b, _, w) => G[2](b, w, e)),
        stride: [1, 3],
        padding: [0, 2],
        dilation: [1, 3],
      },
      { kernel: kernelFrom([5, R3, 1, 1], (t, e) => G[3](e, t, 0)), bias },
    ]);
    const direct = convolve(input, {
      kernel: await decomposition.reconstruct(),
      stride: [2, 3],
      padding: [1, 2],
      dilation: [2, 3],
      bias,
    });
    expect(chain.shape).toEqual(direct.shape);
    expect(distance(chain.data, direct.data)).toBeLessThan(1e-10);
  });
});
