import type { FrameLocator, Page } from 'playwright-core';
import { quickInput, runCommand, webview } from '../vscode/browser';

/** Chooses a benchmark, and only those of its parts, in the picks of Run Benchmark…. */
export async function pickBenchmark(
  page: Page,
  title: string,
  parts: readonly string[],
): Promise<void> {
  await pickRow(page, title);
  await page.locator('.quick-input-title', { hasText: `Run Benchmark: ${title}` }).waitFor();
  // All of them are ticked at first.
  await page.locator('.quick-input-header').getByRole('checkbox').click();
  for (const part of parts) {
    // A row may hide the words of another pick that it showed before; its name is its own.
    await page.locator(`.quick-input-list .monaco-list-row[aria-label="${part}"]`).click();
  }
  await quickInput(page).press('Enter');
}

/** The panel without a run of its own. */
export async function openBenchmarks(page: Page): Promise<FrameLocator> {
  await runCommand(page, 'TensorPress: Run Benchmark…');
  await pickRow(page, 'Earlier Reports');
  await page.locator('.tab.active', { hasText: 'Benchmarks' }).waitFor();
  const benchmarks = await webview(page);
  await benchmarks.locator('#benchmark').waitFor({ timeout: 30_000 });
  return benchmarks;
}

/** Of a long list, only what is in sight is there to be clicked: what is typed brings it up. */
export async function pickRow(page: Page, text: string): Promise<void> {
  await quickInput(page).fill(text);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: text }).click();
}
