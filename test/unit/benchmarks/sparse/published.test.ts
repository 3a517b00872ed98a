import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  email,
  emailEpoch,
  emailErrors,
  exampleTensor,
  isSizeOf,
} from '../../../../src/benchmarks/sparse/published';
import { tradeOffSettings } from '../../../../src/benchmarks/sparse/tradeOffSettings';
import { publishedSettings } from '../../../../src/engine/sparse/publishedSettings';
import { readTensor } from '../../../../src/engine/sparse/readTensor';
import { squaredNorm } from '../../../../src/engine/sparse/sparseTensor';
import { sharedPath } from '../../../support/shared';

const methods = sharedPath('methods/07-neukron.md');
const matrix = sharedPath('data/sparse/email.mtx.gz');
const tensor = sharedPath('data/sparse/neukron/example_tensor.txt');

describe('published figures', () => {
  it.skipIf(methods === undefined)('are those of the description of the method', () => {
    const text = readFileSync(methods ?? '', 'utf8').replaceAll('*', '');
    const row =
      /^\| email \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) ± ([\d.]+) \| ([\d.]+) ± ([\d.]+) \|$/m;
    const [, ...figures] = (row.exec(text) ?? []).map(Number);
    expect(figures).toHaveLength(6);
    emailErrors.forEach(({ mean, standardError }, i) => {
      expect(mean).toBe(figures[2 * i]);
      expect(standardError).toBeCloseTo(figures[2 * i + 1], 2);
    });
    expect(text).toContain(`email (${emailEpoch.hidden}) ${emailEpoch.mean},`);
    expect(text).toContain('1,005 x 25,919 | 92,159');
    expect(text).toMatch(/losses 437\.3301239 and 84931\.13431/);
    expect(exampleTensor.checkpoint.loss).toBe(84931.13431);
  });

  it.skipIf(matrix === undefined)('belong to data of the size that is named', async () => {
    const X = await readTensor(matrix ?? '');
    expect(isSizeOf(email, { dims: X.dims, nonzeros: X.values.length })).toBe(true);
    expect(squaredNorm(X)).toBe(email.nonzeros);
    expect(isSizeOf(email, { dims: X.dims, nonzeros: 1 })).toBe(false);
    expect(isSizeOf(email, { dims: [25919, 1005], nonzeros: 92159 })).toBe(false);
  });

  it.skipIf(tensor === undefined)('of the example tensor belong to its size and norm', async () => {
    const X = await readTensor(tensor ?? '');
    expect(isSizeOf(exampleTensor, { dims: X.dims, nonzeros: X.values.length })).toBe(true);
    expect(squaredNorm(X)).toBe(exampleTensor.squaredNorm);
  });
});

describe('the settings of the comparison', () => {
  it('are for email those of the publication, smaller ones beside them', () => {
    const methods = ['kronfit', 'tsvd', 'cmd', 'accams', 'baccams'] as const;
    const settings = tradeOffSettings(email.dims, methods);
    for (const method of methods) {
      const published = publishedSettings
        .filter((one) => one.method === method && one.data === 'email')
        .flatMap(({ options }) => options);
      const marked = settings.filter((one) => one.method === method && one.isPublished);
      expect(marked.map(({ options }) => options)).toEqual(published);
    }
    const cur = tradeOffSettings(email.dims, ['cur']).map(({ options }) => options);
    // A rank above the rows sampled comes to the same as a rank of that many rows.
    expect(cur).toEqual([
      { rows: 10, columns: 259, rank: 10 },
      { rows: 13, columns: 324, rank: 10 },
      { rows: 13, columns: 324, rank: 100 },
      { rows: 25, columns: 648, rank: 10 },
      { rows: 25, columns: 648, rank: 100 },
      { rows: 50, columns: 1296, rank: 10 },
      { rows: 50, columns: 1296, rank: 100 },
      { rows: 101, columns: 2592, rank: 10 },
      { rows: 101, columns: 2592, rank: 100 },
      { rows: 101, columns: 2592, rank: 1000 },
    ]);
    expect(settings.find(({ method }) => method === 'kronfit')?.label).toBe('seed 6 × 13');
  });

  it('scale with the rows and columns there are, and leave out what tensors do not take', () => {
    const cmd = tradeOffSettings([2010, 25919], ['cmd']).map(({ options }) => options);
    expect(cmd[0]).toEqual({ rows: 60, columns: 150 });
    const all = ['neukron', 'kronfit', 'tsvd', 'cur', 'cmd', 'accams', 'baccams', 'cp', 'tucker'];
    const ofTensor = tradeOffSettings([20, 30, 40], all as never[]);
    expect([...new Set(ofTensor.map(({ method }) => method))]).toEqual(['neukron', 'cp', 'tucker']);
    expect(tradeOffSettings([4, 100], ['tsvd']).map(({ options }) => options.rank)).toEqual([1, 2]);
  });
});
