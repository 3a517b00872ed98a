import { beforeEach, describe, expect, it } from 'vitest';
import type { BenchmarkHistoryEntry, BenchmarkInfo } from '../../../src/protocol/benchmarks';
import { BenchmarksStore } from '../../../src/views/benchmarks/benchmarksStore';
import { benchmarkReport, timesTable } from '../../support/benchmarkReport';

const info = (id: string): BenchmarkInfo => ({
  id,
  title: `The ${id}`,
  description: '',
  duration: '',
  parts: [],
});

const outOfMemory = { kind: 'memory', message: 'Too large.', details: {} } as const;
const cancelled = { kind: 'cancelled', message: 'Cancelled.', details: {} } as const;

let store: BenchmarksStore;

beforeEach(() => {
  store = new BenchmarksStore();
  store.setBenchmarks([info('throughput'), info('decompositions')]);
});

describe('BenchmarksStore', () => {
  it('selects the first benchmark, and keeps a selection that is still offered', () => {
    expect(store.model.selected).toBe('throughput');
    store.select('decompositions');
    store.setBenchmarks([info('throughput'), info('decompositions')]);
    expect(store.model.selected).toBe('decompositions');
    store.select('of another version');
    expect(store.model.selected).toBe('decompositions');
    store.setBenchmarks([info('other')]);
    expect(store.model.selected).toBe('other');
  });

  it('appends rows to the table they belong to', () => {
    store.begin('decompositions');
    expect(store.isRunning).toBe(true);
    const other = { ...timesTable(), id: 'other' };
    expect(store.add({ fraction: 0, tables: [timesTable(), other] })).toBe(true);
    expect(store.add({ fraction: 0.2, message: 'SVD' })).toBe(false);
    expect(store.add({ fraction: 0.5, rows: { table: 'times', rows: [['SVD', 4]] } })).toBe(true);
    store.add({ fraction: 0.6, message: 'CP', rows: { table: 'times', rows: [['CP', 5]] } });
    expect(store.model.running).toEqual({
      id: 'decompositions',
      progress: { fraction: 0.6, message: 'CP' },
      tables: [
        {
          ...timesTable(),
          rows: [
            ['SVD', 4],
            ['CP', 5],
          ],
        },
        other,
      ],
    });
  });

  it('does not change a model that it has given away', () => {
    store.begin('decompositions');
    store.add({ fraction: 0, tables: [timesTable()] });
    const { running } = store.model;
    store.add({ fraction: 1, rows: { table: 'times', rows: [['SVD', 4]] } });
    expect(running?.tables[0]?.rows).toEqual([]);
    expect(running?.progress.fraction).toBe(0);
  });

  it('shows the finished report in place of the run', () => {
    store.begin('decompositions');
    store.add({ fraction: 0.5, tables: [timesTable(1)] });
    store.finish(benchmarkReport(), 'key');
    const { report, running, shown } = store.model;
    expect([report, running, shown]).toEqual([benchmarkReport(), undefined, 'key']);
    expect(store.isRunning).toBe(false);
  });

  it('shows a report that could not be kept without a key', () => {
    store.begin('decompositions');
    store.finish(benchmarkReport(), undefined);
    expect(store.model.report).toEqual(benchmarkReport());
    expect('shown' in store.model).toBe(false);
  });

  it('keeps the rows of a run that was cancelled, and takes no more', () => {
    store.begin('decompositions');
    store.add({ fraction: 0.5, tables: [timesTable(1)] });
    store.fail(cancelled);
    expect(store.add({ fraction: 0.6, rows: { table: 'times', rows: [['SVD', 2]] } })).toBe(false);
    expect(store.model.cancelled).toBe(true);
    expect(store.model.failure).toBeUndefined();
    expect(store.model.running?.tables).toEqual([timesTable(1)]);
    expect(store.isRunning).toBe(false);
  });

  it('keeps the rows of a run that failed, with the reason, until the next run', () => {
    store.begin('decompositions');
    store.add({ fraction: 0.5, tables: [timesTable(1)] });
    store.fail(outOfMemory);
    expect(store.model.failure).toEqual(outOfMemory);
    expect(store.model.cancelled).toBe(false);
    expect(store.model.running?.tables).toEqual([timesTable(1)]);
    store.begin('throughput');
    expect(store.model).toMatchObject({ selected: 'throughput', cancelled: false });
    expect(store.model.failure).toBeUndefined();
    expect(store.model.running?.tables).toEqual([]);
  });

  it('shows an earlier report beside a run under way, and instead of one that has ended', () => {
    store.begin('decompositions');
    store.show(benchmarkReport(), 'earlier');
    expect(store.model.running).toBeDefined();
    expect(store.model.shown).toBe('earlier');
    store.fail(cancelled);
    store.show(benchmarkReport(), 'earlier');
    expect(store.model.running).toBeUndefined();
    expect(store.model.cancelled).toBe(false);
  });

  it('takes a forgotten report from view, and no other', () => {
    const entry = { key: 'b' } as BenchmarkHistoryEntry;
    store.setHistory([entry]);
    store.show(benchmarkReport(), 'a');
    store.forget('b');
    expect(store.model.report).toBeDefined();
    store.forget('a');
    expect(store.model.report).toBeUndefined();
    expect(store.model.shown).toBeUndefined();
    expect(store.model.history).toEqual([entry]);
  });

  it('calls a benchmark by its title, and an unknown one by its id', () => {
    expect(store.titleOf('throughput')).toBe('The throughput');
    expect(store.titleOf('gone')).toBe('gone');
  });
});
