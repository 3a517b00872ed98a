import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobFromSignal, unattended } from '../../../../src/engine/job';
import { kernels } from '../../../../src/engine/kernels';
import { patternSpeed } from '../../../../src/engine/patterns/patternSpeed';
import { bestOfRounds } from '../../../../src/engine/patterns/rounds';
import { CancelledError, UsageError } from '../../../../src/failures';

describe('patternSpeed', () => {
  it('times the dense products and the block-sparse one at six kept fractions', async () => {
    const speed = await patternSpeed({ rows: 96, columns: 128, block: [8, 8] });
    expect(speed).toMatchObject({ rows: 96, columns: 128, block: [8, 8], batch: 256, threads: 1 });
    expect(speed.backend.name).toBe('wasm');
    // Of 192 blocks: 10, 19, 48, 96, 144 and all.
    expect(speed.samples.map(({ kept }) => Math.round(kept * 192))).toEqual([
      10, 19, 48, 96, 144, 192,
    ]);
    const times = [speed.denseMs, speed.backend.ms, ...speed.samples.map(({ ms }) => ms)];
    for (const ms of times) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThan(Infinity);
    }
    expect(kernels().arena.used).toBe(0);
  });

  it('offers each number of blocks once where there are few', async () => {
    const speed = await patternSpeed({ rows: 10, columns: 12, block: [5, 6] });
    expect(speed.samples.map(({ kept }) => kept)).toEqual([0.25, 0.5, 0.75, 1]);
    const one = await patternSpeed({ rows: 10, columns: 12, block: [10, 12] });
    expect(one.samples.map(({ kept }) => kept)).toEqual([1]);
  });

  it.each([
    [[8000, 600, [16, 24]], { rows: 2048, columns: 600 }],
    [[5000, 5000, [48, 48]], { rows: 2016, columns: 1008 }],
    [[4000, 40, [1, 1]], { rows: 512, columns: 40 }],
  ] as const)('measures whole blocks of a smaller matrix in place of %j', async (wanted, size) => {
    const [rows, columns, block] = wanted;
    const speed = await patternSpeed({ rows, columns, block });
    expect(speed).toMatchObject({ ...size, block });
  });

  it('refuses blocks larger than the matrix', async () => {
    await expect(patternSpeed({ rows: 4, columns: 4, block: [8, 8] })).rejects.toThrow(UsageError);
  });

  it('stops when it is cancelled, and gives back what it held', async () => {
    const stop = new AbortController();
    stop.abort();
    const run = patternSpeed({ rows: 64, columns: 64, block: [8, 8] }, jobFromSignal(stop.signal));
    await expect(run).rejects.toThrow(CancelledError);
    expect(kernels().arena.used).toBe(0);
  });
});

describe('bestOfRounds', () => {
  /** Runs that take, by the clock, what `waits` says of each call, and then the last of it again. */
  function runsOf(...waits: (readonly number[])[]): { runs: (() => void)[]; calls: number[] } {
    const calls = waits.map(() => 0);
    const runs = waits.map((own, which) => () => {
      vi.advanceTimersByTime(own[Math.min(calls[which]++, own.length - 1)]);
    });
    return { runs, calls };
  }

  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('takes the fastest run of each, in at least two rounds', async () => {
    const { runs, calls } = runsOf([60, 20], [15, 50]);
    expect(await bestOfRounds(runs, 1, unattended)).toEqual([20, 15]);
    expect(calls).toEqual([2, 2]);
  });

  it('goes on while another round like the last fits the budget', async () => {
    const { runs, calls } = runsOf([70, 20], [30, 10]);
    // 100, then 30 each: the rounds end at 100, 130, 160 and 190 of 200.
    expect(await bestOfRounds(runs, 200, unattended)).toEqual([20, 10]);
    expect(calls).toEqual([4, 4]);
  });

  it('stops between two runs', async () => {
    const stop = new AbortController();
    let reached = false;
    const runs = [() => stop.abort(), () => void (reached = true)];
    await expect(bestOfRounds(runs, 1, jobFromSignal(stop.signal))).rejects.toThrow(CancelledError);
    expect(reached).toBe(false);
  });
});
