import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { measure } from '../../../src/benchmarks/measure';
import { runBenchmark } from '../../../src/benchmarks/run';
import { createThroughput } from '../../../src/benchmarks/throughput';
import { backendOperations, operations } from '../../../src/benchmarks/throughputOperations';
import { jobFromSignal, unattended } from '../../../src/engine/job';
import { CancelledError } from '../../../src/failures';

const sizes = [8, 12, 16, 24];
const registry = [createThroughput(sizes, 1)];

describe('the benchmark of throughput', () => {
  it('times every operation at every size', async () => {
    const report = await runBenchmark(
      { id: 'throughput', seed: 0 },
      unattended,
      () => {},
      registry,
    );
    const [rates, growth] = report.tables;
    const all = [...operations, ...(await backendOperations())];
    expect(rates.rows.map(([operation, size]) => `${operation} ${size}`)).toEqual(
      all.flatMap(({ title }) => sizes.map((size) => `${title} ${size}`)),
    );
    for (const [title, size, ms, rate, , runs] of rates.rows) {
      const operation = all.find((candidate) => candidate.title === title);
      expect(ms).toBeGreaterThan(0);
      expect(runs).toBeGreaterThanOrEqual(3);
      // GFLOP/s are flops per nanosecond.
      const flops = operation?.flops(Number(size));
      expect(Number(rate) * Number(ms) * 1e6).toBeCloseTo(flops ?? Number.NaN, 3);
    }
    expect(growth.rows.map(([operation]) => operation)).toEqual(all.map(({ title }) => title));
    for (const [, exponent, count] of growth.rows) {
      expect(exponent).toEqual(expect.any(Number));
      expect(count).toBe(sizes.length);
    }
    expect(report.plots[0].series.map(({ points }) => points.length)).toEqual(
      all.map(() => sizes.length),
    );
  });

  it('fits no exponent to three sizes', async () => {
    const short = [createThroughput([8, 12, 16], 1)];
    const request = { id: 'throughput', parts: ['gram'], seed: 0 };
    const report = await runBenchmark(request, unattended, () => {}, short);
    expect(report.tables[1].rows.map(([, exponent]) => exponent)).toEqual([null, null]);
    expect(report.notes).toEqual([]);
  });

  it('has at least four sizes for each operation, so that all get an exponent', () => {
    for (const operation of operations) {
      expect(operation.sizes.length).toBeGreaterThanOrEqual(4);
    }
  });

  it('stops between two runs', async () => {
    const stop = new AbortController();
    const run = runBenchmark(
      { id: 'throughput', seed: 0 },
      jobFromSignal(stop.signal),
      ({ rows }) => rows && stop.abort(),
      registry,
    );
    await expect(run).rejects.toThrow(CancelledError);
  });
});

describe('measure', () => {
  it('leaves the first run out and takes the best of the others', async () => {
    const waits = [80, 40, 20, 60];
    let calls = 0;
    const { ms, runs } = await measure(() => delay(waits[calls++]), unattended, 1);
    expect(runs).toBe(3);
    expect(calls).toBe(4);
    expect(ms).toBeGreaterThan(15);
    expect(ms).toBeLessThan(40);
  });

  it('runs a long operation once', async () => {
    let calls = 0;
    const { ms, runs } = await measure(() => {
      calls++;
      return delay(1510);
    }, unattended);
    expect([calls, runs]).toEqual([1, 1]);
    expect(ms).toBeGreaterThanOrEqual(1500);
  });
});
