import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CancelledError, UsageError } from '../../../../../src/failures';
import { unattended, type Job } from '../../../../../src/engine/job';
import { sparseCompare } from '../../../../../src/engine/sparse/calls/compare';
import { sparseCompress } from '../../../../../src/engine/sparse/calls/compress';
import { forgetTrainings } from '../../../../../src/engine/sparse/calls/trainings';
import { readAttempt } from '../../../../../src/engine/sparse/methods';
import { squaredNorm, type SparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import { openStored, storedExtension } from '../../../../../src/engine/sparse/stored';
import type {
  SparseAttempt,
  SparseCompressRequest,
  SparseEpoch,
  SparseReport,
} from '../../../../../src/protocol/sparse';
import { randomSparse } from '../../../../support/sparse';
import { temporaryFolder } from '../../../../support/temporaryFolder';
import { cancelledWhen, sparseFile } from './sparseFile';

const X = randomSparse([20, 45], 260, 8);
const cube = randomSparse([9, 12, 10], 200, 2);
const signed: SparseTensor = { ...X, values: X.values.map((v, e) => (e % 3 ? v : -v)) };
const seed = 5;
const training = { hidden: 4, epochs: 8, learningRate: 0.05 };

function outputIn(folder: string, { method }: SparseAttempt): SparseCompressRequest['output'] {
  const path = join(folder, `small.${storedExtension(method)}`);
  return { path, temporary: `${path}.tmp` };
}

async function compress(
  data: SparseTensor,
  attempt: SparseAttempt,
  more: Partial<SparseCompressRequest> = {},
  job: Job = unattended,
): Promise<SparseReport> {
  const output = outputIn(temporaryFolder(), attempt);
  const path = sparseFile(data);
  return sparseCompress({ path, attempt, seed, withOrders: true, output, ...more }, job);
}

beforeEach(forgetTrainings);

const cases: [string, SparseTensor, SparseAttempt][] = [
  ['NeuKron', X, { method: 'neukron', options: training }],
  [
    'NeuKron, two networks',
    signed,
    { method: 'neukron', options: { ...training, signed: 'two-models' } },
  ],
  ['NeuKron, three modes', cube, { method: 'neukron', options: { ...training, cell: 'gru' } }],
  ['KronFit', X, { method: 'kronfit', options: { epochs: 5 } }],
  ['T-SVD', X, { method: 'tsvd', options: { rank: 4 } }],
  ['CUR', X, { method: 'cur', options: { rows: 8, columns: 12, rank: 3 } }],
  ['CMD', X, { method: 'cmd', options: { rows: 8, columns: 12, rank: 3 } }],
  ['ACCAMS', signed, { method: 'accams', options: { stencils: 2, clusters: 4 } }],
  ['bACCAMS', X, { method: 'baccams', options: { stencils: 2, clusters: 4, burnIn: 2 } }],
  ['CP', cube, { method: 'cp', options: { rank: 3 } }],
  ['Tucker', cube, { method: 'tucker', options: { ranks: [2, 3, 2] } }],
];

describe('a compressed file', () => {
  it.each(cases)('holds the model, with its error: %s', async (_, data, attempt) => {
    const report = await compress(data, attempt);
    const { model } = await readAttempt(attempt).fit(data, seed, unattended);
    const scale = squaredNorm(data);
    // ACCAMS stores its templates in 4 bytes, as published.
    expect(Math.abs(report.squaredError - model.squaredError)).toBeLessThan(1e-6 * scale);
    expect(report.relativeError).toBeCloseTo(Math.sqrt(report.squaredError / scale), 12);
    expect(report.check.entries).toBeGreaterThan(200);
    expect(report.check.largestDifference).toBeLessThan(1e-5);
    expect(report).toMatchObject({
      attempt,
      withOrders: true,
      rawBytes: data.values.length * (4 * data.dims.length + 8),
    });
    expect(report.outputBytes).toBe(readFileSync(report.output).length);
    const stored = await openStored(report.output);
    expect(stored.method).toBe(attempt.method);
    expect(stored.dims).toEqual(data.dims);
    for (let i = 0; i < 50; i++) {
      const index = data.indices.map((keys) => keys[i]);
      expect(Math.abs(stored.entry(index) - model.entry(index))).toBeLessThan(1e-5);
    }
    expect(existsSync(`${report.output}.tmp`)).toBe(false);
  });

  it('of half precision is smaller, and its error is measured as it is', async () => {
    const attempt: SparseAttempt = { method: 'neukron', options: { ...training, hidden: 9 } };
    const [single, half] = [
      await compress(X, attempt),
      await compress(X, attempt, { type: 'float16' }),
    ];
    expect(half.outputBytes).toBeLessThan(0.8 * single.outputBytes);
    expect(half.squaredError).not.toBe(single.squaredError);
    expect(Math.abs(half.squaredError / single.squaredError - 1)).toBeLessThan(0.01);
    const stored = await openStored(half.output);
    expect(stored.squaredError(X, unattended)).toBe(half.squaredError);
    expect(single.notes.join()).toContain('the squared error of the tensor alone is');
    expect(half.notes.join()).not.toContain('the squared error of the tensor alone is');
    expect(half.notes.join()).toContain('that of the tensor alone is not larger');
    expect(half.check.largestDifference).toBeGreaterThan(single.check.largestDifference);
  });

  it.each(cases.slice(0, 4).filter(([name]) => !name.includes('two')))(
    'without orders has the error of its grid, and says that it is one: %s',
    async (_, data, attempt) => {
      const full = await compress(data, attempt);
      const bare = await compress(data, attempt, { withOrders: false });
      expect(bare.withOrders).toBe(false);
      expect(bare.outputBytes).toBeLessThan(full.outputBytes);
      const { model } = await readAttempt(attempt).fit(data, seed, unattended);
      const inGrid = Number(model.details.paddedSquaredError ?? full.squaredError);
      expect(Math.abs(bare.squaredError - inGrid)).toBeLessThan(1e-9 * squaredNorm(data));
      expect(bare.check.entries).toBe(full.check.entries);
      expect(bare.check.largestDifference).toBeLessThan(1e-5);
      const { dims } = await openStored(bare.output);
      expect(bare.notes).toContain(
        `Without orders rows and columns come in an order of their own, in a grid of ${dims.join(' × ')} with empty places, which the error counts.`,
      );
      expect(dims.reduce((product, size) => product * size, 1)).toBeGreaterThan(
        data.dims.reduce((product, size) => product * size, 1),
      );
      expect(full.notes.join()).not.toMatch(/Without orders/);
    },
  );

  it('without orders holds all of a tensor that has no padding', async () => {
    const report = await compress(
      randomSparse([16, 32], 120, 3),
      { method: 'neukron', options: training },
      { withOrders: false },
    );
    expect(report.notes.join()).not.toMatch(/Without orders/);
    expect(report.check.entries).toBeGreaterThan(400);
  });

  it('of two networks has orders in any case, and says so', async () => {
    const [, data, attempt] = cases[1];
    const report = await compress(data, attempt, { withOrders: false });
    expect(report.withOrders).toBe(true);
    expect(report.notes.join()).toMatch(/orders are stored all the same/);
  });

  it('keeps its notes: worse than nothing, clipped settings', async () => {
    const report = await compress(X, { method: 'tsvd', options: { rank: 99 } });
    expect(report.notes.join()).toMatch(/rank 99; possible, and taken: 20/);
  });
});

describe('compressing', () => {
  it('takes the model that a comparison made, without another epoch', async () => {
    const attempt: SparseAttempt = { method: 'neukron', options: training };
    const path = sparseFile(X);
    const { outcomes } = await sparseCompare({ path, attempts: [attempt], seed });
    forgetTrainings();
    const epochs: SparseEpoch[] = [];
    const output = outputIn(temporaryFolder(), attempt);
    const request = { path, attempt, seed, withOrders: true, output };
    const report = await sparseCompress(request, unattended, (part) =>
      epochs.push(...(part.epochs ?? [])),
    );
    expect(epochs).toEqual([]);
    expect(report.label).toBe(outcomes[0].point!.label);
    expect(Math.abs(report.squaredError / outcomes[0].point!.squaredError - 1)).toBeLessThan(1e-6);
  });

  it('trains first where nothing is made, and streams the epochs', async () => {
    const attempt: SparseAttempt = { method: 'neukron', options: training };
    const epochs: SparseEpoch[] = [];
    const fractions: number[] = [];
    const output = outputIn(temporaryFolder(), attempt);
    const request = { path: sparseFile(X), attempt, seed, withOrders: false, output };
    await sparseCompress(request, unattended, (part) => {
      epochs.push(...(part.epochs ?? []));
      fractions.push(part.fraction);
    });
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions[fractions.length - 1]).toBe(1);
  });

  it('writes a training as it stands when it was stopped', async () => {
    const attempt: SparseAttempt = { method: 'neukron', options: training };
    const [path, checkpoints] = [sparseFile(X), temporaryFolder()];
    let isTime = false;
    const run = sparseCompare(
      { path, attempts: [attempt], seed, checkpoints },
      cancelledWhen(() => isTime),
      ({ epochs = [] }) => (isTime ||= epochs.length > 0),
    );
    await expect(run).rejects.toThrow(CancelledError);
    forgetTrainings();
    const output = outputIn(temporaryFolder(), attempt);
    const request = { path, attempt, seed, withOrders: true, output, checkpoints };
    const report = await sparseCompress({ ...request, asItStands: true });
    expect(report.notes.join()).toMatch(/stood after 1 of at most 8 epochs/);
    const { method, options } = attempt;
    const one = await readAttempt({ method, options: { ...options, epochs: 1 } }).fit(
      X,
      seed,
      unattended,
    );
    expect(Math.abs(report.squaredError / one.model.squaredError - 1)).toBeLessThan(1e-6);
    // Without the word it goes on to the end.
    const whole = await sparseCompress(request);
    expect(whole.notes.join()).not.toMatch(/stood after/);
    expect(whole.squaredError).toBeLessThan(report.squaredError);
  });

  it('refuses what it cannot write before it trains', async () => {
    const neukron: SparseAttempt = { method: 'neukron', options: training };
    const tsvd: SparseAttempt = { method: 'tsvd', options: { rank: 2 } };
    const folder = temporaryFolder();
    const target = (name: string): SparseCompressRequest['output'] => ({
      path: join(folder, name),
      temporary: join(folder, `${name}.tmp`),
    });
    await expect(compress(X, neukron, { output: target('a.safetensors') })).rejects.toThrow(
      /ends so|end so/,
    );
    await expect(compress(X, tsvd, { output: target('a.neukron') })).rejects.toThrow(UsageError);
    await expect(compress(X, tsvd, { type: 'float16' })).rejects.toThrow(/Only NeuKron/);
    await expect(compress(X, tsvd, { seed: -1 })).rejects.toThrow(UsageError);
    await expect(compress(X, { method: 'tsvd', options: { rank: 0 } })).rejects.toThrow(UsageError);
    await expect(compress(X, neukron, { asItStands: true })).rejects.toThrow(/no training/);
    mkdirSync(join(folder, 'b.neukron'));
    await expect(compress(X, neukron, { output: target('b.neukron') })).rejects.toMatchObject({
      kind: 'file',
    });
    expect(readdirSync(folder)).toEqual(['b.neukron']);
  });

  it('never writes over its source', async () => {
    const folder = temporaryFolder();
    const attempt: SparseAttempt = { method: 'tsvd', options: { rank: 2 } };
    const path = join(folder, 'source.safetensors');
    renameSync(sparseFile(X, folder), path);
    const before = readFileSync(path);
    await expect(
      sparseCompress({
        path,
        attempt,
        seed,
        withOrders: true,
        output: { path, temporary: `${path}.tmp` },
      }),
    ).rejects.toThrow(/source file itself/);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['source.safetensors']);
  });

  it.each(cases)('leaves nothing behind when it is cancelled: %s', async (_, data, attempt) => {
    const folder = temporaryFolder();
    for (const looks of [2, 9, 40]) {
      let seen = 0;
      const job = cancelledWhen(() => ++seen >= looks);
      await compress(data, attempt, { output: outputIn(folder, attempt) }, job).catch(
        (error: unknown) => expect(error).toBeInstanceOf(CancelledError),
      );
      const names = readdirSync(folder);
      // Some are done before they have looked so often.
      expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    }
  });
});
