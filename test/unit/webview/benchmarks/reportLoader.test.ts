import { describe, expect, it } from 'vitest';
import type { BenchmarksModel } from '../../../../src/protocol/benchmarks';
import { ReportLoader } from '../../../../webview/benchmarks/reportLoader';
import { benchmarkReport } from '../../../support/benchmarkReport';

const model = (keys: readonly string[], shown: string): BenchmarksModel => ({
  benchmarks: [],
  selected: undefined,
  cancelled: false,
  history: keys.map((key) => ({ key }) as BenchmarksModel['history'][number]),
  report: benchmarkReport({ title: shown }),
  shown,
});

/** A host that knows reports `a` and `b`, and every call to it. */
function setUp(fails?: string) {
  const asked: string[] = [];
  const loader = new ReportLoader(async (key) => {
    asked.push(key);
    if (key === fails) {
      throw new Error('gone');
    }
    loader.learn(model(['a', 'b'], key));
  });
  loader.learn(model(['a', 'b'], 'a'));
  return { asked, loader };
}

describe('ReportLoader', () => {
  it('gets the other report, and has the first one shown again', async () => {
    const { asked, loader } = setUp();
    const loading = loader.load('b', 'a');
    expect(loader.isLoading).toBe(true);
    await loading;
    expect(asked).toEqual(['b', 'a']);
    expect(loader.get('b')?.title).toBe('b');
    expect(loader.isLoading).toBe(false);
  });

  it('asks for nothing that it knows', async () => {
    const { asked, loader } = setUp();
    await loader.load('b', 'a');
    await loader.load('b', 'a');
    expect(asked).toHaveLength(2);
  });

  it('has the first one shown again when the other cannot be had', async () => {
    const { asked, loader } = setUp('b');
    await expect(loader.load('b', 'a')).rejects.toThrow('gone');
    expect(asked).toEqual(['b', 'a']);
    expect(loader.get('b')).toBeUndefined();
    expect(loader.isLoading).toBe(false);
  });

  it('forgets reports that have been removed', () => {
    const { loader } = setUp();
    loader.learn(model(['b'], 'b'));
    expect(loader.get('a')).toBeUndefined();
    expect(loader.get('b')).toBeDefined();
    expect(loader.get(undefined)).toBeUndefined();
  });
});
