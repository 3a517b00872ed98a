import { describe, expect, it } from 'vitest';
import { factoriseSvd, restoreSvd } from '../../../../src/engine/decompositions/svd';
import { weightErrors } from '../../../../src/engine/errors';
import { svd } from '../../../../src/engine/linalg/svd';
import { matricisations } from '../../../../src/engine/ranks/matricisation';
import { parameterCount, rankForKept } from '../../../../src/engine/ranks';
import { CancelledError, FormatError, UnsupportedError } from '../../../../src/failures';
import { convolve, convolveChain } from '../../../support/conv';
import { randomTensor, sineTensor } from '../../../support/fixtureTensor';
import { distance, matrixWithSpectrum, norm } from '../../../support/matrices';
import { stopAfter } from '../../../support/stopAfter';
import type { DenseTensor } from '../../../../src/engine/tensor/tensor';

const seed = 0;

/** The definition of a matricisation, element by element: row and column of (t, c, h, w). */
const places: Record<string, (i: number[], shape: number[]) => [row: number, column: number]> = {
  'channel-out': ([t, c, h, w], [, , H, W]) => [t, (c * H + h) * W + w],
  'channel-in': ([t, c, h, w], [, , H, W]) => [(t * H + h) * W + w, c],
  spatial: ([t, c, h, w], [, , H, W]) => [c * H + h, t * W + w],
};

describe('factoriseSvd on a matrix', () => {
  const W: DenseTensor = { shape: [2, 2], data: Float64Array.of(3, 0, 4, 5) };

  it('gives the rank-1 approximation and the errors known by hand', async () => {
    const factorisation = await factoriseSvd(W, { seed });
    const rank1 = await factorisation.at(1);
    const { data } = await rank1.reconstruct();
    expect(distance(data, [1.5, 1.5, 4.5, 4.5])).toBeLessThan(1e-14);
    expect(rank1.parameterCount).toBe(4);
    const errors = weightErrors((await factorisation.errorAt(1)) ?? NaN, norm(W.data), 4);
    expect(errors.absolute).toBeCloseTo(Math.sqrt(5), 13);
    expect(errors.relative).toBeCloseTo(0.316228, 6);
    expect(errors.scaled).toBeCloseTo(0.559017, 6);
  });

  it('splits the singular values evenly between the factors', async () => {
    const { factors } = await (await factoriseSvd(randomTensor([9, 7]), { seed })).at(4);
    const [left, right] = factors;
    for (let j = 0; j < 4; j++) {
      const column = Array.from({ length: 9 }, (_, i) => left.data[i * 4 + j]);
      expect(norm(column)).toBeCloseTo(norm(right.data.subarray(j * 7, j * 7 + 7)), 12);
    }
  });

  it('has an error that falls with the rank and is the residual, down to none', async () => {
    const tensor = randomTensor([11, 8]);
    const factorisation = await factoriseSvd(tensor, { seed });
    let previous = Infinity;
    for (let rank = 1; rank <= 8; rank++) {
      const error = (await factorisation.errorAt(rank)) ?? NaN;
      const { data } = await (await factorisation.at(rank)).reconstruct();
      expect(Math.abs(error - distance(data, tensor.data))).toBeLessThan(1e-12);
      expect(error).toBeLessThan(previous);
      previous = error;
    }
    expect(previous).toBe(0);
  });

  it('keeps the digits of an error that is tiny beside the norm', async () => {
    const spectrum = [1, 1e-5, 1e-9, 1e-11];
    const matrix = matrixWithSpectrum(20, 12, spectrum);
    const factorisation = await factoriseSvd({ shape: [20, 12], data: matrix.data }, { seed });
    const error = (await factorisation.errorAt(2)) ?? NaN;
    expect(error / Math.hypot(1e-9, 1e-11)).toBeCloseTo(1, 5);
  });

  it('reports the smaller rank of a rank-deficient matrix, and one for zeros', async () => {
    const matrix = matrixWithSpectrum(20, 12, [3, 2, 1]);
    const deficient = await factoriseSvd({ shape: [20, 12], data: matrix.data }, { seed });
    const decomposition = await deficient.at(9);
    expect(decomposition.rank).toBe(3);
    expect(decomposition.parameterCount).toBe(3 * 32);
    expect(distance((await decomposition.reconstruct()).data, matrix.data)).toBeLessThan(1e-14);

    const zeros = await factoriseSvd({ shape: [4, 5], data: new Float32Array(20) }, { seed });
    const nothing = await zeros.at(3);
    expect(nothing.rank).toBe(1);
    expect(await zeros.errorAt(1)).toBe(0);
    expect(Array.from((await nothing.reconstruct()).data)).toEqual(Array(20).fill(0));
  });

  it('takes single elements, single rows and f32 data', async () => {
    const one = await factoriseSvd({ shape: [1, 1], data: Float32Array.of(-2) }, { seed });
    expect(distance((await (await one.at(1)).reconstruct()).data, [-2])).toBeLessThan(1e-15);
    const row = await factoriseSvd({ shape: [1, 3], data: Float32Array.of(1, 2, 3) }, { seed });
    expect((await row.at(5)).rank).toBe(1);
  });

  it.each([1e-30, 1e30])('is exact at the scale %f', async (scale) => {
    const base = randomTensor([10, 6]);
    const tensor = { shape: [10, 6], data: base.data.map((value) => value * scale) };
    const reference = (await (await factoriseSvd(base, { seed })).errorAt(2)) ?? NaN;
    const scaled = (await (await factoriseSvd(tensor, { seed })).errorAt(2)) ?? NaN;
    expect(scaled / scale / reference).toBeCloseTo(1, 12);
  });

  it('refuses NaN, vectors and ranks of another form', async () => {
    const bad = { shape: [1, 2], data: Float64Array.of(1, NaN) };
    await expect(factoriseSvd(bad, { seed })).rejects.toThrow(UnsupportedError);
    await expect(factoriseSvd(randomTensor([5]), { seed })).rejects.toThrow(/two axes/);
    await expect((await factoriseSvd(W, { seed })).at(0)).rejects.toThrow(/rank/);
  });

  it('stops when cancelled, and answers when asked again', async () => {
    const factorisation = await factoriseSvd(randomTensor([60, 40]), { seed });
    await expect(factorisation.at(3, stopAfter(5))).rejects.toThrow(CancelledError);
    expect((await factorisation.at(3)).rank).toBe(3);
  });
});

describe('factoriseSvd on a convolution', () => {
  const shape = [5, 4, 3, 2];
  const tensor = randomTensor(shape);

  it.each(Object.keys(places))('factorises the matrix that %s names', async (scheme) => {
    const factorisation = await factoriseSvd(tensor, { seed });
    const decomposition = await factorisation.at(2, undefined, { scheme });
    expect(decomposition.attributes).toEqual({ scheme });
    expect(decomposition.parameterCount).toBe(parameterCount('svd', shape, 2, { scheme }));
    const [left, right] = decomposition.factors;
    const { data } = await decomposition.reconstruct();
    let at = 0;
    for (let t = 0; t < 5; t++) {
      for (let c = 0; c < 4; c++) {
        for (let h = 0; h < 3; h++) {
          for (let w = 0; w < 2; w++, at++) {
            const [row, column] = places[scheme]([t, c, h, w], shape);
            const columns = right.shape[1];
            const expected =
              left.data[row * 2] * right.data[column] +
              left.data[row * 2 + 1] * right.data[columns + column];
            expect(data[at]).toBeCloseTo(expected, 13);
          }
        }
      }
    }
    const error = await factorisation.errorAt(2, undefined, { scheme });
    expect(Math.abs((error ?? NaN) - distance(data, tensor.data))).toBeLessThan(1e-12);
  });

  it('takes, for a kept fraction, the scheme of smallest error within the budget', async () => {
    const layer = sineTensor([16, 12, 3, 3]);
    const factorisation = await factoriseSvd(layer, { seed });
    for (const kept of [0.1, 0.25, 0.5]) {
      const selection = await factorisation.selectForKept?.(kept);
      const budget = kept * layer.data.length;
      const costs = await Promise.all(
        matricisations(layer.shape).map(async ({ scheme }) => {
          const attributes = { scheme };
          const rank = rankForKept('svd', layer.shape, kept, { attributes }) as number;
          const parameters = parameterCount('svd', layer.shape, rank, attributes);
          const error = (await factorisation.errorAt(rank, undefined, attributes)) ?? NaN;
          return { scheme, rank, parameters, error };
        }),
      );
      const within = costs.filter(({ parameters }) => parameters <= budget);
      const best = within.sort((x, y) => x.error - y.error)[0];
      expect(selection).toEqual({ rank: best.rank, attributes: { scheme: best.scheme } });
    }
  });

  it('loses nothing by keeping more', async () => {
    const factorisation = await factoriseSvd(randomTensor([16, 6, 5, 5]), { seed });
    const errors: number[] = [];
    for (let kept = 0.05; kept < 1; kept += 0.05) {
      const selection = await factorisation.selectForKept?.(kept);
      const { rank = NaN, attributes } = selection ?? {};
      errors.push((await factorisation.errorAt(rank, undefined, attributes)) ?? NaN);
    }
    for (let i = 1; i < errors.length; i++) {
      expect(errors[i]).toBeLessThanOrEqual(errors[i - 1]);
    }
  });

  it('takes the fewest parameters when no scheme meets the budget', async () => {
    const layer = randomTensor([6, 1, 5, 5]);
    const selection = await (await factoriseSvd(layer, { seed })).selectForKept?.(0.05);
    expect(selection).toEqual({ rank: 1, attributes: { scheme: 'channel-out' } });
  });

  it('takes, for a rank alone, the scheme of smallest error, and can be held to one', async () => {
    const free = await factoriseSvd(tensor, { seed });
    const errors = await Promise.all(
      Object.keys(places).map((scheme) => free.errorAt(2, undefined, { scheme })),
    );
    const smallest = Math.min(...errors.map((error) => error ?? NaN));
    expect(await free.errorAt(2)).toBe(smallest);
    const held = await factoriseSvd(tensor, { seed, attributes: { scheme: 'channel-in' } });
    expect((await held.at(2)).attributes.scheme).toBe('channel-in');
    await expect(free.at(2, undefined, { scheme: 'sideways' })).rejects.toThrow(/sideways/);
  });

  it.each([[[6, 4, 3]], [[4, 3, 2, 3, 2]]])('restores shape %j at full rank', async (sizes) => {
    const general = randomTensor(sizes);
    const factorisation = await factoriseSvd(general, { seed });
    for (const { scheme, rows, columns } of matricisations(sizes)) {
      const decomposition = await factorisation.at(Math.min(rows, columns), undefined, { scheme });
      const { shape: restored, data } = await decomposition.reconstruct();
      expect(restored).toEqual(sizes);
      expect(distance(data, general.data)).toBeLessThan(1e-12);
    }
  });

  it('computes the convolution by two layers, whatever stride, padding and dilation', async () => {
    const [T, C, H, W] = [5, 4, 3, 3];
    const kernel = randomTensor([T, C, H, W]);
    const input = randomTensor([C, 9, 11], 8);
    const moves = { stride: [2, 1], padding: [1, 2], dilation: [1, 2] } as const;
    const expected = convolve(input, { kernel, ...moves });
    const factorisation = await factoriseSvd(kernel, { seed });

    const layersOf = async (scheme: string, rank: number) => {
      const { factors } = await factorisation.at(rank, undefined, { scheme });
      const [L, R] = factors.map(({ shape: [rows, columns], data }) => {
        return (i: number, j: number) => (i < rows ? data[i * columns + j] : NaN);
      });
      return { L, R };
    };
    const kernelOf = (sizes: number[], entry: (...index: number[]) => number): DenseTensor => {
      const data = new Float64Array(sizes.reduce((x, y) => x * y));
      data.forEach((_, at) => {
        let rest = at;
        const index = [...sizes].reverse().map((size) => {
          const i = rest % size;
          rest = (rest - i) / size;
          return i;
        });
        data[at] = entry(...index.reverse());
      });
      return { shape: sizes, data };
    };

    const out = await layersOf('channel-out', 5);
    const outLayers = [
      { kernel: kernelOf([5, C, H, W], (q, c, h, w) => out.R(q, (c * H + h) * W + w)), ...moves },
      { kernel: kernelOf([T, 5, 1, 1], (t, q) => out.L(t, q)) },
    ];
    const into = await layersOf('channel-in', 4);
    const inLayers = [
      { kernel: kernelOf([4, C, 1, 1], (q, c) => into.R(q, c)) },
      { kernel: kernelOf([T, 4, H, W], (t, q, h, w) => into.L((t * H + h) * W + w, q)), ...moves },
    ];
    const split = await layersOf('spatial', 12);
    const spatialLayers = [
      {
        kernel: kernelOf([12, C, H, 1], (q, c, h) => split.L(c * H + h, q)),
        stride: [2, 1],
        padding: [1, 0],
        dilation: [1, 1],
      } as const,
      {
        kernel: kernelOf([T, 12, 1, W], (t, q, _, w) => split.R(q, t * W + w)),
        stride: [1, 1],
        padding: [0, 2],
        dilation: [1, 2],
      } as const,
    ];
    for (const layers of [outLayers, inLayers, spatialLayers]) {
      const result = convolveChain(input, layers);
      expect(result.shape).toEqual(expected.shape);
      expect(distance(result.data, expected.data)).toBeLessThan(1e-12 * norm(expected.data));
    }
  });
});

describe('restoreSvd', () => {
  it('rebuilds what was stored', async () => {
    const original = await (await factoriseSvd(randomTensor([5, 4, 3, 2]), { seed })).at(3);
    const restored = restoreSvd(original);
    expect((await restored.reconstruct()).data).toEqual((await original.reconstruct()).data);
    expect(restored.parameterCount).toBe(original.parameterCount);
  });

  it('refuses factors that are missing or do not fit', async () => {
    const original = await (await factoriseSvd(randomTensor([5, 4]), { seed })).at(2);
    expect(() => restoreSvd({ ...original, factors: original.factors.slice(1) })).toThrow(
      FormatError,
    );
    expect(() => restoreSvd({ ...original, shape: [4, 5] })).toThrow(FormatError);
    expect(() => restoreSvd({ ...original, rank: 3 })).toThrow(FormatError);
    expect(() => restoreSvd({ ...original, attributes: { scheme: 'spatial' } })).toThrow(/spatial/);
  });
});

describe('factoriseSvd on a matrix too large to factorise whole', () => {
  it('depends on rank and seed alone, and knows its error', async () => {
    // Low rank plus noise, short side above 1600: the sketch serves ranks up to 54.
    const [m, n] = [1700, 1610];
    const base = matrixWithSpectrum(m, 4, [40, 20, 10, 5]);
    const noise = randomTensor([m, n], 3).data;
    const right = randomTensor([4, n], 4).data;
    const data = noise.map((value, at) => {
      const i = Math.floor(at / n);
      const j = at % n;
      let sum = value * 0.001;
      for (let k = 0; k < 4; k++) {
        sum += base.data[i * 4 + k] * right[k * n + j];
      }
      return sum;
    });
    const tensor = { shape: [m, n], data };
    const factorisation = await factoriseSvd(tensor, { seed: 5 });
    const rank20 = await factorisation.at(20);
    const error20 = (await factorisation.errorAt(20)) ?? NaN;
    const error4 = (await factorisation.errorAt(4)) ?? NaN;
    const { data: approximation } = await rank20.reconstruct();
    expect(error20 / distance(approximation, data)).toBeCloseTo(1, 6);
    expect(error20).toBeLessThan(error4);
    const alone = await (await factoriseSvd(tensor, { seed: 5 })).at(4);
    const shared = await factorisation.at(4);
    expect(alone.factors[0].data).toEqual(shared.factors[0].data);
    // Four strong directions leave the noise: 0.001 sqrt(m n), less a little.
    expect(error4 / (0.001 * Math.sqrt(m * n))).toBeCloseTo(1, 2);
  });

  it('answers as the exact decomposition does where both apply', async () => {
    const matrix = matrixWithSpectrum(30, 20, [3, 1, 0.1]);
    const { s } = await svd(matrix);
    const factorisation = await factoriseSvd({ shape: [30, 20], data: matrix.data }, { seed });
    expect(await factorisation.errorAt(1)).toBeCloseTo(Math.hypot(s[1], s[2]), 12);
  });
});
