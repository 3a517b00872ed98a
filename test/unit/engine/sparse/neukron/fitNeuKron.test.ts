import { describe, expect, it } from 'vitest';
import { FormatError, UnsupportedError, UsageError } from '../../../../../src/failures';
import {
  Decoder,
  fitNeuKron,
  parseState,
  readArtefact,
  serialiseState,
  type FitNeuKronOptions,
  type NeuKronModel,
  type NeuKronState,
} from '../../../../../src/engine/sparse/neukron';
import {
  sparseTensor,
  squaredNorm,
  toDense,
  type SparseTensor,
} from '../../../../../src/engine/sparse/sparseTensor';
import { randomCounts } from '../../../../support/neukronData';

const X = randomCounts([20, 90], 300, 2);
const quick: FitNeuKronOptions = { hidden: 6, epochs: 12, orderWarmup: 2, seed: 3 };

/** ||X - all of the decoder||^2, element by element. */
function denseError(data: SparseTensor, decoder: Decoder): number {
  const all = decoder.all();
  return toDense(data).data.reduce((sum, value, i) => sum + (value - all[i]) ** 2, 0);
}

function expectSame(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  expect(found.length).toBe(wanted.length);
  const norm = Math.hypot(...Array.from(wanted));
  const difference = Math.hypot(...Array.from(found, (value, i) => value - wanted[i]));
  expect(difference).toBeLessThan(1e-5 * norm);
}

describe('a fitted model', () => {
  it.each<[string, SparseTensor, FitNeuKronOptions]>([
    ['a matrix', X, {}],
    ['a wide and a tall one with GRU', randomCounts([90, 20], 300, 5), { cell: 'gru' }],
    [
      'three modes',
      randomCounts([7, 1, 16, 30], 400, 6),
      { scale: 'learned', batches: 1, epochs: 2 },
    ],
    ['half precision', X, { type: 'float16' }],
    ['a vector', randomCounts([70], 30, 6), {}],
    ['two rows of two', randomCounts([2, 2], 3, 6), { hidden: 1 }],
  ])('says the error of its file: %s', async (_, data, options) => {
    const model = await fitNeuKron(data, { ...quick, ...options });
    const norm = squaredNorm(data);
    const file = readArtefact(model.artefact({ withOrders: true }));
    const decoder = new Decoder(file);
    const real = denseError(data, decoder);
    expect(Math.abs(Number(model.details.realSquaredError) - real)).toBeLessThan(1e-5 * norm);
    // Padding counts as zeros, so the error of the grid is the larger one.
    expect(model.squaredError).toBeGreaterThan(real - 1e-5 * norm);
    const grid = decoder.dims.map((size) => 2 ** Math.ceil(Math.log2(size)));
    if (grid.every((size, axis) => size === decoder.dims[axis])) {
      expect(Math.abs(model.squaredError - real)).toBeLessThan(1e-5 * norm);
    }
    expect(model.relativeError).toBeCloseTo(Math.sqrt(model.squaredError / norm), 12);
    // A learned scale may not have found the way yet; then the model says so.
    expect(model.details.worseThanZero === true).toBe(model.squaredError > norm);
    expect(model.squaredError > norm).toBe(options.scale === 'learned');
  });

  it('says the error of the grid exactly where nothing is padded', async () => {
    const data = randomCounts([16, 64], 200, 8);
    for (const type of ['float32', 'float16'] as const) {
      const model = await fitNeuKron(data, { ...quick, type });
      const real = denseError(data, model.decoder);
      expect(Math.abs(model.squaredError / real - 1)).toBeLessThan(1e-5);
    }
  });

  it('generates the same one by one, row by row and all at once', async () => {
    const data = randomCounts([9, 30, 5], 200, 8);
    const { decoder, entry, dims } = await fitNeuKron(data, quick);
    const all = decoder.all();
    const each = all.map((_, at) => entry([Math.floor(at / 150), Math.floor(at / 5) % 30, at % 5]));
    expectSame(each, all);
    for (const [axis, at] of [
      [0, 8],
      [1, 17],
      [2, 0],
    ]) {
      const wanted = all.filter((_, i) => {
        const index = [Math.floor(i / 150), Math.floor(i / 5) % 30, i % 5];
        return index[axis] === at;
      });
      expectSame(decoder.slice(axis, at), wanted);
    }
    expect(() => entry([0, 0])).toThrow(UsageError);
    expect(() => entry([0, 0, dims[2]])).toThrow(UsageError);
    expect(() => entry([0.5, 0, 0])).toThrow(UsageError);
    expect(() => decoder.slice(3, 0)).toThrow(UsageError);
    expect(() => decoder.slice(1, 30)).toThrow(UsageError);
  });

  it('walks through a larger tensor piece by piece, every element once', async () => {
    const data = randomCounts([700, 900], 500, 8);
    const { decoder } = await fitNeuKron(data, { ...quick, hidden: 2, epochs: 1 });
    const seen = new Uint8Array(700 * 900);
    let pieces = 0;
    decoder.forEachPiece(({ indices, values }) => {
      pieces++;
      values.forEach((value, i) => {
        seen[indices[0][i] * 900 + indices[1][i]] += value > 0 ? 1 : 100;
      });
    });
    expect(pieces).toBeGreaterThan(4);
    expect(seen.every((times) => times === 1)).toBe(true);
  });

  it('counts bytes as published, and those of its file', async () => {
    const model = await fitNeuKron(X, { ...quick, hidden: 30, epochs: 1 });
    expect(model.parameters).toBe(7811);
    expect(model.bytes).toBe(31244);
    expect(model.orderBytes).toBe(Math.ceil((20 * 5) / 8) + Math.ceil((90 * 7) / 8));
    const { length } = model.artefact({ withOrders: false });
    expect(length).toBe(model.details.fileBytes);
    expect(length).toBeLessThan(model.bytes);
    expect(model.artefact({ withOrders: true }).length).toBe(length + model.orderBytes);
  });

  it('without orders generates the same values at other places', async () => {
    const model = await fitNeuKron(randomCounts([16, 32], 100, 4), quick);
    const bare = new Decoder(readArtefact(model.artefact({ withOrders: false })));
    const sorted = (values: Float64Array): number[] => [...values].sort((a, b) => a - b);
    expectSame(sorted(bare.all()), sorted(model.decoder.all()));
  });

  it('of a tensor without entries is zero', async () => {
    const empty = sparseTensor(
      [5, 9],
      [new Uint32Array(0), new Uint32Array(0)],
      new Float64Array(0),
    );
    const model = await fitNeuKron(empty, quick);
    expect(model.squaredError).toBe(0);
    expect(model.entry([4, 8])).toBe(0);
  });

  it('is the same for the same seed, and another one for another', async () => {
    const [a, b, c] = [3, 3, 4].map((seed) => fitNeuKron(X, { ...quick, seed }));
    const bytes = async (model: Promise<NeuKronModel>): Promise<Uint8Array> =>
      (await model).artefact({ withOrders: true });
    expect(await bytes(b)).toEqual(await bytes(a));
    expect(await bytes(c)).not.toEqual(await bytes(a));
  });

  it('of an interrupted run is that of the run without interruption', async () => {
    const whole = await fitNeuKron(X, quick);
    const states: (() => NeuKronState)[] = [];
    await fitNeuKron(X, { ...quick, epochs: 5 }, undefined, (_, state) => states.push(state));
    const state = parseState(serialiseState(states[4]()));
    const resumed = await fitNeuKron(X, { resume: state, epochs: 12 });
    expect(resumed.artefact({ withOrders: true })).toEqual(whole.artefact({ withOrders: true }));
    expect(resumed.squaredError).toBe(whole.squaredError);
    await expect(fitNeuKron(randomCounts([20, 90], 300, 9), { resume: state })).rejects.toThrow(
      /another tensor/,
    );
  });
});

describe('values of both signs', () => {
  const signed: SparseTensor = {
    ...X,
    values: X.values.map((value, e) => (e % 3 === 0 ? -value : value)),
  };

  it('are refused by default, in words that name the ways out', async () => {
    await expect(fitNeuKron(signed, quick)).rejects.toThrow(/two models or stored signs/);
  });

  it('become two models whose difference has the error stated', async () => {
    const model = await fitNeuKron(signed, { ...quick, signed: 'two-models' });
    expect(Math.abs(model.squaredError - denseError(signed, model.decoder))).toBeLessThan(
      1e-5 * squaredNorm(signed),
    );
    expect(model.parameters).toBe(2 * (8 * 36 + 20 * 6 + 11));
    const read = new Decoder(readArtefact(model.artefact({ withOrders: true })));
    expect(read.entry([3, 4])).toBe(model.entry([3, 4]));
  });

  it('become magnitudes and a sign for each nonzero', async () => {
    const model = await fitNeuKron(signed, { ...quick, signed: 'signs' });
    const plain = await fitNeuKron(X, quick);
    expect(model.squaredError).toBe(plain.squaredError);
    expect(model.bytes).toBe(plain.bytes + Math.ceil(X.values.length / 8));
    for (const e of [0, 1, 30, X.values.length - 1]) {
      const index = X.indices.map((keys) => keys[e]);
      expect(model.entry(index)).toBe((e % 3 === 0 ? -1 : 1) * plain.entry(index));
    }
    const { signs } = readArtefact(model.artefact({ withOrders: true }));
    expect([...signs!]).toEqual([...signed.values].map((value) => (value < 0 ? 1 : 0)));
  });
});

describe('the .neukron file', () => {
  it('is refused when a byte was changed or it was cut off', async () => {
    const bytes = (await fitNeuKron(X, quick)).artefact({ withOrders: true });
    for (let at = 0; at < bytes.length; at += at < 60 ? 1 : 97) {
      const changed = bytes.slice();
      changed[at] ^= 0x41;
      expect(() => readArtefact(changed)).toThrow(at === 7 ? UnsupportedError : FormatError);
    }
    for (const length of [0, 7, 8, 15, 19, 30, 200, bytes.length - 1]) {
      expect(() => readArtefact(bytes.slice(0, length))).toThrow(FormatError);
    }
    const longer = new Uint8Array(bytes.length + 3);
    longer.set(bytes);
    expect(() => readArtefact(longer)).toThrow(FormatError);
  });

  it('is refused when a number in it makes no sense although the checksum fits', async () => {
    const { crc32 } = await import('node:zlib');
    // Orders as they are, so that a position with all bits changed is another one's.
    const plain: FitNeuKronOptions = { ...quick, order: 'as-is', orderUpdates: 0 };
    const bytes = (await fitNeuKron(X, plain)).artefact({ withOrders: true });
    const part = 12 + 8;
    const edits: [number, number, RegExp][] = [
      [8, 3, /3 parts/],
      [8, 2, /ends in|part/],
      [9, 7, /type 7/],
      [10, 64, /flags/],
      [11, 0, /0 modes/],
      [15, 255, /cannot code/],
      [part, 5, /kind 5/],
      [part + 1, 5, /reserved/],
      [part + 2, 7, /numbers where/],
      [part + 3, 255, /hidden units/],
      [part + 4, 1, /numbers where/],
      [part + 15, 0xff, /scale/],
      [part + 19, 0xff, /ends in|finite|position/],
      [bytes.length - 6, bytes[bytes.length - 6] ^ 0xff, /position|finite/],
    ];
    for (const [at, value, message] of edits) {
      const changed = bytes.slice();
      changed[at] = value;
      if (at === part + 19) {
        changed[part + 18] = 0xff;
      }
      const end = changed.length - 4;
      new DataView(changed.buffer).setUint32(end, crc32(changed.subarray(0, end)), true);
      expect(() => readArtefact(changed), `byte ${at}`).toThrow(message);
    }
  });
});
