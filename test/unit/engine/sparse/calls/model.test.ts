import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileError, FormatError, UsageError } from '../../../../../src/failures';
import { sparseEntries } from '../../../../../src/engine/sparse/calls/entries';
import { sparseModel } from '../../../../../src/engine/sparse/calls/model';
import { storedBytes } from '../../../../../src/engine/sparse/stored';
import { fitTsvd } from '../../../../../src/engine/sparse/tsvd';
import { temporaryFolder } from '../../../../support/temporaryFolder';
import { allIndices, gappyMatrix as X, neukron } from '../stored/models';

const options = { withOrders: true, type: 'float32' } as const;

describe('a compressed tensor told and asked', () => {
  it('says what a file of factors stands for, and its entries', async () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    const model = await fitTsvd(X, { rank: 3 });
    const bytes = await storedBytes(model, X, options);
    writeFileSync(path, bytes);
    expect(await sparseModel({ path })).toEqual({
      path,
      name: 'a.safetensors',
      size: bytes.length,
      method: 'tsvd',
      dims: X.dims,
      parameters: 3 * (30 + 41 + 1),
      hasOrders: true,
      nonzeros: X.values.length,
      details: {
        ...model.details,
        squaredError: model.squaredError,
        relativeError: model.relativeError,
      },
    });
    const indices = allIndices(X.dims);
    const { values, microseconds } = await sparseEntries({ path, indices });
    values.forEach((value, at) => expect(value).toBeCloseTo(model.entry(indices[at]), 10));
    expect(microseconds).toBeGreaterThan(0);
    expect(await sparseEntries({ path, indices: [] })).toEqual({ values: [], microseconds: 0 });
    await expect(sparseEntries({ path, indices: [[30, 0]] })).rejects.toThrow(UsageError);
    await expect(sparseEntries({ path, indices: [[0.5, 0]] })).rejects.toThrow(UsageError);
  });

  it('says what a network stands for, with and without orders', async () => {
    const path = join(temporaryFolder(), 'a.neukron');
    const model = await neukron(X, { cell: 'gru' });
    writeFileSync(path, model.artefact({ withOrders: true }));
    const info = await sparseModel({ path });
    expect(info).toMatchObject({
      method: 'neukron',
      dims: X.dims,
      parameters: model.parameters,
      hasOrders: true,
      details: { cell: 'gru', hidden: 5, type: 'float32' },
    });
    expect(info).not.toHaveProperty('nonzeros');
    const { values } = await sparseEntries({ path, indices: [[3, 5]] });
    expect(values[0]).toBeCloseTo(model.entry([3, 5]), 12);
    writeFileSync(path, model.artefact({ withOrders: false }));
    expect(await sparseModel({ path })).toMatchObject({
      hasOrders: false,
      dims: [32, 64],
      details: { sizes: [30, 41] },
    });
  });

  it('reads a file anew when it was replaced by another of the same size', async () => {
    const path = join(temporaryFolder(), 'a.neukron');
    const [one, other] = [await neukron(X), await neukron(X, { seed: 5 })];
    for (const model of [one, other, one]) {
      writeFileSync(path, model.artefact({ withOrders: true }));
      const { values } = await sparseEntries({ path, indices: [[3, 5]] });
      expect(values[0]).toBeCloseTo(model.entry([3, 5]), 12);
    }
  });

  it('fails in words for a file that is missing or something else', async () => {
    const path = join(temporaryFolder(), 'a.neukron');
    await expect(sparseModel({ path })).rejects.toThrow(FileError);
    writeFileSync(path, 'hello');
    await expect(sparseEntries({ path, indices: [] })).rejects.toThrow(FormatError);
  });
});
