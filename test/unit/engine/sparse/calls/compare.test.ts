import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CancelledError, UsageError } from '../../../../../src/failures';
import { unattended } from '../../../../../src/engine/job';
import { sparseCompare } from '../../../../../src/engine/sparse/calls/compare';
import { loadSparse } from '../../../../../src/engine/sparse/calls/loadSparse';
import { sparseOffer } from '../../../../../src/engine/sparse/calls/offer';
import { isMade, runAttempt } from '../../../../../src/engine/sparse/calls/runAttempt';
import { forgetTrainings } from '../../../../../src/engine/sparse/calls/trainings';
import { readAttempt } from '../../../../../src/engine/sparse/methods';
import { squaredNorm, type SparseTensor } from '../../../../../src/engine/sparse/sparseTensor';
import { spyPicture } from '../../../../../src/engine/sparse/spy';
import type {
  SparseAttempt,
  SparseCompareProgress,
  SparseEpoch,
} from '../../../../../src/protocol/sparse';
import { denseError, randomSparse } from '../../../../support/sparse';
import { temporaryFolder } from '../../../../support/temporaryFolder';
import { cancelledWhen, sparseFile } from './sparseFile';

const X = randomSparse([20, 45], 260, 8);
const seed = 5;
const attempts: SparseAttempt[] = [
  { method: 'neukron', options: { hidden: 4, epochs: 8, learningRate: 0.05 } },
  { method: 'kronfit', options: { epochs: 5 } },
  { method: 'tsvd', options: { rank: 4 } },
  { method: 'cur', options: { rows: 8, columns: 12, rank: 3 } },
  { method: 'cmd', options: { rows: 8, columns: 12, rank: 3 } },
  { method: 'accams', options: { stencils: 2, clusters: 4 } },
  { method: 'baccams', options: { stencils: 2, clusters: 4, burnIn: 2 } },
  { method: 'cp', options: { rank: 3 } },
  { method: 'tucker', options: { ranks: 3 } },
];

beforeEach(forgetTrainings);

describe('a comparison', () => {
  it('has a point for each attempt whose figures are those of the fit', async () => {
    const parts: SparseCompareProgress[] = [];
    const path = sparseFile(X);
    const result = await sparseCompare({ path, attempts, seed }, unattended, (part) =>
      parts.push(part),
    );
    expect(result).toMatchObject({ file: path, seed });
    expect(result.outcomes.map(({ attempt }) => attempt)).toEqual(attempts);
    for (const [i, { attempt, point, failure }] of result.outcomes.entries()) {
      expect(failure).toBeUndefined();
      const { model } = await readAttempt(attempt).fit(X, seed, unattended);
      const { parameters, bytes, orderBytes, squaredError, relativeError } = model;
      expect(point).toMatchObject({ attempt, parameters, bytes, orderBytes });
      expect(point).toMatchObject({ squaredError, relativeError });
      // NeuKron counts the padding as well.
      const own = denseError(X, model);
      const stated = Number(point!.details.realSquaredError ?? point!.squaredError);
      expect(Math.abs(stated - own)).toBeLessThan(1e-5 * squaredNorm(X));
      expect(point!.sample.length).toBe(8);
      expect(point!.sample.filter(({ value }) => value === 0).length).toBe(3);
      for (const { index, value, approximation } of point!.sample) {
        const e = X.values.findIndex((_, n) => X.indices.every((keys, m) => keys[n] === index[m]));
        expect(value).toBe(e < 0 ? 0 : X.values[e]);
        expect(approximation).toBe(model.entry(index));
      }
      expect(point!.entryMicroseconds).toBeGreaterThan(0);
      expect(point!.paused).toBeUndefined();
      const own2 = parts.filter((part) => part.attempt === i);
      expect(own2.filter((part) => part.point && !part.point.paused).map((p) => p.point)).toEqual([
        point,
      ]);
    }
    const fractions = parts.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions[fractions.length - 1]).toBeCloseTo(1, 10);
    const numbers = parts.map(({ attempt }) => attempt);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('streams every epoch once, the best loss falling, and pictures as reordered', async () => {
    const path = sparseFile(X);
    await sparseOffer({ path, cells: 10 });
    const epochs: SparseEpoch[] = [];
    const parts: SparseCompareProgress[] = [];
    const { outcomes } = await sparseCompare(
      { path, attempts: attempts.slice(0, 1), seed },
      unattended,
      (part) => {
        epochs.push(...(part.epochs ?? []));
        parts.push(part);
      },
    );
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const best = epochs.map(({ bestLoss }) => bestLoss);
    expect(best).toEqual([...best].sort((a, b) => b - a));
    const times = epochs.map(({ elapsedMs }) => elapsedMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const { point } = outcomes[0];
    expect(Math.abs(point!.squaredError / best[7] - 1)).toBeLessThan(1e-4);
    const under = parts.find((part) => part.point?.paused);
    expect(under!.point!.paused).toEqual({ epoch: 1, epochs: 8 });
    expect(under!.point).toMatchObject({ bytes: point!.bytes, orderBytes: point!.orderBytes });
    const pictures = parts.flatMap(({ spy }) => spy ?? []);
    expect(pictures.length).toBeGreaterThanOrEqual(2);
    const { orders } = await readAttempt(attempts[0]).fit(X, seed, unattended);
    expect(pictures[pictures.length - 1]).toEqual(spyPicture(X, { cells: 10, positions: orders }));
    for (const { counts } of pictures) {
      expect(new Float32Array(counts).reduce((sum, count) => sum + count, 0)).toBe(X.values.length);
    }
  });

  it('stops at the picture of a training, however long it would take', async () => {
    const parts: SparseCompareProgress[] = [];
    const job = cancelledWhen(() => new Error().stack!.includes('spyPicture'));
    const run = sparseCompare(
      { path: sparseFile(X), attempts: attempts.slice(0, 1), seed },
      job,
      (part) => parts.push(part),
    );
    await expect(run).rejects.toThrow(CancelledError);
    expect(parts.some(({ spy }) => spy)).toBe(false);
  });

  it('has a reason against values whose squares no number holds', async () => {
    for (const [factor, reason] of [
      [1e200, /add up to more than a number can hold/],
      [1e-200, /too small for a number to hold/],
    ] as const) {
      const path = sparseFile({ ...X, values: X.values.map((value) => factor * value) });
      const { outcomes } = await sparseCompare({ path, attempts, seed });
      for (const { failure, point } of outcomes) {
        expect(failure?.message).toMatch(reason);
        expect(point).toBeUndefined();
      }
      const { methods } = await sparseOffer({ path, cells: 4 });
      for (const { unavailable, suggested } of methods) {
        expect(unavailable).toMatch(reason);
        expect(suggested).toEqual([]);
      }
    }
  });

  it('shows how the orders of other methods lie, and none of those without', async () => {
    const seen = new Set<number>();
    await sparseCompare({ path: sparseFile(X), attempts, seed }, unattended, (part) => {
      if (part.spy) {
        seen.add(part.attempt);
      }
    });
    expect([...seen].map((i) => attempts[i].method)).toEqual([
      'neukron',
      'kronfit',
      'accams',
      'baccams',
    ]);
  });

  it('goes on after attempts that fail, each with its own reason', async () => {
    const parts: SparseCompareProgress[] = [];
    const cube = randomSparse([9, 8, 7], 100, 1);
    const { outcomes } = await sparseCompare(
      {
        path: sparseFile(cube),
        seed,
        attempts: [
          { method: 'tsvd', options: { rank: 2 } },
          { method: 'cp', options: { rang: 2 } },
          { method: 'tucker', options: { ranks: [2, 2] } },
          { method: 'neukron', options: { hidden: 1000 } },
          { method: 'cp', options: { rank: 2 } },
        ],
      },
      unattended,
      (part) => parts.push(part),
    );
    expect(outcomes.map(({ failure }) => failure?.kind)).toEqual([
      ...['usage', 'usage', 'usage', 'usage'],
      undefined,
    ]);
    expect(outcomes[0].failure!.message).toMatch(/takes matrices/);
    expect(outcomes[1].failure!.message).toMatch(/no setting "rang"/);
    expect(outcomes[4].point!.label).toBe('rank 2');
    expect(parts.filter(({ failure }) => failure).map(({ attempt }) => attempt)).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it('says what a reader must know', async () => {
    const notes = async (attempt: SparseAttempt, data = X): Promise<string> => {
      const path = sparseFile(data);
      const { outcomes } = await sparseCompare({ path, attempts: [attempt], seed });
      return outcomes[0].point!.notes.join('\n');
    };
    expect(await notes({ method: 'tsvd', options: { rank: 60 } })).toMatch(
      /rank 60; possible, and taken: 20[^]*no fewer bytes/,
    );
    expect(
      await notes(
        { method: 'cmd', options: { rows: 2, columns: 40 } },
        randomSparse([20, 45], 260, 1),
      ),
    ).toMatch(/worse than storing nothing/);
    expect(await notes(attempts[0])).toMatch(/counts the grid padded.*the tensor alone is \d/);
    expect(await notes(attempts[0], randomSparse([16, 32], 100, 1))).not.toMatch(/padded/);
    expect(await notes({ method: 'cp', options: { maxIterations: 1 } })).toMatch(/stood still/);
  });

  it('refuses a seed that is none and an empty list, and a file that is not there', async () => {
    const path = sparseFile(X);
    await expect(sparseCompare({ path, attempts, seed: 0.5 })).rejects.toThrow(UsageError);
    await expect(sparseCompare({ path, attempts: [], seed })).rejects.toThrow(UsageError);
    await expect(sparseCompare({ path: `${path}.no`, attempts, seed })).rejects.toMatchObject({
      kind: 'file',
    });
  });

  it('is cancelled as a whole, wherever it is', async () => {
    for (const looks of [1, 20, 200]) {
      let seen = 0;
      const job = cancelledWhen(() => ++seen >= looks);
      await expect(sparseCompare({ path: sparseFile(X), attempts, seed }, job)).rejects.toThrow(
        CancelledError,
      );
    }
  });

  it('has an outcome of its own for what does not fit into memory', async () => {
    const job = { ...unattended, memoryLimit: 2 ** 20 };
    const { outcomes } = await sparseCompare(
      { path: sparseFile(X), attempts: [attempts[0], attempts[2]], seed },
      job,
    );
    expect(outcomes.map(({ failure }) => failure?.kind)).toEqual(['memory', undefined]);
    expect(outcomes[0].failure!.message).toMatch(/more than the \d+ allowed/);
  });
});

describe('what was computed', () => {
  const options = { seed };

  it('is not computed again', async () => {
    const path = sparseFile(X);
    const loaded = await loadSparse({ path }, unattended);
    const [first, second] = [
      await runAttempt(loaded, attempts[2], options, unattended),
      await runAttempt(
        await loadSparse({ path }, unattended),
        { method: 'tsvd', options: { tolerance: 1e-10, rank: 4 } },
        options,
        unattended,
      ),
    ];
    expect(second).toBe(first);
    const other = await runAttempt(loaded, attempts[2], { seed: 6 }, unattended);
    expect(other).not.toBe(first);
  });

  it('of another tensor is forgotten, and a file that was changed is read anew', async () => {
    const path = sparseFile(X);
    const attempt = attempts[2];
    const loaded = await loadSparse({ path }, unattended);
    await runAttempt(loaded, attempt, options, unattended);
    expect(isMade(await loadSparse({ path }, unattended), attempt, seed)).toBe(true);
    const second = randomSparse([20, 45], 200, 9);
    writeFileSync(path, ' ');
    sparseFile(second, join(path, '..'));
    const anew = await loadSparse({ path }, unattended);
    expect(anew.X.values).toEqual(second.values);
    expect(isMade(anew, attempt, seed)).toBe(false);
    const { outcomes } = await sparseCompare({ path, attempts: [attempt], seed });
    const { model } = await readAttempt(attempt).fit(second, seed, unattended);
    expect(outcomes[0].point!.squaredError).toBe(model.squaredError);
  });
});

describe('a training that is cancelled', () => {
  const signed: SparseTensor = { ...X, values: X.values.map((v, e) => (e % 3 ? v : -v)) };
  const training: SparseAttempt = {
    method: 'neukron',
    options: { hidden: 4, epochs: 10, learningRate: 0.05, cell: 'gru' },
  };
  const two: SparseAttempt = {
    method: 'neukron',
    options: { ...training.options, signed: 'two-models' },
  };

  /** Stops in the middle of the epoch after `last`; returns the epochs that were streamed. */
  async function stopAfterEpoch(
    path: string,
    attempt: SparseAttempt,
    last: number,
    checkpoints?: string,
  ): Promise<number[]> {
    let isTime = false;
    const epochs: number[] = [];
    const job = cancelledWhen(() => isTime);
    const loaded = await loadSparse({ path }, unattended);
    const run = runAttempt(loaded, attempt, { seed, checkpoints }, job, ({ epoch }) => {
      epochs.push(epoch);
      isTime ||= epoch === last;
    });
    await expect(run).rejects.toThrow(CancelledError);
    return epochs;
  }

  async function goOn(
    path: string,
    attempt: SparseAttempt,
    checkpoints?: string,
  ): Promise<{ epochs: number[]; entries: number[]; error: number; notes: string }> {
    const epochs: number[] = [];
    const loaded = await loadSparse({ path }, unattended);
    const made = await runAttempt(loaded, attempt, { seed, checkpoints }, unattended, (one) =>
      epochs.push(one.epoch),
    );
    expect(made.paused).toBeUndefined();
    return {
      epochs,
      entries: entriesOf(made.model),
      error: made.model.squaredError,
      notes: made.notes.join('\n'),
    };
  }

  function entriesOf(model: { entry(index: readonly number[]): number }): number[] {
    return Array.from({ length: 900 }, (_, i) => model.entry([Math.floor(i / 45), i % 45]));
  }

  async function uninterrupted(
    data: SparseTensor,
    attempt: SparseAttempt,
  ): Promise<{ entries: number[]; error: number }> {
    const { model } = await readAttempt(attempt).fit(data, seed, unattended);
    return { entries: entriesOf(model), error: model.squaredError };
  }

  it('goes on from memory, bit for bit', async () => {
    const path = sparseFile(X);
    expect(await stopAfterEpoch(path, training, 4)).toEqual([1, 2, 3, 4]);
    expect(await stopAfterEpoch(path, training, 7)).toEqual([5, 6, 7]);
    const { epochs, notes, ...found } = await goOn(path, training);
    expect(epochs).toEqual([8, 9, 10]);
    expect(notes).toBe('The training went on from epoch 7.');
    expect(found).toEqual(await uninterrupted(X, training));
  });

  it('goes on from its file, bit for bit', async () => {
    const [path, checkpoints] = [sparseFile(X), join(temporaryFolder(), 'new', 'folder')];
    await stopAfterEpoch(path, training, 4, checkpoints);
    forgetTrainings();
    const { epochs, notes, ...found } = await goOn(path, training, checkpoints);
    expect(epochs).toEqual([5, 6, 7, 8, 9, 10]);
    expect(notes).toBe('The training went on from epoch 4.');
    expect(found).toEqual(await uninterrupted(X, training));
  });

  it.each([3, 14])('of two networks goes on from epoch %i, bit for bit', async (last) => {
    const [path, checkpoints] = [sparseFile(signed), temporaryFolder()];
    await stopAfterEpoch(path, two, last, checkpoints);
    forgetTrainings();
    const { epochs, entries, error } = await goOn(path, two, checkpoints);
    expect(epochs).toEqual(Array.from({ length: 20 - last }, (_, i) => last + 1 + i));
    expect({ entries, error }).toEqual(await uninterrupted(signed, two));
  });

  it('of two networks goes on where there are negative values only', async () => {
    const negative = { ...X, values: X.values.map((value) => -value) };
    const [path, checkpoints] = [sparseFile(negative), temporaryFolder()];
    await stopAfterEpoch(path, two, 4, checkpoints);
    forgetTrainings();
    const { epochs, entries, error } = await goOn(path, two, checkpoints);
    expect(epochs).toEqual([5, 6, 7, 8, 9, 10]);
    expect({ entries, error }).toEqual(await uninterrupted(negative, two));
  });
});
