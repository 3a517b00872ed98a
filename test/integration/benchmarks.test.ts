import assert from 'node:assert/strict';
import { TabInputWebview, commands, window } from 'vscode';
import type { BenchmarkReport } from '../../src/protocol/benchmarks';
import { closeEditors, until } from './support';

const run = (options: object) =>
  commands.executeCommand<BenchmarkReport>('tensorpress.runBenchmark', options);

const panels = () =>
  window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof TabInputWebview)
    .filter(({ label }) => label === 'Benchmarks');

suite('Run Benchmark with arguments', () => {
  teardown(closeEditors);

  test('asks nothing, shows its one panel and returns the report', async () => {
    const report = await run({ id: 'decompositions', parts: ['tucker'] });
    assert.deepEqual([report.id, report.parts], ['decompositions', ['tucker']]);
    assert.ok(report.tables.some(({ rows }) => rows.length > 0));
    await until('the panel', () => panels().length === 1);
    await assert.rejects(async () => run({ id: 'none' }));
    assert.equal(panels().length, 1);
  });

  test('rejects a benchmark or a part that does not exist, naming those that do', async () => {
    await assert.rejects(async () => run({ id: 'none' }), /no benchmark "none"; .*throughput/);
    await assert.rejects(
      async () => run({ id: 'throughput', parts: ['none'] }),
      /no part "none"; .*gram/,
    );
  });

  test('refuses a second run while one is under way', async () => {
    const first = run({ id: 'decompositions', parts: ['tucker'] });
    await assert.rejects(async () => run({ id: 'throughput', parts: ['gram'] }), /is running/);
    assert.equal((await first).id, 'decompositions');
  });
});
