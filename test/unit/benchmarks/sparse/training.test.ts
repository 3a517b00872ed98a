import { describe, expect, it } from 'vitest';
import {
  isMilestone,
  named,
  thinned,
  TimeShare,
  trainFor,
} from '../../../../src/benchmarks/sparse/training';
import { trainingNote } from '../../../../src/benchmarks/sparse/trainingWords';
import { syntheticTensor } from '../../../../src/benchmarks/sparse/syntheticTensor';
import { jobFromSignal, unattended } from '../../../../src/engine/job';
import { CancelledError } from '../../../../src/failures';
import { tinyMatrix } from './tiny';

describe('TimeShare', () => {
  it('gives what one training leaves over to those after it', async () => {
    const share = new TimeShare(1, 3);
    const given: number[] = [];
    for (let i = 0; i < 3; i++) {
      await share.next(async (ms) => given.push(ms));
    }
    expect(given[0]).toBe(20_000);
    expect(given[1]).toBeGreaterThan(25_000);
    expect(given[2]).toBeGreaterThan(55_000);
    expect(given[2]).toBeLessThanOrEqual(60_000);
  });
});

describe('trainFor', () => {
  const X = syntheticTensor(tinyMatrix, 0, unattended);

  it('reports every epoch it did, and ends with what the model says', async () => {
    const heard: number[] = [];
    const run = await trainFor(X, { hidden: 4, epochs: 5, seed: 1 }, 60_000, unattended, (one) =>
      heard.push(one.epoch),
    );
    expect(heard).toEqual([1, 2, 3, 4, 5]);
    expect(run.epochs).toHaveLength(5);
    expect(run.model.details.epochsDone).toEqual([5]);
    const best = run.epochs[4].bestLoss;
    expect(Math.abs(run.model.squaredError - best)).toBeLessThan(1e-3 * best);
    const seconds = run.epochs.map((one) => one.seconds);
    expect(seconds[4]).toBeCloseTo(5 * run.time.mean, 9);
    expect(run.time.orders + run.time.network).toBeCloseTo(run.time.mean, 9);
    expect(run.time.standardError).toBeGreaterThan(0);
  });

  it('trains an epoch in any case, whose time has no standard error', async () => {
    const run = await trainFor(X, { hidden: 4, epochs: 1 }, 0, unattended);
    expect(run.epochs.length).toBe(1);
    expect(run.time.standardError).toBeUndefined();
  });

  it('stops when it is cancelled', async () => {
    const stop = new AbortController();
    const run = trainFor(X, { hidden: 4 }, 60_000, jobFromSignal(stop.signal), () => stop.abort());
    await expect(run).rejects.toThrow(CancelledError);
  });
});

describe('the note on trainings', () => {
  const X = syntheticTensor(tinyMatrix, 0, unattended);
  const train = (epochs: number, orderWarmup: number) =>
    trainFor(X, { hidden: 2, epochs, orderWarmup }, 60_000, unattended);

  it('says which ended before their orders began to move', async () => {
    const [early, late] = [await train(2, 2), await train(3, 2)];
    expect(trainingNote(1, [early, late])).toContain(
      '1 of 2 trainings ended within the first 2 epochs, in which orders stay as they start',
    );
    expect(trainingNote(1, [late])).not.toContain('stay as they start');
  });
});

describe('rows and points of a training', () => {
  it('are those of epochs 1, 2, 5, 10, 20, 50 and so on', () => {
    const all = Array.from({ length: 1200 }, (_, i) => i + 1);
    expect(all.filter(isMilestone)).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
  });

  it('are thinned to a number, the first and the last among them', () => {
    const all = Array.from({ length: 1001 }, (_, i) => i);
    const some = thinned(all, 11);
    expect(some).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(thinned(all.slice(0, 5), 11)).toEqual([0, 1, 2, 3, 4]);
  });

  it('are announced by name', () => {
    const said: (string | undefined)[] = [];
    const job = named({ ...unattended, report: (_, message) => said.push(message) }, 'gamma 1');
    job.report(0);
    job.report(0.5, 'epoch 3');
    expect(said).toEqual(['gamma 1', 'gamma 1, epoch 3']);
  });
});
