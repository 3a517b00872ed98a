import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CancelledError, OutOfMemoryError, UsageError } from '../../../../../src/failures';
import { sparseDecode } from '../../../../../src/engine/sparse/calls/decode';
import { unattended, type Job } from '../../../../../src/engine/job';
import { readAttempt } from '../../../../../src/engine/sparse/methods';
import { fitCp } from '../../../../../src/engine/sparse/cp';
import type { SparseModel } from '../../../../../src/engine/sparse/sparseModel';
import {
  fromDense,
  sparseTensor,
  type SparseTensor,
} from '../../../../../src/engine/sparse/sparseTensor';
import { storedBytes } from '../../../../../src/engine/sparse/stored';
import { fitTsvd } from '../../../../../src/engine/sparse/tsvd';
import { readSparse } from '../../../../../src/formats/sparse/registry';
import { openLocalFile } from '../../../../../src/io/localFile';
import type { SparseDecodeReport, SparseDecodeRequest } from '../../../../../src/protocol/sparse';
import { randomSparse } from '../../../../support/sparse';
import { stopAfter } from '../../../../support/stopAfter';
import { temporaryFolder } from '../../../../support/temporaryFolder';
import { allIndices, factorCases, gappyMatrix, gappyTensor, neukron } from '../stored/models';

interface Written {
  readonly folder: string;
  readonly path: string;
  decode(
    name: string,
    keep: SparseDecodeRequest['keep'],
    options?: { readonly round?: boolean; readonly job?: Job },
  ): Promise<{ readonly report: SparseDecodeReport; read(): Promise<SparseTensor> }>;
}

async function written(model: SparseModel, X: SparseTensor, withOrders = true): Promise<Written> {
  const folder = temporaryFolder();
  const path = join(folder, 'model.bin');
  writeFileSync(path, await storedBytes(model, X, { withOrders, type: 'float32' }));
  return {
    folder,
    path,
    async decode(name, keep, { round, job = unattended } = {}) {
      const output = { path: join(folder, name), temporary: join(folder, `${name}.tmp`) };
      const report = await sparseDecode(
        { path, keep, output, ...(round !== undefined && { round }) },
        job,
      );
      return {
        report,
        read: async () => (await readSparse(await openLocalFile(output.path))).tensor,
      };
    },
  };
}

/** Entries of the model one by one, those that pass alone. */
function expected(
  model: SparseModel,
  passes: (value: number) => boolean,
  change: (value: number) => number = (value) => value,
): SparseTensor {
  const data = Float64Array.from(allIndices(model.dims), (index) => change(model.entry(index)));
  return fromDense({ shape: model.dims, data: data.map((value) => (passes(value) ? value : 0)) });
}

/** Equal places, values to rounding. */
function requireSame(found: SparseTensor, wanted: SparseTensor): void {
  expect(found.dims).toEqual(wanted.dims);
  expect(found.indices).toEqual(wanted.indices);
  found.values.forEach((value, e) => expect(value).toBeCloseTo(wanted.values[e], 5));
}

describe.each(factorCases)('decoding a file of $name', ({ X, fit }) => {
  it('writes the entries of at least a magnitude, sorted, and reads back', async () => {
    const model = await fit();
    const file = await written(model, X);
    const magnitudes = allIndices(X.dims).map((index) => Math.abs(model.entry(index)));
    const [smaller, larger] = magnitudes
      .filter((magnitude) => magnitude > 0)
      .sort((a, b) => b - a)
      .filter((magnitude, n, all) => n === 0 || magnitude < 0.999 * all[n - 1])
      .slice(2, 4)
      .reverse();
    // Between two magnitudes, so that rounding does not decide.
    const threshold = (smaller + larger) / 2;
    const { report, read } = await file.decode('x.tns', { threshold });
    const wanted = expected(model, (value) => Math.abs(value) >= threshold);
    expect(wanted.values.length).toBeGreaterThan(2);
    requireSame(await read(), wanted);
    expect(report).toMatchObject({
      method: model.method,
      dims: X.dims,
      entries: wanted.values.length,
      outputBytes: readFileSync(join(file.folder, 'x.tns')).length,
    });
    expect(report.smallest).toBeGreaterThanOrEqual(threshold);
    expect(report.smallest).toBeLessThan(larger * 1.001);
    expect(readdirSync(file.folder).sort()).toEqual(['model.bin', 'x.tns']);
  });
});

describe('decoding', () => {
  it('a network writes .mtx, plain and compressed, the same bytes each time', async () => {
    const model = await neukron(gappyMatrix);
    const file = await written(model, gappyMatrix);
    const { report, read } = await file.decode('x.mtx', { largest: 50 });
    expect(report).toMatchObject({ method: 'neukron', entries: 50 });
    const found = await read();
    const sorted = allIndices(model.dims)
      .map((index) => model.entry(index))
      .sort((a, b) => b - a);
    expect(found.values.toSorted().toReversed()[49]).toBeCloseTo(sorted[49], 5);
    found.values.forEach((value, e) => {
      const index = found.indices.map((keys) => keys[e]);
      expect(value / model.entry(index)).toBeCloseTo(1, 4);
    });
    const packed = await file.decode('x.mtx.gz', { largest: 50 });
    expect(await packed.read()).toEqual(found);
    const bytes = readFileSync(join(file.folder, 'x.mtx.gz'));
    expect(bytes.length).toBe(packed.report.outputBytes);
    expect(gunzipSync(bytes)).toEqual(readFileSync(join(file.folder, 'x.mtx')));
    await file.decode('y.mtx.gz', { largest: 50 });
    expect(readFileSync(join(file.folder, 'y.mtx.gz'))).toEqual(bytes);
  });

  it('takes equal entries in row-major order', async () => {
    // Rank 1 with entries of two magnitudes, in columns after empty ones.
    const X = sparseTensor(
      [3, 9],
      [Uint32Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2), Uint32Array.of(2, 5, 8, 2, 5, 8, 2, 5, 8)],
      Float64Array.of(2, 2, 4, -2, -2, -4, 2, 2, 4),
    );
    const file = await written(await fitTsvd(X, { rank: 1 }), X);
    const { read } = await file.decode('x.mtx', { largest: 5 }, { round: true });
    const { indices, values } = await read();
    expect([...values]).toEqual([2, 2, 4, -4, 4]);
    expect([...indices[0]]).toEqual([0, 0, 0, 1, 2]);
    expect([...indices[1]]).toEqual([2, 5, 8, 8, 8]);
  });

  it('rounds before it compares, halves away from 0', async () => {
    const X = sparseTensor(
      [2, 3],
      [Uint32Array.of(0, 0, 1, 1), Uint32Array.of(0, 1, 0, 2)],
      Float64Array.of(2.5, -2.5, 0.4, -7.2),
    );
    const file = await written(await fitTsvd(X, { rank: 2 }), X);
    const { read, report } = await file.decode('x.mtx', { threshold: 0.45 }, { round: true });
    expect([...(await read()).values].map(Math.abs)).toEqual([3, 3, 7]);
    expect(report.smallest).toBe(3);
    expect((await file.decode('y.mtx', { threshold: 0.3 })).report.entries).toBe(4);
  });

  it('writes a file without entries when none passes, which reads back', async () => {
    const matrix = await written(await fitTsvd(gappyMatrix, { rank: 2 }), gappyMatrix);
    const none = await matrix.decode('x.mtx', { threshold: 1e6 });
    expect(none.report.entries).toBe(0);
    expect(none.report).not.toHaveProperty('smallest');
    expect(await none.read()).toMatchObject({
      dims: gappyMatrix.dims,
      values: new Float64Array(0),
    });
    const tensor = await written(await fitCp(gappyTensor, { rank: 2 }), gappyTensor);
    const empty = await tensor.decode('x.tns', { threshold: 1e6 });
    expect((await empty.read()).dims).toEqual(gappyTensor.dims);
  });

  it('keeps all that is not 0 at the threshold 0, and no more than there is of the largest', async () => {
    const model = await fitCp(gappyTensor, { rank: 3 });
    const file = await written(model, gappyTensor);
    const all = await (await file.decode('x.tns', { threshold: 0 })).read();
    requireSame(
      all,
      expected(model, () => true),
    );
    const { report } = await file.decode('y.tns', { largest: 1e12 });
    expect(report.entries).toBe(all.values.length);
  });

  it.each([
    ['NeuKron', { method: 'neukron', options: { hidden: 5, epochs: 6, order: 'random' } }],
    ['KronFit', { method: 'kronfit', options: { epochs: 6, order: 'random' } }],
  ] as const)(
    'a file without orders keeps every entry that one with orders has: %s',
    async (_, attempt) => {
      const X = randomSparse([19, 11], 60, 2);
      const { model, orders } = await readAttempt(attempt).fit(X, 4, unattended);
      const [own, known] = [await written(model, X, false), await written(model, X)];
      const sorted = allIndices(X.dims).map((index) => model.entry(index));
      sorted.sort((a, b) => b - a);
      const threshold = (sorted[40] + sorted[41]) / 2;
      const bare = await (await own.decode('x.mtx', { threshold })).read();
      const full = await (await known.decode('x.mtx', { threshold })).read();
      expect(full.values.length).toBe(41);
      expect(full.dims).toEqual([19, 11]);
      expect(bare.dims[0]).toBeGreaterThan(19);
      const found = new Map(
        Array.from(bare.values, (value, e) => [
          `${bare.indices[0][e]},${bare.indices[1][e]}`,
          value,
        ]),
      );
      expect(full.indices).not.toEqual(bare.indices.map((keys) => keys.slice(0, 41)));
      full.values.forEach((value, e) => {
        const place = full.indices.map((keys, mode) => orders![mode]![keys[e]]);
        expect(found.get(place.join())).toBe(value);
      });
    },
  );

  it('refuses what it cannot write or keep', async () => {
    const file = await written(await fitCp(gappyTensor, { rank: 2 }), gappyTensor);
    await expect(file.decode('x.mtx', { threshold: 1 })).rejects.toThrow(/write a .tns file/);
    await expect(file.decode('x.npz', { threshold: 1 })).rejects.toThrow(/should end in .mtx/);
    await expect(file.decode('x.tns', { threshold: -1 })).rejects.toThrow(UsageError);
    await expect(file.decode('x.tns', { threshold: NaN })).rejects.toThrow(UsageError);
    await expect(file.decode('x.tns', { largest: 0 })).rejects.toThrow(/whole number from 1/);
    const itself = { path: file.path, temporary: `${file.path}.tmp` };
    await expect(
      sparseDecode({ path: file.path, keep: { largest: 1 }, output: itself }, unattended),
    ).rejects.toThrow(UsageError);
    expect(readdirSync(file.folder)).toEqual(['model.bin']);
  });

  it('says how many entries would pass where the memory does not hold them', async () => {
    const X = randomSparse([400, 300], 2000, 9);
    const file = await written(await fitTsvd(X, { rank: 3 }), X);
    const job = { ...unattended, memoryLimit: 4 * 24 * 70_000 };
    await expect(file.decode('x.mtx', { threshold: 0 }, { job })).rejects.toThrow(
      /entries have a magnitude of at least 0, more than the 70000 .* A threshold of [\d.e-]+ keeps/,
    );
    await expect(file.decode('x.mtx', { threshold: 0 }, { job })).rejects.toThrow(OutOfMemoryError);
    expect((await file.decode('x.mtx', { largest: 20_000 }, { job })).report.entries).toBe(20_000);
  });

  it('refuses to go through more elements than a day allows', async () => {
    const count = 1_100_000;
    const ones = Uint32Array.from({ length: count }, (_, i) => i);
    const X = sparseTensor([count, count], [ones, ones.slice()], new Float64Array(count).fill(1));
    const identity = { ...(await fitTsvd(gappyMatrix, { rank: 1 })) };
    const thin = {
      ...identity,
      dims: X.dims,
      left: { rows: count, columns: 1, data: new Float64Array(count).fill(1) },
      right: { rows: count, columns: 1, data: new Float64Array(count).fill(1) },
      places: [undefined, undefined],
    };
    const file = await written(thin, X);
    await expect(file.decode('x.mtx', { largest: 5 })).rejects.toThrow(/days or more/);
  });

  it('can be stopped, and leaves nothing behind', async () => {
    const file = await written(await fitTsvd(gappyMatrix, { rank: 2 }), gappyMatrix);
    // The first call opens the file, which the others find open.
    await file.decode('whole.mtx', { largest: 100 });
    let looks = 0;
    const counting = { ...unattended, throwIfCancelled: () => void looks++ };
    await file.decode('whole.mtx', { largest: 100 }, { job: counting });
    expect(looks).toBeGreaterThan(4);
    for (let look = 1; look <= looks; look++) {
      await expect(
        file.decode('x.mtx', { largest: 100 }, { job: stopAfter(look) }),
      ).rejects.toThrow(CancelledError);
      expect(existsSync(join(file.folder, 'x.mtx'))).toBe(false);
    }
    expect(readdirSync(file.folder).sort()).toEqual(['model.bin', 'whole.mtx']);
  });
});
