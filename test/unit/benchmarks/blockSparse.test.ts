import { describe, expect, it } from 'vitest';
import { createBlockSparse } from '../../../src/benchmarks/blockSparse';
import { blockSizes, sparsities } from '../../../src/benchmarks/blockSparseRun';
import { kroneckerRanks } from '../../../src/benchmarks/blockSparseKronecker';
import { breakEvenSparsity } from '../../../src/benchmarks/breakEven';
import { runBenchmark } from '../../../src/benchmarks/run';
import { jobFromSignal, unattended } from '../../../src/engine/job';
import { CancelledError } from '../../../src/failures';

const registry = [
  createBlockSparse({
    medium: { rows: 64, columns: 96, batch: 16 },
    large: { rows: 96, columns: 128, batch: 16 },
    budgetMs: 1,
  }),
];

describe('the benchmark of block-sparse products', () => {
  it('times every block size at every sparsity on both matrices', async () => {
    const request = { id: 'block-sparse', parts: ['medium', 'large'], seed: 0 };
    const report = await runBenchmark(request, unattended, () => {}, registry);
    const [speed, breakEven, ...rest] = report.tables;
    expect(rest).toEqual([]);
    const matrices = ['64 × 96', '96 × 128'];
    expect(speed.rows.map(([matrix, block]) => `${matrix}: ${block}`)).toEqual(
      matrices.flatMap((matrix) =>
        blockSizes.flatMap((size) => sparsities.map(() => `${matrix}: ${size} × ${size}`)),
      ),
    );
    expect(breakEven.rows).toHaveLength(2 * blockSizes.length);
    expect(report.plots[0].series).toHaveLength(2 * blockSizes.length);
    for (const { points } of report.plots[0].series) {
      expect(points).toHaveLength(sparsities.length);
    }
    expect(report.notes[0]).toMatch(/packed beforehand/);
  });

  it('counts the multiply-adds of the stored blocks alone', async () => {
    const request = { id: 'block-sparse', parts: ['medium'], seed: 0 };
    const report = await runBenchmark(request, unattended, () => {}, registry);
    const [speed, breakEven] = report.tables;
    for (const [at, row] of speed.rows.entries()) {
      const [, , sparsity, ms, rate, overDense, overBackend, overAll] = row.map(Number);
      const series = Math.floor(at / sparsities.length);
      const [, , dense, backend] = breakEven.rows[series].map(Number);
      // As near to the wanted sparsity as whole blocks allow: the largest are 6 in all.
      const blocks = (64 / blockSizes[series]) * (96 / blockSizes[series]);
      expect(Math.abs(sparsity - sparsities[at % sparsities.length])).toBeLessThan(0.51 / blocks);
      const flops = 2 * (1 - sparsity) * 64 * 96 * 16;
      expect(rate * ms * 1e6).toBeCloseTo(flops, 3);
      expect(overDense * ms).toBeCloseTo(dense, 6);
      expect(overBackend * ms).toBeCloseTo(backend, 6);
      const all = Number(speed.rows[series * sparsities.length][3]);
      expect(overAll * ms).toBeCloseTo(all, 6);
    }
  });

  it('times the Kronecker form of every block size and rank', async () => {
    const request = { id: 'block-sparse', parts: ['kronecker'], seed: 0 };
    const report = await runBenchmark(request, unattended, () => {}, registry);
    const [kronecker, ...rest] = report.tables;
    expect(rest).toEqual([]);
    expect(report.plots).toEqual([]);
    expect(kronecker.rows.map(([, block, rank]) => `${block}: ${rank}`)).toEqual(
      blockSizes.flatMap((size) => kroneckerRanks.map((rank) => `${size} × ${size}: ${rank}`)),
    );
    for (const [, , , macs, ms, overDouble, overSingle] of kronecker.rows) {
      for (const value of [macs, ms, overDouble, overSingle]) {
        expect(value).toBeGreaterThan(0);
      }
    }
  });

  it('stops between two block sizes', async () => {
    const stop = new AbortController();
    const run = runBenchmark(
      { id: 'block-sparse', seed: 0 },
      jobFromSignal(stop.signal),
      ({ rows }) => rows && stop.abort(),
      registry,
    );
    await expect(run).rejects.toThrow(CancelledError);
  });
});

describe('breakEvenSparsity', () => {
  const times = [
    { sparsity: 0, ms: 12 },
    { sparsity: 0.5, ms: 8 },
    { sparsity: 0.9, ms: 2 },
  ];

  it('interpolates between the products around it', () => {
    expect(breakEvenSparsity(times, 10)).toBeCloseTo(0.25, 12);
    expect(breakEvenSparsity(times, 5)).toBeCloseTo(0.7, 12);
    expect(breakEvenSparsity(times, 8)).toBeCloseTo(0.5, 12);
  });

  it('is 0 when the product with all blocks is as fast, and null when none is', () => {
    expect(breakEvenSparsity(times, 12)).toBe(0);
    expect(breakEvenSparsity(times, 1)).toBeNull();
  });

  it('looks for the sparsity from which on it stays faster', () => {
    const bumpy = [
      { sparsity: 0, ms: 9 },
      { sparsity: 0.5, ms: 11 },
      { sparsity: 0.9, ms: 1 },
    ];
    expect(breakEvenSparsity(bumpy, 10)).toBeCloseTo(0.54, 12);
  });
});
