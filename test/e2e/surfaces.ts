import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { writeCommunities } from '../support/sparseFiles';
import { acceptFileDialog, explorerRow, quickInput, runCommand, webview } from '../vscode/browser';
import { pickBenchmark } from './benchmarks';
import { openChoices, waitForChoices } from './choices';
import { openInspector } from './inspector';
import { chooseBlock, keep, openPatterns } from './patterns';
import { chip, openSparse, runOwn, waitForOffer, waitForRun } from './sparse';
import { sampleName } from './workbench';
import type { Workbench } from './workbench';

/** The kinds of theme that a page is to adapt to: VS Code's name for one, and its class. */
export const themes = {
  light: { label: 'Light Modern', className: 'vs' },
  dark: { label: 'Dark Modern', className: 'vs-dark' },
  highContrast: { label: 'Dark High Contrast', className: 'hc-black' },
  highContrastLight: { label: 'Light High Contrast', className: 'hc-light' },
} as const;

export type ThemeKind = keyof typeof themes;

/** Changes the theme as a person does, while everything is open. */
export async function setTheme({ page }: Workbench, kind: ThemeKind): Promise<void> {
  const { label, className } = themes[kind];
  await runCommand(page, 'Preferences: Color Theme');
  const picker = page.locator('.quick-input-widget:visible input[placeholder*="Color Theme"]');
  await picker.fill(label);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: label }).waitFor();
  await picker.press('Enter');
  await page.locator(`.monaco-workbench.${className}`).waitFor();
  await quickInput(page).waitFor({ state: 'hidden' });
  // The pages hear of it, and curves are drawn again.
  await page.waitForTimeout(700);
}

/** The inspector on the sample, with a tensor whose statistics have arrived. */
export async function showInspector({ page }: Workbench): Promise<FrameLocator> {
  const inspector = await openInspector(page, sampleName);
  await inspector.locator('[data-tensor="fc1.weight"]').click();
  await inspector.locator('#energy-ranks').waitFor({ timeout: 30_000 });
  return inspector;
}

/** The choices of the sample under a budget of a quarter, with a tensor selected. */
export async function showChoices({ page }: Workbench): Promise<FrameLocator> {
  const choices = await openChoices(page, sampleName);
  await waitForChoices(choices);
  await choices.locator('#budget-value input').fill('25');
  await choices.locator('#budget-value input').press('Enter');
  await choices.locator('[data-tensor="conv2.weight"]').click();
  await choices.locator('#choice-curve canvas').waitFor();
  await choices.locator('#result-parameters', { hasText: /2[45].* kept/ }).waitFor();
  return choices;
}

/** What the panel says after compressing. */
export async function showResult(workbench: Workbench): Promise<FrameLocator> {
  const choices = await showChoices(workbench);
  await choices.locator('#compress').click();
  await acceptFileDialog(workbench.page);
  await choices.locator('#result').waitFor({ timeout: 60_000 });
  return choices;
}

/** The inspector on the file that {@link showResult} wrote. */
export async function showPressed({ page }: Workbench): Promise<FrameLocator> {
  const inspector = await openInspector(page, 'lenet5-mnist.pressed.safetensors');
  await inspector.locator('#pressed-banner summary').click();
  return inspector;
}

/** The patterns of the sample's largest matrix, with everything computed. */
export async function showPatterns({ page }: Workbench): Promise<FrameLocator> {
  const patterns = await openPatterns(page, sampleName);
  await chooseBlock(patterns, '8x8');
  await keep(patterns, 40);
  await patterns.locator('#curves press-curve canvas').waitFor();
  await patterns.locator('#kpd-error').waitFor({ timeout: 30_000 });
  await patterns.locator('#forecast strong').waitFor({ timeout: 30_000 });
  return patterns;
}

/** Adds to the folder what {@link showSparse} opens; before it is opened, to be in the Explorer. */
export function prepareSparse(folder: string): void {
  writeCommunities(join(folder, 'letters.mtx'));
}

/** A sparse matrix with all that compresses it, a training among them, which is selected. */
export async function showSparse({ page }: Workbench): Promise<FrameLocator> {
  const sparse = await openSparse(page, 'letters.mtx');
  await waitForOffer(sparse);
  await runOwn(sparse, 'neukron', { hidden: '12', epochs: '150' });
  await waitForRun(sparse);
  await chip(sparse, 'neukron', 12).click();
  await sparse.locator('#form-neukron').getByText('Close').click();
  await sparse.locator('#plot').scrollIntoViewIfNeeded();
  return sparse;
}

/** What is shown of a network that stands for a matrix. */
export async function showNetwork({ page }: Workbench): Promise<FrameLocator> {
  const sparse = await webview(page);
  await sparse.locator('#write').click();
  await acceptFileDialog(page);
  await sparse.locator('#result').waitFor({ timeout: 60_000 });
  await explorerRow(page, 'letters.neukron').dblclick();
  await page.locator('.tab.active[aria-label^="letters.neukron"]').waitFor();
  const network = await webview(page);
  await network.locator('h1', { hasText: 'letters.neukron' }).waitFor({ timeout: 30_000 });
  return network;
}

/** The report of a benchmark with published figures. */
export async function showBenchmarks({ page }: Workbench): Promise<FrameLocator> {
  await runCommand(page, 'TensorPress: Run Benchmark…');
  await pickBenchmark(page, 'Tensor decompositions of convolutions', ['Tucker']);
  await page.locator('.tab.active', { hasText: 'Benchmarks' }).waitFor();
  const benchmarks = await webview(page);
  await benchmarks.locator('#report-title').waitFor({ timeout: 90_000 });
  await benchmarks.locator('press-curve canvas').first().waitFor();
  return benchmarks;
}

/** The inspector on a file that ends too early. */
export async function showFailure({ folder, page }: Workbench): Promise<FrameLocator> {
  const name = 'cut.safetensors';
  writeFileSync(join(folder, name), readFileSync(join(folder, sampleName)).subarray(0, 9000));
  const inspector = await openInspector(page, name);
  await inspector.locator('[data-failure]').waitFor({ timeout: 30_000 });
  return inspector;
}
