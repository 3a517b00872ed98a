import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  FormatError,
  UnsupportedError,
  UsageError,
} from '../../../../src/failures';
import { factoriseCp, restoreCp, type CpOptions } from '../../../../src/engine/decompositions/cp';
import { createMatrix, type Matrix } from '../../../../src/engine/linalg/matrix';
import { elementCount, type DenseTensor } from '../../../../src/engine/tensor/tensor';
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

/** The start of the fixture: entry (i, r) of mode m = frac(0.618..(i+1)(r+1)(m+1)). */
function fixtureStart(shape: readonly number[], rank: number): Matrix[] {
  return shape.map((size, mode) => {
    const data = Float64Array.from({ length: size * rank }, (_, at) => {
      const i = Math.floor(at / rank);
      const r = at % rank;
      return (0.6180339887498949 * (i + 1) * (r + 1) * (mode + 1)) % 1;
    });
    return createMatrix(size, rank, data);
  });
}

/** sum over r of the outer products, entry by entry. */
function outerProducts(factors: readonly Matrix[]): DenseTensor<Float64Array> {
  const shape = factors.map((factor) => factor.rows);
  return tensorFrom(shape, (i) => {
    const index: number[] = [];
    for (let mode = shape.length - 1, rest = i; mode >= 0; mode--) {
      index.unshift(rest % shape[mode]);
      rest = Math.floor(rest / shape[mode]);
    }
    let sum = 0;
    for (let r = 0; r < factors[0].columns; r++) {
      sum += factors.reduce((p, A, mode) => p * A.data[index[mode] * A.columns + r], 1);
    }
    return sum;
  });
}

describe('CP by alternating least squares', () => {
  it.each(fixture.cp.runs)(
    'follows the fixture sweep by sweep at rank $rank',
    async ({ rank, ridge, tol, maxIter, iterations, relative }) => {
      const factorisation = await factoriseCp(X, {
        seed: 0,
        ridge,
        tolerance: tol,
        maxIterations: maxIter,
        extrapolate: false,
        initial: fixtureStart(X.shape, rank),
      });
      const decomposition = await factorisation.at(rank);
      const history = decomposition.errorHistory;
      expect(history[0]).toBeCloseTo(relative.after1, 11);
      expect(history[1]).toBeCloseTo(relative.after2, 11);
      expect(history[9]).toBeCloseTo(relative.after10, 10);
      expect(history.at(-1)).toBeCloseTo(relative.final, 9);
      expect(decomposition.attributes).toMatchObject({
        iterations,
        converged: iterations < maxIter,
        degenerate: false,
      });
      const residual = distance((await decomposition.reconstruct()).data, X.data);
      expect(residual / norm(X.data)).toBeCloseTo(relative.final, 9);
      expect(decomposition.relativeError).toBeCloseTo(residual / norm(X.data), 12);
      expect(await factorisation.errorAt(rank)).toBeCloseTo(residual, 12);
    },
  );

  it('recovers a tensor of integer rank-2 factors', async () => {
    const columns = [
      [1, 2, 3, -1],
      [2, -1, 1],
      [1, 1, 0, 2, -2],
      [3, 1],
    ];
    const others = [
      [0, 1, -2, 2],
      [1, 1, 3],
      [2, 0, 1, -1, 1],
      [1, -2],
    ];
    const exact = columns.map((column, mode) =>
      createMatrix(
        column.length,
        2,
        Float64Array.from(column.flatMap((value, i) => [value, others[mode][i]])),
      ),
    );
    const tensor = outerProducts(exact);
    const factorisation = await factoriseCp(tensor, {
      seed: 7,
      ridge: 0,
      tolerance: 1e-13,
      maxIterations: 1000,
      restarts: 3,
    });
    const decomposition = await factorisation.at(2);
    const rebuilt = await decomposition.reconstruct();
    expect(distance(rebuilt.data, tensor.data) / norm(tensor.data)).toBeLessThan(1e-9);
    expect(decomposition.attributes['converged']).toBe(true);
    expect(await factorisation.errorAt(2)).toBeLessThan(1e-9 * norm(tensor.data));
  });

  it.each([
    [[6, 5, 4]],
    [[5, 4, 3, 3]],
    [[3, 4, 2, 3, 2]],
    [[6, 1, 3, 1]],
    [[1, 1, 1]],
    [[4, 4, 4, 4]],
  ])('of shape %j never fits worse from sweep to sweep without a ridge', async (shape) => {
    const tensor = randomTensor(shape, 2);
    const factorisation = await factoriseCp(tensor, { seed: 1, ridge: 0, maxIterations: 30 });
    const decomposition = await factorisation.at(2);
    expect(decomposition.errorHistory.length).toBeGreaterThan(1);
    for (const [sweep, error] of decomposition.errorHistory.entries()) {
      const before = decomposition.errorHistory[sweep - 1] ?? 1;
      expect(error).toBeLessThanOrEqual(before + 1e-12);
    }
    const rebuilt = await decomposition.reconstruct();
    expect(rebuilt.shape).toEqual(shape);
    const residual = distance(rebuilt.data, tensor.data) / norm(tensor.data);
    expect(Math.abs(residual - (decomposition.errorHistory.at(-1) ?? NaN))).toBeLessThan(1e-8);
  });

  it('sorts the components and spreads their weights evenly over the factors', async () => {
    const decomposition = await (await factoriseCp(X, { seed: 3 })).at(3);
    expect(decomposition.factors.map(({ name, shape }) => [name, shape])).toEqual([
      ['factor0', [3, 3]],
      ['factor1', [4, 3]],
      ['factor2', [2, 3]],
      ['factor3', [5, 3]],
    ]);
    expect(decomposition.parameterCount).toBe(3 * (3 + 4 + 2 + 5));
    const lengths = decomposition.factors.map(({ shape: [rows, columns], data }) =>
      Array.from({ length: columns }, (_, r) =>
        norm(Array.from({ length: rows }, (__, i) => data[i * columns + r])),
      ),
    );
    for (const ofMode of lengths.slice(1)) {
      expect(distance(ofMode, lengths[0])).toBeLessThan(1e-12);
    }
    expect(lengths[0]).toEqual([...lengths[0]].sort((a, b) => b - a));
    expect(lengths[0][2]).toBeGreaterThan(0);
  });

  it('gives the same for the same seed whatever was fitted before, another for another', async () => {
    const options = { seed: 5, maxIterations: 8 };
    const fresh = await (await factoriseCp(X, options)).at(3);
    const used = await factoriseCp(X, options);
    await used.at(2);
    expect((await used.at(3)).factors).toEqual(fresh.factors);
    const other = await (await factoriseCp(X, { ...options, seed: 6 })).at(3);
    expect(distance(other.factors[0].data, fresh.factors[0].data)).toBeGreaterThan(1e-6);
  });

  it('keeps the best of several restarts', async () => {
    const options = { seed: 2, maxIterations: 15 };
    const one = await (await factoriseCp(X, { ...options, restarts: 1 })).at(4);
    const five = await (await factoriseCp(X, { ...options, restarts: 5 })).at(4);
    const again = await (await factoriseCp(X, { ...options, restarts: 5 })).at(4);
    expect(five.relativeError).toBeLessThan(one.relativeError);
    expect(again.factors).toEqual(five.factors);
    await expect((await factoriseCp(X, { seed: 2, restarts: 0 })).at(2)).rejects.toThrow(
      UsageError,
    );
  });

  it('approaches the tensor as the rank grows, and clips the rank to what can be of use', async () => {
    const factorisation = await factoriseCp(X, { seed: 1, maxIterations: 200 });
    const errors: number[] = [];
    for (const rank of [1, 3, 6, 12]) {
      errors.push((await factorisation.at(rank)).relativeError);
    }
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    expect(errors[3]).toBeLessThan(0.4);
    expect((await factorisation.at(10_000)).rank).toBe(24);
  });

  it('needs fewer sweeps when it extrapolates, and never ends worse than its best sweep', async () => {
    const tensor = randomTensor([24, 20, 3, 3]);
    const options: CpOptions = { seed: 5, restarts: 1, maxIterations: 60, tolerance: 0 };
    const plain = await (await factoriseCp(tensor, { ...options, extrapolate: false })).at(12);
    const fast = await (await factoriseCp(tensor, options)).at(12);
    expect(fast.relativeError).toBeLessThan(plain.relativeError);
    const { errorHistory } = fast;
    expect(errorHistory.every((error, i) => i === 0 || error <= errorHistory[i - 1])).toBe(true);
    const residual = distance((await fast.reconstruct()).data, tensor.data);
    expect(residual / norm(tensor.data)).toBeCloseTo(errorHistory.at(-1) ?? NaN, 8);
  });

  it('starts small fits several times unless it is told how often', async () => {
    const one = await (await factoriseCp(X, { seed: 2, restarts: 1 })).at(2);
    const several = await (await factoriseCp(X, { seed: 2, restarts: 5 })).at(2);
    const byDefault = await (await factoriseCp(X, { seed: 2 })).at(2);
    expect(byDefault.relativeError).toBe(several.relativeError);
    expect(several.relativeError).toBeLessThanOrEqual(one.relativeError);
  });

  it('computes the two large contractions in single precision on request', async () => {
    const tensor = randomTensor([64, 64, 3, 3], 8);
    const options: CpOptions = { seed: 1, maxIterations: 3, tolerance: 0 };
    const rank = 460;
    const double = await (await factoriseCp(tensor, { ...options, precision: 'double' })).at(rank);
    const single = await (await factoriseCp(tensor, { ...options, precision: 'single' })).at(rank);
    expect(double.attributes['precision']).toBe('double');
    expect(single.attributes['precision']).toBe('single');
    expect(Math.abs(single.relativeError - double.relativeError)).toBeLessThan(1e-5);
    const residual = distance((await single.reconstruct()).data, tensor.data) / norm(tensor.data);
    expect(single.relativeError).toBeCloseTo(residual, 12);
    expect(distance(single.factors[0].data, double.factors[0].data)).toBeGreaterThan(0);
  }, 60_000);

  it('reports a degenerate fit and repeats it with a larger ridge', async () => {
    // a a b + a b a + b a a has rank 3, yet rank-2 tensors come as close to it as one likes.
    const W = tensorFrom([2, 2, 2], (i) => ([1, 2, 4].includes(i) ? 1 : 0));
    const initial = [1, 2, 3].map(() => {
      const t = 1e-5;
      const s = Math.cbrt(1 / t);
      return createMatrix(2, 2, Float64Array.from([s, -s, s * t, 0]));
    });
    const options: CpOptions = { seed: 1, initial, maxIterations: 3, tolerance: 0 };
    const firstRun = await (await factoriseCp(W, { ...options, ridge: 1e-3 })).at(2);
    expect(firstRun.attributes).toMatchObject({ degenerate: false, ridge: 1e-3 });
    const repeated = await (await factoriseCp(W, { ...options, ridge: 1e-5 })).at(2);
    expect(repeated.attributes['degenerate']).toBe(false);
    expect(repeated.attributes['ridge']).toBeCloseTo(1e-3, 12);
    expect(repeated.errorHistory).toEqual(firstRun.errorHistory);
    const reported = await (await factoriseCp(W, { ...options, ridge: 0 })).at(2);
    expect(reported.attributes['degenerate']).toBe(true);
    expect(reported.attributes['ridge']).toBeCloseTo(1e-5, 12);
  });

  it('needs no sweep for the zero tensor', async () => {
    const factorisation = await factoriseCp(
      tensorFrom([4, 3, 2, 2], () => 0),
      { seed: 1 },
    );
    const decomposition = await factorisation.at(3);
    expect(norm((await decomposition.reconstruct()).data)).toBe(0);
    expect(decomposition.attributes).toMatchObject({ iterations: 0, converged: true });
    expect(await factorisation.errorAt(3)).toBe(0);
    expect(decomposition.parameterCount).toBe(3 * (4 + 3 + 2 + 2));
  });

  it('refuses matrices, ranks of the wrong form and values that are not finite', async () => {
    await expect(factoriseCp(randomTensor([3, 4]), { seed: 1 })).rejects.toThrow(UsageError);
    const factorisation = await factoriseCp(X, { seed: 1 });
    for (const rank of [0, 2.5, NaN, [2, 2, 2, 2]]) {
      await expect(factorisation.at(rank)).rejects.toThrow(UsageError);
    }
    const started = await factoriseCp(X, { seed: 1, initial: fixtureStart(X.shape, 2) });
    await expect(started.at(3)).rejects.toThrow(UsageError);
    await expect((await factoriseCp(X, { seed: 1, maxIterations: 0 })).at(2)).rejects.toThrow(
      UsageError,
    );
    const broken = tensorFrom([2, 2, 2], (i) => (i === 3 ? NaN : 1));
    await expect(factoriseCp(broken, { seed: 1 })).rejects.toThrow(UnsupportedError);
  });

  it('stops when the job is cancelled, looking several times a sweep, and reports each sweep', async () => {
    const tensor = randomTensor([12, 10, 3, 3]);
    const factorisation = await factoriseCp(tensor, {
      seed: 1,
      restarts: 1,
      maxIterations: 4,
      tolerance: 0,
    });
    const whole = stopAfter(Infinity);
    const fractions: number[] = [];
    await factorisation.at(5, { ...whole, report: (fraction) => fractions.push(fraction) });
    expect(fractions).toEqual([0.25, 0.5, 0.75, 1]);
    expect(whole.seen()).toBeGreaterThan(4 * 6);
    const fresh = await factoriseCp(tensor, {
      seed: 1,
      restarts: 1,
      maxIterations: 4,
      tolerance: 0,
    });
    for (let looks = 1; looks <= whole.seen(); looks += 5) {
      await expect(fresh.at(5, stopAfter(looks))).rejects.toThrow(CancelledError);
    }
    expect((await fresh.at(5)).factors).toEqual((await factorisation.at(5)).factors);
  });
});

describe('a CP decomposition', () => {
  it('is restored from its stored factors', async () => {
    const original = await (await factoriseCp(X, { seed: 1, restarts: 1 })).at(3);
    const { shape, rank, attributes, factors } = original;
    const stored = factors.map((factor) => ({ ...factor, data: Float32Array.from(factor.data) }));
    const restored = restoreCp({ shape, rank, attributes, factors: stored });
    const expected = await original.reconstruct();
    expect(distance((await restored.reconstruct()).data, expected.data)).toBeLessThan(1e-5);
    expect(restored.parameterCount).toBe(original.parameterCount);
    const without = { shape, rank, attributes, factors: stored.slice(1) };
    expect(() => restoreCp(without)).toThrow(FormatError);
    expect(() => restoreCp({ shape, rank: 2, attributes, factors: stored })).toThrow(
      /"factor0" is 3 × 3 where 3 × 2 is expected/,
    );
  });

  it.each([2 ** -10, 2 ** -20, 2 ** -60])(
    'fits weights %d times as large as well, the ridge notwithstanding',
    async (factor) => {
      const tensor = randomTensor([8, 6, 3, 3], 4);
      // Of norm 1/2 to 1, as large as they are made for the fit.
      const unit = 2 ** Math.ceil(Math.log2(norm(tensor.data)));
      const ordinary = tensorFrom(tensor.shape, (i) => tensor.data[i] / unit);
      const faint = tensorFrom(tensor.shape, (i) => ordinary.data[i] * factor);
      const [expected, found] = await Promise.all(
        [ordinary, faint].map(async (one) => (await factoriseCp(one, { seed: 1 })).at(6)),
      );
      const rebuilt = (await found.reconstruct()).data;
      expect(found.relativeError).toBeLessThan(0.9);
      expect(found.relativeError).toBeCloseTo(expected.relativeError, 12);
      expect(distance(rebuilt, faint.data) / norm(faint.data)).toBeCloseTo(found.relativeError, 9);
    },
  );

  it('runs as four layers, and as three with the two spatial ones merged', async () => {
    const kernel = randomTensor([5, 4, 3, 2], 11);
    const R = 6;
    const decomposition = await (await factoriseCp(kernel, { seed: 1, maxIterations: 5 })).at(R);
    const [T, C, H, W] = decomposition.factors.map(({ shape, data }) => reader(shape, data));
    const input = randomTensor([4, 9, 11], 12);
    const bias = [0.5, -1, 2, 0, 3];
    const first = { kernel: kernelFrom([R, 4, 1, 1], (r, c) => C(c, r)) };
    const last = { kernel: kernelFrom([5, R, 1, 1], (t, r) => T(t, r)), bias };
    const moves = { stride: [2, 3], padding: [1, 2], dilation: [2, 3] } as const;
    const four = convolveChain(input, [
      first,
      {
        kernel: kernelFrom([R, 1, 3, 1], (r, _, h) => H(h, r)),
        groups: R,
        stride: [2, 1],
        padding: [1, 0],
        dilation: [2, 1],
      },
      {
        kernel: kernelFrom([R, 1, 1, 2], (r, _, __, w) => W(w, r)),
        groups: R,
        stride: [1, 3],
        padding: [0, 2],
        dilation: [1, 3],
      },
      last,
    ]);
    const merged = kernelFrom([R, 1, 3, 2], (r, _, h, w) => H(h, r) * W(w, r));
    const three = convolveChain(input, [first, { kernel: merged, groups: R, ...moves }, last]);
    const direct = convolve(input, { kernel: await decomposition.reconstruct(), ...moves, bias });
    expect(elementCount(direct.shape)).toBeGreaterThan(0);
    expect(four.shape).toEqual(direct.shape);
    expect(distance(four.data, direct.data)).toBeLessThan(1e-10);
    expect(distance(three.data, direct.data)).toBeLessThan(1e-10);
  });
});
