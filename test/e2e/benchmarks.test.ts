import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { acceptFileDialog, runCommand, toast, webview } from '../vscode/browser';
import { openBenchmarks, pickBenchmark, pickRow } from './benchmarks';
import { useWorkbench } from './useWorkbench';
import { sampleName, textOf } from './workbench';

const title = 'Speed of matrix operations';

describe('running benchmarks', () => {
  const workbench = useWorkbench();
  let benchmarks: FrameLocator;

  const rows = (table: string) => benchmarks.locator(`[data-table="${table}"] tbody tr`);
  const entries = () => benchmarks.locator('.history-item');
  const notification = () =>
    workbench.page.locator('.notifications-toasts .notification-list-item', {
      hasText: `Running “${title}”`,
    });
  /** Starts all parts from the page, which takes a minute, and waits for the first row. */
  const startLongRun = async () => {
    await benchmarks.locator('#benchmark').selectOption('throughput');
    await benchmarks.locator('#run').click();
    await benchmarks.locator('#cancel').waitFor();
    await benchmarks.locator('[data-table="rates"] tbody td.numeric').first().waitFor();
  };
  const exported = (extension: string) => {
    const [name = ''] = readdirSync(workbench.folder).filter((one) => one.endsWith(extension));
    return readFileSync(join(workbench.folder, name), 'utf8');
  };

  test('the palette asks for a benchmark and its parts, and its rows arrive in a panel', async () => {
    const { page } = workbench;
    await runCommand(page, 'TensorPress: Run Benchmark…');
    await pickBenchmark(page, title, ['Gram matrices and QR']);
    await page.locator('.tab.active', { hasText: 'Benchmarks' }).waitFor();
    benchmarks = await webview(page);
    await benchmarks.locator('[role="progressbar"]').waitFor({ timeout: 30_000 });
    await notification().waitFor();
    await benchmarks.locator('[data-table="rates"] tbody td.numeric').first().waitFor();
    expect(await benchmarks.locator('#cancel').count()).toBe(1);
    expect(await rows('rates').count()).toBeLessThan(9);

    await benchmarks.locator('#report-title', { hasText: title }).waitFor({ timeout: 60_000 });
    expect(await rows('rates').count()).toBe(9);
    expect(await textOf(rows('rates').first())).toMatch(/^Gram matrix, f64 128 [\d.]+ /);
    await benchmarks.locator('[data-plot="rate-by-size"] canvas').waitFor();
    await notification().waitFor({ state: 'hidden' });
    await expect.poll(() => textOf(entries().first())).toContain(title);
    expect(await entries().count()).toBe(1);
  });

  test('the report is exported as Markdown, CSV and JSON into the folder that is open', async () => {
    for (const [format, extension] of [
      ['markdown', '.md'],
      ['csv', '.csv'],
      ['json', '.json'],
    ] as const) {
      await benchmarks.locator(`#export-${format}`).click();
      await acceptFileDialog(workbench.page);
      await benchmarks.locator('#said', { hasText: extension }).waitFor();
    }
    expect(exported('.md')).toContain(`# ${title}\n`);
    expect(exported('.md')).toMatch(/\| Gram matrix, f64 \| 128 \|/);
    expect(exported('.csv')).toMatch(/^"Gram matrix, f64",128,/m);
    const report = JSON.parse(exported('.json')) as { id: string; parts: string[] };
    expect([report.id, report.parts]).toEqual(['throughput', ['gram']]);
    const names = readdirSync(workbench.folder).filter((name) => name !== sampleName);
    expect(names.map((name) => name.replace(/\d{4}-\d\d-\d\d/, 'DATE')).sort()).toEqual([
      'throughput-DATE.csv',
      'throughput-DATE.json',
      'throughput-DATE.md',
    ]);
  });

  test('the report is put on the clipboard as Markdown', async () => {
    await benchmarks.locator('#copy').click();
    await benchmarks.locator('#said', { hasText: 'clipboard' }).waitFor();
    const text = await workbench.page.evaluate<string>('navigator.clipboard.readText()');
    expect(text).toBe(exported('.md'));
  });

  test('a run that is cancelled in the panel keeps its rows and is no report', async () => {
    await startLongRun();
    await benchmarks.locator('#cancel').click();
    await benchmarks.locator('#cancelled').waitFor({ timeout: 5000 });
    expect(await textOf(benchmarks.locator('#cancelled'))).toMatch(/^Cancelled after \d+ rows?\./);
    expect(await rows('rates').count()).toBeGreaterThan(0);
    expect(await entries().count()).toBe(1);
  });

  test('a run goes on when the panel is closed, is shown again, and stops in its notification', async () => {
    const { page } = workbench;
    await startLongRun();
    await runCommand(page, 'View: Close Editor');
    await page.locator('.tab', { hasText: 'Benchmarks' }).waitFor({ state: 'detached' });
    benchmarks = await openBenchmarks(page);
    await benchmarks.locator('[role="progressbar"]').waitFor();
    expect(await rows('rates').count()).toBeGreaterThan(0);

    await notification().hover();
    await notification().getByRole('button', { name: 'Cancel' }).click();
    await benchmarks.locator('#cancelled').waitFor({ timeout: 5000 });
  });

  test('a second run is refused while one is under way', async () => {
    const { page } = workbench;
    await startLongRun();
    await runCommand(page, 'TensorPress: Run Benchmark…');
    await pickBenchmark(page, title, ['Gram matrices and QR']);
    await toast(page, `“${title}” is running.`).waitFor();
    await benchmarks.locator('#cancel').click();
    await benchmarks.locator('#cancelled').waitFor({ timeout: 5000 });
  });

  test('the history shows an earlier report, and brings back one that was removed', async () => {
    const { page } = workbench;
    await entries().first().locator('.history-show').click();
    await benchmarks.locator('#report-title', { hasText: title }).waitFor();
    expect(await rows('rates').count()).toBe(9);

    await entries().first().locator('.history-forget').click();
    await benchmarks.locator('#no-history').waitFor();
    await benchmarks.locator('#empty').waitFor();
    const removed = toast(page, 'Removed the report');
    await removed.hover();
    await removed.getByRole('button', { name: 'Undo' }).click();
    await entries().first().waitFor();
  });

  test('reloading the window brings the panel back with the report that it showed', async () => {
    const { page } = workbench;
    await entries().first().locator('.history-show').click();
    await benchmarks.locator('#report-title').waitFor();
    // What a page wants kept reaches the workbench as a message.
    await page.waitForTimeout(500);
    const loaded = page.waitForEvent('load');
    await runCommand(page, 'Developer: Reload Window');
    await loaded;
    await page.locator('.tab.active', { hasText: 'Benchmarks' }).waitFor({ timeout: 60_000 });
    benchmarks = await webview(page);
    await benchmarks.locator('#report-title', { hasText: title }).waitFor({ timeout: 30_000 });
    expect(await rows('rates').count()).toBe(9);
  });

  test('the palette asks for a file and for minutes where a benchmark takes them', async () => {
    const { folder, page } = workbench;
    const entries = Array.from(
      { length: 12 },
      (_, i) => `${i + 1} ${((5 * i) % 7) + 1} ${(i % 4) + 1} 1`,
    );
    writeFileSync(join(folder, 'links.tns'), `${entries.join('\n')}\n`);
    await runCommand(page, 'TensorPress: Run Benchmark…');
    await pickBenchmark(page, 'NeuKron: a tensor of three modes', ['Tucker']);
    await pickRow(page, 'Use a File');
    await pickRow(page, 'links.tns');
    await pickRow(page, '2 minutes');
    await benchmarks.locator('#ran-on').waitFor({ timeout: 60_000 });
    expect(await textOf(benchmarks.locator('#ran-on'))).toBe('links.tns, 12 × 7 × 4, 12 nonzeros');
    expect(await rows('methods').count()).toBe(3);
  });

  test('the page kept to its content security policy and threw nothing', () => {
    expect(workbench.complaints).toEqual([]);
  });
});
