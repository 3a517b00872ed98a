import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CancelledError, UsageError } from '../../../../../src/failures';
import { unattended } from '../../../../../src/engine/job';
import {
  checkpointBytes,
  parseCheckpoint,
  type Standing,
} from '../../../../../src/engine/sparse/calls/checkpoint';
import { sparseCompare } from '../../../../../src/engine/sparse/calls/compare';
import { loadSparse } from '../../../../../src/engine/sparse/calls/loadSparse';
import type { MadeModel } from '../../../../../src/engine/sparse/calls/modelCache';
import { runAttempt, type RunOptions } from '../../../../../src/engine/sparse/calls/runAttempt';
import { forgetTrainings, TrainingKeeper } from '../../../../../src/engine/sparse/calls/trainings';
import { readAttempt } from '../../../../../src/engine/sparse/methods';
import type { SparseAttempt } from '../../../../../src/protocol/sparse';
import { randomSparse } from '../../../../support/sparse';
import { temporaryFolder } from '../../../../support/temporaryFolder';
import { cancelledWhen, sparseFile } from './sparseFile';

const X = randomSparse([18, 40], 200, 3);
const training: SparseAttempt = {
  method: 'neukron',
  options: { hidden: 3, epochs: 9, learningRate: 0.05 },
};

/** Runs it, and stops it in the middle of the epoch after `last`. */
async function run(
  path: string,
  options: Partial<RunOptions>,
  last = Infinity,
  attempt = training,
): Promise<MadeModel> {
  let isTime = false;
  const loaded = await loadSparse({ path }, unattended);
  return runAttempt(
    loaded,
    attempt,
    { seed: 1, ...options },
    cancelledWhen(() => isTime),
    (epoch) => {
      isTime ||= epoch.epoch >= last;
    },
  );
}

async function stopped(path: string, options: Partial<RunOptions>, last: number): Promise<void> {
  await expect(run(path, options, last)).rejects.toThrow(CancelledError);
}

function onlyState(folder: string): string {
  const names = readdirSync(folder);
  expect(names.length).toBe(1);
  expect(names[0]).toMatch(/^[0-9a-f]{64}\.state$/);
  return join(folder, names[0]);
}

beforeEach(forgetTrainings);
afterEach(() => vi.restoreAllMocks());

describe('the file of a training', () => {
  it.each([
    ['a changed byte', (bytes: Buffer) => void (bytes[bytes.length >> 1] ^= 1), 'changed'],
    ['a changed header', (bytes: Buffer) => void (bytes[60] ^= 1), 'changed'],
    ['its end missing', (bytes: Buffer) => bytes.subarray(0, -9), 'changed or cut off'],
    ['nothing in it', () => Buffer.alloc(0), 'not the state'],
    ['something else in it', () => Buffer.from('%%MatrixMarket'), 'not the state'],
  ])('with %s is left alone with a note, and the run begins anew', async (_, damage, reason) => {
    const [path, checkpoints] = [sparseFile(X), temporaryFolder()];
    await stopped(path, { checkpoints }, 4);
    const file = onlyState(checkpoints);
    const bytes = readFileSync(file);
    writeFileSync(file, damage(bytes) ?? bytes);
    forgetTrainings();
    const made = await run(path, { checkpoints });
    expect(made.notes.join()).toMatch(/cannot be used .*\. It began anew\.$/);
    expect(made.notes.join()).toContain(reason);
    const { model } = await readAttempt(training).fit(X, 1, unattended);
    expect(made.model.squaredError).toBe(model.squaredError);
    // The end of the new run stands there now.
    forgetTrainings();
    expect((await run(path, { checkpoints })).model.squaredError).toBe(model.squaredError);
  });

  it('of another training is not taken for its own', async () => {
    const [path, checkpoints] = [sparseFile(X), temporaryFolder()];
    await stopped(path, { checkpoints, seed: 2 }, 4);
    const other = onlyState(checkpoints);
    await stopped(path, { checkpoints }, 3);
    const own = readdirSync(checkpoints).map((name) => join(checkpoints, name));
    copyFileSync(
      other,
      own.find((name) => name !== other)!,
    );
    forgetTrainings();
    const made = await run(path, { checkpoints });
    expect(made.notes.join()).toMatch(/of another training/);
  });

  it('is not the same for other tensors, seeds and settings, but for other limits', async () => {
    const checkpoints = temporaryFolder();
    const count = (): number => readdirSync(checkpoints).length;
    const path = sparseFile(X);
    await run(path, { checkpoints });
    const limits: SparseAttempt['options'][] = [{ minutes: 5 }, { epochs: 8 }, { patience: 3 }];
    for (const limit of limits) {
      await run(path, { checkpoints }, Infinity, {
        ...training,
        options: { ...training.options, ...limit },
      });
      expect(count()).toBe(1);
    }
    await run(path, { checkpoints, seed: 2 });
    await run(path, { checkpoints }, Infinity, {
      ...training,
      options: { ...training.options, tolerance: 0 },
    });
    await run(sparseFile(randomSparse([18, 40], 200, 4)), { checkpoints });
    expect(count()).toBe(4);
  });

  it('is written at most every 30 seconds, and at the end', async () => {
    const [id, folder] = ['5'.repeat(64), temporaryFolder()];
    let skipped = 0;
    const real = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => real() + skipped);
    const { states } = await readAttempt(training).fit(X, 1, unattended);
    const standing = (elapsedMs: number): Standing => ({ states: states!, elapsedMs });
    const inFile = (): number => parseCheckpoint(readFileSync(onlyState(folder)), id).elapsedMs;
    const keeper = new TrainingKeeper(id, folder);
    keeper.keep(standing(1));
    skipped += 29_000;
    keeper.keep(standing(2));
    expect(readdirSync(folder)).toEqual([]);
    skipped += 1000;
    keeper.keep(standing(3));
    await vi.waitFor(() => expect(inFile()).toBe(3));
    keeper.keep(standing(4));
    skipped += 20_000;
    keeper.keep(standing(5));
    expect(inFile()).toBe(3);
    expect(await keeper.settle(false)).toBeUndefined();
    expect(inFile()).toBe(5);
  });

  it('that is written need not stay in memory', async () => {
    const states = (await readAttempt(training).fit(X, 1, unattended)).states!;
    const folder = temporaryFolder();
    let skipped = 0;
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + skipped);
    const keeper = new TrainingKeeper('a', folder);
    skipped += 30_000;
    keeper.keep({ states, elapsedMs: 1 });
    await keeper.settle(false);
    const [progress] = states.map((state) => state!.progress);
    const large = { ...progress, positions: [{ byteLength: 2 ** 28 } as Uint32Array] };
    new TrainingKeeper('b', undefined).keep({
      states: [{ ...states[0]!, progress: large }],
      elapsedMs: 1,
    });
    expect((await new TrainingKeeper('a', undefined).find()).standing).toBeUndefined();
    expect((await new TrainingKeeper('a', folder).find()).standing).toBeDefined();
    expect((await new TrainingKeeper('b', undefined).find()).standing).toBeDefined();
  });

  it('that cannot be written is said, and the training goes on in memory', async () => {
    const path = sparseFile(X);
    const checkpoints = join(path, 'inside-a-file');
    await stopped(path, { checkpoints }, 4);
    const made = await run(path, { checkpoints });
    expect(made.notes.join()).toMatch(/went on from epoch 4.*could not be kept/);
  });

  it('holds what was put into it', async () => {
    const { states } = await readAttempt(training).fit(X, 1, unattended);
    const standing = { states: [undefined, states![0]], elapsedMs: 12.5 };
    expect(parseCheckpoint(checkpointBytes('id', standing), 'id')).toEqual(standing);
  });
});

describe('a training that is over', () => {
  it('is made of its file without another epoch', async () => {
    const [path, checkpoints] = [sparseFile(X), temporaryFolder()];
    const first = await run(path, { checkpoints });
    forgetTrainings();
    const anew = sparseFile(X);
    const epochs: number[] = [];
    const loaded = await loadSparse({ path: anew }, unattended);
    const again = await runAttempt(loaded, training, { seed: 1, checkpoints }, unattended, (one) =>
      epochs.push(one.epoch),
    );
    expect(epochs).toEqual([]);
    expect(again).not.toBe(first);
    expect(again.model.squaredError).toBe(first.model.squaredError);
    expect(again.elapsedMs).toBe(first.elapsedMs);
  });
});

describe('a training as it stands', () => {
  it('has the epochs it had, and no more', async () => {
    const path = sparseFile(X);
    await stopped(path, {}, 4);
    const made = await run(path, { asItStands: true });
    expect(made.paused).toEqual({ epoch: 4, epochs: 9 });
    const { options } = training;
    const short = readAttempt({ method: 'neukron', options: { ...options, epochs: 4 } });
    const { model } = await short.fit(X, 1, unattended);
    expect(made.model.squaredError).toBe(model.squaredError);
    // It can be gone on with all the same.
    const whole = await readAttempt(training).fit(X, 1, unattended);
    const end = await run(path, {});
    expect(end.paused).toBeUndefined();
    expect(end.model.squaredError).toBe(whole.model.squaredError);
  });

  it('is refused where there is none', async () => {
    const path = sparseFile(X);
    await expect(run(path, { asItStands: true })).rejects.toThrow(UsageError);
    await expect(run(path, { asItStands: true })).rejects.toThrow(
      /no training of NeuKron with hidden=3, learningRate=0.05 and the seed 1 of this tensor in memory\. Start one/,
    );
    const checkpoints = temporaryFolder();
    await expect(run(path, { asItStands: true, checkpoints })).rejects.toThrow(
      `in memory or in "${checkpoints}"`,
    );
  });

  it('is refused with the reason where its file cannot be used', async () => {
    const [path, checkpoints] = [sparseFile(X), temporaryFolder()];
    await stopped(path, { checkpoints }, 4);
    writeFileSync(onlyState(checkpoints), 'nothing');
    forgetTrainings();
    await expect(run(path, { asItStands: true, checkpoints })).rejects.toThrow(
      /cannot be used \(it is not the state of a training\)\. Start one/,
    );
  });

  it('is the one that has gone on since, when it was taken before', async () => {
    const path = sparseFile(X);
    await stopped(path, {}, 4);
    expect((await run(path, { asItStands: true })).paused!.epoch).toBe(4);
    await stopped(path, {}, 7);
    expect((await run(path, { asItStands: true })).paused!.epoch).toBe(7);
  });

  it('of other methods is what they make', async () => {
    const attempt: SparseAttempt = { method: 'cp', options: { rank: 2 } };
    const made = await run(sparseFile(X), { asItStands: true }, Infinity, attempt);
    expect(made.label).toBe('rank 2');
  });
});

describe('the number of epochs', () => {
  const withEpochs = (epochs: number, more = {}): SparseAttempt => ({
    method: 'neukron',
    options: { ...training.options, epochs, ...more },
  });
  const signed = { ...X, values: X.values.map((value, e) => (e % 3 ? value : -value)) };

  async function counted(path: string, attempt: SparseAttempt): Promise<[MadeModel, number]> {
    const loaded = await loadSparse({ path }, unattended);
    let epochs = 0;
    const made = await runAttempt(loaded, attempt, { seed: 1 }, unattended, () => epochs++);
    return [made, epochs];
  }

  it.each([
    ['one network', X, {}],
    ['two networks', signed, { signed: 'two-models' }],
  ] as const)('raised, continues the same training, bit for bit: %s', async (_, data, more) => {
    const path = sparseFile(data);
    const networks = 'signed' in more ? 2 : 1;
    expect((await counted(path, withEpochs(5, more)))[1]).toBe(5 * networks);
    const [made, epochs] = await counted(path, withEpochs(9, more));
    expect(epochs).toBe(4 * networks);
    expect(made.notes.join()).toBe(`The training went on from epoch ${5 * networks}.`);
    expect(made.paused).toBeUndefined();
    const whole = await readAttempt(withEpochs(9, more)).fit(data, 1, unattended);
    expect(made.model.squaredError).toBe(whole.model.squaredError);
    expect(made.model.entry([3, 4])).toBe(whole.model.entry([3, 4]));
  });

  it('lowered, takes the training as it stands, and says so', async () => {
    const path = sparseFile(X);
    const [long] = await counted(path, withEpochs(9));
    const [short, epochs] = await counted(path, withEpochs(6));
    expect(epochs).toBe(0);
    expect(short.model.squaredError).toBe(long.model.squaredError);
    expect(short.paused).toBeUndefined();
    expect(short.notes).toEqual([
      'The training had gone 9 epochs before, more than the 6 asked for; it is taken as it stands.',
    ]);
    // By itself it would have stopped earlier.
    const apart = await readAttempt(withEpochs(6)).fit(X, 1, unattended);
    expect(apart.model.squaredError).not.toBe(long.model.squaredError);
  });

  it('raised after the patience was used up, adds none until that is raised as well', async () => {
    const path = sparseFile(X);
    const still = { patience: 2, tolerance: 1 };
    const [first, few] = await counted(path, withEpochs(9, still));
    expect(few).toBeLessThan(9);
    expect(first.paused).toBeUndefined();
    expect((await counted(path, withEpochs(20, still)))[1]).toBe(0);
    const [, more] = await counted(path, withEpochs(20, { ...still, patience: 4 }));
    expect(more).toBe(2);
  });
});

describe('a time limit', () => {
  const attempt: SparseAttempt = {
    method: 'neukron',
    options: { hidden: 3, epochs: 100_000, patience: 100_000, minutes: 0.003 },
  };

  it('pauses the training, whose point says so, and the next run goes on', async () => {
    const path = sparseFile(X);
    const request = { path, attempts: [attempt], seed: 1 };
    const [first, second] = [await sparseCompare(request), await sparseCompare(request)].map(
      ({ outcomes }) => outcomes[0].point!,
    );
    expect(first.paused!.epochs).toBe(100_000);
    expect(first.notes.join()).toContain(`stopped after ${first.paused!.epoch} of at most 100000`);
    expect(second.paused!.epoch).toBeGreaterThan(first.paused!.epoch);
    expect(second.elapsedMs).toBeGreaterThan(first.elapsedMs);
    expect(second.notes.join()).toContain(`went on from epoch ${first.paused!.epoch}`);
  });
});
