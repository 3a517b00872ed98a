import type { BenchmarkReport, BenchmarkTable } from '../../src/protocol/benchmarks';

export const timesTable = (...times: readonly (number | null)[]): BenchmarkTable => ({
  id: 'times',
  title: 'Times',
  columns: [
    { id: 'method', title: 'Method', kind: 'text' },
    { id: 'time', title: 'Time', unit: 'ms', kind: 'number' },
  ],
  rows: times.map((time) => ['SVD', time]),
});

/** A report with one row and one plot. */
export function benchmarkReport(changes: Partial<BenchmarkReport> = {}): BenchmarkReport {
  return {
    id: 'decompositions',
    title: 'Decompositions',
    description: 'Factorises.',
    parts: ['svd'],
    seed: 3,
    startedAt: '2026-02-03T09:41:22.123Z',
    elapsedMs: 1200,
    environment: {
      toolVersion: '0.2.0',
      system: 'Linux 6.1 x64',
      cpu: 'a processor',
      cores: 2,
      memoryBytes: 8e9,
      runtime: 'Node 22.20.0',
      backend: 'wasm',
      threads: 2,
      kernels: 'relaxed',
    },
    tables: [timesTable(4.5)],
    plots: [
      {
        id: 'time',
        title: 'Time',
        x: { title: 'n', scale: 'log' },
        y: { title: 'Time', unit: 'ms', scale: 'linear' },
        series: [{ title: 'SVD', points: [[128, 4.5]] }],
      },
    ],
    notes: ['One note.'],
    ...changes,
  };
}
