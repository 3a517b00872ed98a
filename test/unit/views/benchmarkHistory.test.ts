import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/failures';
import { createBenchmarkHistory } from '../../../src/views/benchmarks/benchmarkHistory';
import { formatReport, parseReport } from '../../../src/views/benchmarks/storedReport';
import { benchmarkReport, timesTable } from '../../support/benchmarkReport';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorpress-history-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (minute: number) =>
  benchmarkReport({ startedAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() });

describe('createBenchmarkHistory', () => {
  it('is empty where nothing has been kept yet', async () => {
    expect(await createBenchmarkHistory(join(folder, 'absent')).list()).toEqual([]);
  });

  it('gives back what was added, also to another window, newest first', async () => {
    const history = createBenchmarkHistory(join(folder, 'new'));
    const second = await history.add(at(2));
    const third = await history.add(at(3));
    const first = await history.add(at(1));
    const other = createBenchmarkHistory(join(folder, 'new'));
    const entries = await other.list();
    expect(entries.map(({ key }) => key)).toEqual([third, second, first]);
    expect(entries[0]).toEqual({
      key: third,
      id: 'decompositions',
      title: 'Decompositions',
      startedAt: at(3).startedAt,
      elapsedMs: 1200,
      toolVersion: '0.2.0',
      backend: 'wasm',
    });
    expect(await other.read(first)).toEqual(at(1));
  });

  it('tells two reports of the same moment apart', async () => {
    const history = createBenchmarkHistory(folder);
    expect(await history.add(at(1))).not.toBe(await history.add(at(1)));
    expect(await history.list()).toHaveLength(2);
  });

  it('leaves a whole JSON file behind, and nothing else', async () => {
    const key = await createBenchmarkHistory(folder).add(at(1));
    expect(readdirSync(folder)).toEqual([`${key}.json`]);
    expect(parseReport(readFileSync(join(folder, `${key}.json`), 'utf8'))).toEqual(at(1));
  });

  it('keeps the newest fifty', async () => {
    const history = createBenchmarkHistory(folder);
    for (let minute = 0; minute < 52; minute++) {
      await history.add(at(minute));
    }
    const times = (await history.list()).map(({ startedAt }) => startedAt);
    expect(times).toHaveLength(50);
    expect(times.at(-1)).toBe(at(2).startedAt);
    expect(readdirSync(folder)).toHaveLength(50);
  });

  it('passes over files that are broken or foreign, and leaves them alone', async () => {
    const history = createBenchmarkHistory(folder);
    const key = await history.add(at(1));
    const cut = `${key.slice(0, -8)}00000000.json`;
    writeFileSync(join(folder, cut), formatReport(at(2)).slice(0, 100));
    writeFileSync(join(folder, 'notes.json'), formatReport(at(3)));
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await history.add(at(4));
    expect(await history.list()).toHaveLength(2);
    expect(await history.read(cut.replace('.json', ''))).toBeUndefined();
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([cut, 'notes.json', 'notes.txt']));
  });

  it('removes a report, and does not mind one that is gone already', async () => {
    const history = createBenchmarkHistory(folder);
    const key = await history.add(at(1));
    await history.remove(key);
    await history.remove(key);
    expect(await history.read(key)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reads and removes nothing outside of its folder', async () => {
    const outside = join(folder, 'outside.json');
    writeFileSync(outside, formatReport(at(1)));
    const history = createBenchmarkHistory(join(folder, 'inside'));
    expect(await history.read('../outside')).toBeUndefined();
    await expect(history.remove('../outside')).rejects.toThrow(UsageError);
    expect(readdirSync(folder)).toContain('outside.json');
  });
});

describe('parseReport', () => {
  const broken: readonly (readonly [string, unknown])[] = [
    ['a list', []],
    ['null', null],
    ['no title', { ...benchmarkReport(), title: undefined }],
    ['no environment', { ...benchmarkReport(), environment: undefined }],
    ['a time that is none', { ...benchmarkReport(), startedAt: 'yesterday' }],
    ['a cell that is an object', withTable({ rows: [[{ html: '<b>' }]] })],
    ['a column of an unknown kind', withTable({ columns: [{ id: 'a', title: 'A', kind: 'map' }] })],
    ['an axis of an unknown scale', withPlot({ x: { title: 'n', scale: 'cubic' } })],
    ['a point that is text', withPlot({ series: [{ title: 'SVD', points: [['1', 2]] }] })],
  ];

  function withTable(changes: object): unknown {
    return { ...benchmarkReport(), tables: [{ ...benchmarkReport().tables[0], ...changes }] };
  }

  function withPlot(changes: object): unknown {
    return { ...benchmarkReport(), plots: [{ ...benchmarkReport().plots[0], ...changes }] };
  }

  it('takes what formatReport writes', () => {
    expect(parseReport(formatReport(benchmarkReport()))).toEqual(benchmarkReport());
    const trained = benchmarkReport({
      data: { file: 'a.mtx', dims: [2, 3], nonzeros: 4 },
      minutes: 0.5,
    });
    expect(parseReport(formatReport(trained))).toEqual(trained);
    const broken = { ...trained, data: { dims: ['2'], nonzeros: 4 } };
    expect(parseReport(JSON.stringify(broken))).toBeUndefined();
  });

  it('takes numbers that JSON writes as null', () => {
    const report = benchmarkReport({ tables: [timesTable(NaN)] });
    expect(parseReport(formatReport(report))?.tables[0]?.rows).toEqual([['SVD', null]]);
  });

  it.each(broken)('refuses %s', (_, value) => {
    expect(parseReport(JSON.stringify(value))).toBeUndefined();
  });

  it('refuses what is no JSON', () => {
    expect(parseReport('{"id": "dec')).toBeUndefined();
  });
});
