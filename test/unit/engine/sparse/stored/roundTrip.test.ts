import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError, UsageError } from '../../../../../src/failures';
import { unattended } from '../../../../../src/engine/job';
import { fitCp } from '../../../../../src/engine/sparse/cp';
import { fitCur } from '../../../../../src/engine/sparse/cur';
import type { KronFitModel } from '../../../../../src/engine/sparse/kronFit';
import { readAttempt, type FittedModel } from '../../../../../src/engine/sparse/methods';
import { fitNeuKron } from '../../../../../src/engine/sparse/neukron';
import type { SparseModel } from '../../../../../src/engine/sparse/sparseModel';
import {
  sparseTensor,
  squaredNorm,
  toDense,
  type SparseTensor,
} from '../../../../../src/engine/sparse/sparseTensor';
import { storedBytes, type StoredSparse } from '../../../../../src/engine/sparse/stored';
import { fitTsvd } from '../../../../../src/engine/sparse/tsvd';
import { fitTucker } from '../../../../../src/engine/sparse/tucker';
import type { SparseAttempt } from '../../../../../src/protocol/sparse';
import { denseError, randomSparse } from '../../../../support/sparse';
import { stopAfter } from '../../../../support/stopAfter';
import {
  allIndices,
  factorCases,
  fromPieces,
  gappyMatrix,
  gappyTensor,
  neukron,
  relativeDifference,
  reopened,
} from './models';

describe.each(factorCases)('a file of $name', ({ X, isExact, fit }) => {
  const indices = allIndices(X.dims);
  let model: SparseModel;
  let stored: StoredSparse;
  let bytes: Uint8Array;
  beforeAll(async () => {
    model = await fit();
    ({ stored, bytes } = await reopened(model, X));
  });

  it('generates the entries of the model', () => {
    const tolerance = isExact ? 1e-12 : 1e-6;
    const entries = indices.map((index) => stored.entry(index));
    const wanted = indices.map((index) => model.entry(index));
    expect(relativeDifference(entries, wanted)).toBeLessThan(tolerance);
  });

  it('generates every element once in pieces, the same as one by one', () => {
    const entries = indices.map((index) => stored.entry(index));
    expect(relativeDifference(fromPieces(stored), entries)).toBeLessThan(1e-12);
  });

  it('leaves out only zeros where it goes through what is possible', () => {
    const left = toDense(X).data.map((_, at) => stored.entry(indices[at]));
    stored.forEachPossible((piece) => {
      for (let i = 0; i < piece.values.length; i++) {
        left[X.dims.reduce((sum, size, mode) => sum * size + piece.indices[mode][i], 0)] = 0;
      }
    }, unattended);
    expect(left.every((value) => value === 0)).toBe(true);
  });

  it('has the error of the model, and of its elements one by one', () => {
    const error = stored.squaredError(X, unattended);
    const tolerance = (isExact ? 1e-9 : 1e-6) * squaredNorm(X);
    expect(Math.abs(error - model.squaredError)).toBeLessThan(tolerance);
    const dense = denseError(X, { ...model, entry: (index) => stored.entry(index) });
    expect(Math.abs(error - dense)).toBeLessThan(1e-9 * squaredNorm(X));
  });

  it('tells sizes, settings and what it was made from', () => {
    expect(stored).toMatchObject({
      method: model.method,
      dims: X.dims,
      size: bytes.length,
      hasOrders: true,
      nonzeros: X.values.length,
      details: model.details,
      stated: { squaredNorm: squaredNorm(X), squaredError: model.squaredError },
    });
    if (model.method !== 'cur') {
      expect(stored.parameters).toBe(model.parameters);
    }
  });

  it('is the same bytes again, and of another fit with the same seed', async () => {
    const options = { withOrders: true, type: 'float32' } as const;
    expect(await storedBytes(model, X, options)).toEqual(bytes);
    expect(await storedBytes(await fit(), X, options)).toEqual(bytes);
  });

  it('refuses indices outside, tensors of other sizes, and float16', async () => {
    expect(() => stored.entry(X.dims)).toThrow(UsageError);
    const other = sparseTensor(
      X.dims.map((size) => size + 1),
      X.indices,
      X.values,
    );
    expect(() => stored.squaredError(other, unattended)).toThrow(UsageError);
    await expect(storedBytes(model, X, { withOrders: true, type: 'float16' })).rejects.toThrow(
      /Only NeuKron/,
    );
  });

  it('can be stopped while it generates', () => {
    expect(() => stored.forEachPiece(() => {}, stopAfter(1))).toThrow(CancelledError);
  });
});

describe('a file of 16-bit numbers', () => {
  it('can be stopped while its scale is computed anew', async () => {
    const X = randomSparse([9, 12], 40, 1);
    const model = await fitNeuKron(X, { hidden: 3, epochs: 1 });
    const options = { withOrders: true, type: 'float16' } as const;
    await expect(storedBytes(model, X, options, stopAfter(1))).rejects.toThrow(CancelledError);
    expect((await storedBytes(model, X, options)).length).toBeGreaterThan(0);
  });
});

describe('files of factors', () => {
  it('keep a column that CUR drew twice once', async () => {
    const X = randomSparse([6, 5], 20, 1);
    const model = await fitCur(X, { columns: 5, rows: 6, rank: 4, seed: 1 });
    expect(model.details.distinctColumns).toBeLessThan(5);
    const { stored } = await reopened(model, X);
    expect(stored.parameters).toBeLessThan(model.parameters);
    expect(stored.squaredError(X, unattended)).toBeCloseTo(model.squaredError, 9);
  });

  it('take a tensor of 2^31 columns of which few have entries', async () => {
    const X = sparseTensor(
      [3, 2 ** 31],
      [Uint32Array.of(0, 1, 2), Uint32Array.of(5, 2 ** 31 - 1, 7)],
      Float64Array.of(2, 3, -4),
    );
    const { stored, bytes } = await reopened(await fitTsvd(X, { rank: 2 }), X);
    expect(bytes.length).toBeLessThan(2000);
    expect(stored.entry([1, 2 ** 31 - 1])).toBeCloseTo(3, 10);
    expect(stored.entry([1, 9])).toBe(0);
    expect(stored.squaredError(X, unattended)).toBeCloseTo(4, 9);
    let elements = 0;
    stored.forEachPossible(({ values }) => (elements += values.length), unattended);
    expect(elements).toBe(9);
  });

  it.each([
    ['tsvd', fitTsvd],
    ['cp', fitCp],
    ['tucker', (X: typeof gappyMatrix) => fitTucker(X, { ranks: 2 })],
    ['cur', (X: typeof gappyMatrix) => fitCur(X, { rank: 1, columns: 1, rows: 1 })],
  ] as const)('stand for zeros where the tensor had no entries: %s', async (_, fit) => {
    const X = sparseTensor([3, 4], [new Uint32Array(0), new Uint32Array(0)], new Float64Array(0));
    const model = await fit(X, { rank: 2 });
    const { stored } = await reopened(model, X);
    expect(fromPieces(stored)).toEqual(new Float64Array(12));
    expect(stored.entry([2, 3])).toBe(0);
    expect(stored.squaredError(X, unattended)).toBe(0);
  });

  it('of KronFit without orders keep the seed alone, in its own order', async () => {
    const { fit, X } = factorCases.find(({ name }) => name === 'kronfit, power 2')!;
    const model = await fit();
    const without = await reopened(model, X, { withOrders: false });
    const { bytes } = await reopened(model, X);
    expect(without.stored.hasOrders).toBe(false);
    expect(without.bytes.length).toBeLessThan(bytes.length - 60);
    const theta = (model as KronFitModel).seed.data;
    expect(without.stored.entry([0, 0])).toBeCloseTo(theta[0] ** 2, 12);
  });

  it('of KronFit take as many bits for a position as its grid needs', async () => {
    const { fit, X } = factorCases.find(({ name }) => name === 'kronfit, power 2')!;
    const model = await fit();
    const [full, bare] = [true, false].map((withOrders) =>
      storedBytes(model, X, { withOrders, type: 'float32' }),
    );
    const header = (bytes: Uint8Array): number =>
      Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const data = (bytes: Uint8Array): number => bytes.length - 8 - header(bytes);
    // 30 rows in a grid of 36, 41 columns in one of 49: 6 bits each, in whole bytes.
    expect(data(await full) - data(await bare)).toBe(Math.ceil(180 / 8) + Math.ceil(246 / 8));
  });
});

interface GridCase {
  readonly name: string;
  readonly X: SparseTensor;
  readonly grid: readonly number[];
  readonly model: Promise<FittedModel>;
}

/** Sizes that fill no grid, one of them 1. */
const gridCases: readonly GridCase[] = [
  gridCase('NeuKron, a matrix', gappyMatrix, [32, 64], 'neukron', {
    ...{ hidden: 5, epochs: 6, order: 'random' },
  }),
  gridCase('NeuKron, three modes', gappyTensor, [8, 16, 8], 'neukron', {
    ...{ hidden: 5, epochs: 6, cell: 'gru', order: 'random' },
  }),
  gridCase('NeuKron, a mode of size 1', randomSparse([1, 37, 5], 40, 2), [1, 64, 8], 'neukron', {
    ...{ hidden: 5, epochs: 6, order: 'random' },
  }),
  gridCase('KronFit, power 2', gappyMatrix, [36, 49], 'kronfit', { epochs: 6 }),
  gridCase('KronFit, power 3', gappyMatrix, [64, 64], 'kronfit', { power: 3, epochs: 6 }),
];

function gridCase(
  name: string,
  X: SparseTensor,
  grid: readonly number[],
  method: 'neukron' | 'kronfit',
  options: SparseAttempt['options'],
): GridCase {
  return { name, X, grid, model: readAttempt({ method, options }).fit(X, 4, unattended) };
}

describe.each(gridCases)('a file without orders: $name', ({ X, grid, model: making }) => {
  let fitted: FittedModel;
  let stored: StoredSparse;
  beforeAll(async () => {
    fitted = await making;
    ({ stored } = await reopened(fitted.model, X, { withOrders: false }));
  });

  const placeOf = (index: readonly number[]): number[] =>
    index.map((i, mode) => fitted.orders?.[mode]?.[i] ?? i);

  it('stands for all of the padded grid', () => {
    expect(stored).toMatchObject({ dims: grid, hasOrders: false, details: { sizes: X.dims } });
    expect(relativeDifference(fromPieces(stored), allIndices(grid).map(stored.entry))).toBeLessThan(
      1e-5,
    );
  });

  it('has every entry of the model exactly, at the places of its rows and columns', () => {
    const wanted = allIndices(X.dims).map((index) => fitted.model.entry(index));
    const places = allIndices(X.dims).map(placeOf);
    expect(new Set(places.map(String)).size).toBe(wanted.length);
    expect(places.some((place) => place.some((at, mode) => at >= X.dims[mode]))).toBe(true);
    const found = places.map((place) => stored.entry(place));
    // Kronecker powers are multiplied in the same order, and networks asked the same.
    expect(found).toEqual(wanted);
  });

  it('has the squares of the model in the whole grid, and its error where X lies in it', () => {
    const placed = sparseTensor(
      grid,
      X.indices.map((keys, mode) => keys.map((i) => fitted.orders?.[mode]?.[i] ?? i)),
      X.values.slice(),
    );
    const error = stored.squaredError(placed, unattended);
    const dense = denseError(placed, { ...fitted.model, entry: stored.entry, dims: grid });
    expect(Math.abs(error - dense)).toBeLessThan(1e-6 * squaredNorm(X));
    const { method, squaredError, details } = fitted.model;
    const counted = method === 'neukron' ? squaredError : Number(details.paddedSquaredError);
    expect(Math.abs(error - counted)).toBeLessThan(1e-9 * squaredNorm(X));
  });
});

describe('a .neukron file opened', () => {
  const positive = gappyMatrix;
  const signed = randomSparse([20, 14], 60, 7, (random) => (random.next() < 0.4 ? -2 : 3));

  it.each([
    ['a matrix', positive, {}],
    ['three modes', gappyTensor, { cell: 'gru' }],
    ['a learned scale', positive, { scale: 'learned' }],
    ['stored signs', signed, { signed: 'signs' }],
    ['two networks', signed, { signed: 'two-models' }],
  ] as const)('has entries and error of the model: %s', async (_, X, options) => {
    const model = await neukron(X, options);
    const { stored } = await reopened(model, X);
    const indices = allIndices(X.dims);
    const hasSigns = 'signed' in options && options.signed === 'signs';
    const wanted = indices
      .map((index) => model.entry(index))
      .map((v) => (hasSigns ? Math.abs(v) : v));
    expect(indices.map((index) => stored.entry(index))).toEqual(wanted);
    expect(relativeDifference(fromPieces(stored), wanted)).toBeLessThan(1e-5);
    expect(stored.squaredError(X, unattended)).toBeCloseTo(model.squaredError, 9);
    expect(stored.parameters).toBe(model.parameters);
    expect(stored.nonzeros).toBe(hasSigns ? X.values.length : undefined);
    expect(stored.details).toMatchObject({ hidden: 5, type: 'float32' });
    expect(stored.hasOrders).toBe(true);
  });

  it('takes half the bytes in float16, and measures the error of what it holds', async () => {
    const model = await neukron(positive, { hidden: 20, epochs: 30 });
    const full = await reopened(model, positive);
    const half = await reopened(model, positive, { type: 'float16' });
    expect(half.stored.details.type).toBe('float16');
    expect(half.bytes.length).toBeLessThan(0.53 * full.bytes.length);
    const error = half.stored.squaredError(positive, unattended);
    const fitted = await neukron(positive, { hidden: 20, epochs: 30, type: 'float16' });
    expect(half.bytes).toEqual(fitted.artefact({ withOrders: true }));
    expect(error).toBeCloseTo(fitted.squaredError, 9);
    expect(error).not.toBe(model.squaredError);
    expect(Math.abs(error / model.squaredError - 1)).toBeLessThan(1e-2);
  });

  it('without orders refuses what does not lie in its grid', async () => {
    const model = await neukron(positive);
    const { stored } = await reopened(model, positive, { withOrders: false });
    expect(() => stored.squaredError(positive, unattended)).toThrow(/cannot be compared/);
    expect(() => stored.entry([32, 0])).toThrow(UsageError);
  });

  it('without orders generates the same elements at other places', async () => {
    const X = randomSparse([16, 8], 40, 2);
    const model = await neukron(X, { order: 'random' });
    const { stored } = await reopened(model, X);
    const own = await reopened(model, X, { withOrders: false });
    expect(own.stored.hasOrders).toBe(false);
    expect(fromPieces(own.stored)).not.toEqual(fromPieces(stored));
    // Sizes are powers of two, so that no element belongs to the padding.
    const sorted = fromPieces(own.stored).sort();
    expect(relativeDifference(sorted, fromPieces(stored).sort())).toBeLessThan(1e-6);
    expect(own.stored.squaredError(X, unattended)).toBeCloseTo(
      denseError(X, { ...model, entry: (index) => own.stored.entry(index) }),
      4,
    );
  });

  it('without orders, with signs, has the error of the magnitudes in its grid', async () => {
    const X = randomSparse([16, 8], 40, 2, (random) => (random.next() < 0.4 ? -2 : 3));
    const options = { method: 'neukron', options: { hidden: 5, epochs: 6 } } as const;
    const magnitudes = { ...X, values: X.values.map(Math.abs) };
    const { orders } = await readAttempt(options).fit(magnitudes, 4, unattended);
    const model = await neukron(X, { signed: 'signs' });
    const { stored } = await reopened(model, X, { withOrders: false });
    const placed = sparseTensor(
      [16, 8],
      X.indices.map((keys, mode) => keys.map((i) => orders![mode]![i])),
      X.values.slice(),
    );
    expect(stored.squaredError(placed, unattended)).toBeCloseTo(model.squaredError, 9);
  });

  it('refuses signs of another tensor and other sizes', async () => {
    const model = await neukron(signed, { signed: 'signs' });
    const { stored } = await reopened(model, signed);
    const other = randomSparse([20, 14], 10, 1);
    expect(() => stored.squaredError(other, unattended)).toThrow(/signs of/);
    expect(() => stored.squaredError(positive, unattended)).toThrow(/cannot be compared/);
  });
});
