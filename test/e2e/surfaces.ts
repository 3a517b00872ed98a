import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { acceptFileDialog, explorerRow, webview } from '../vscode/browser';
import { openChoices, waitForChoices } from './choices';
import { sampleName } from './workbench';
import type { Workbench } from './workbench';

/** Themes by the kind that a page is to adapt to. */
export const themes = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  highContrast: 'Default High Contrast',
  highContrastLight: 'Default High Contrast Light',
} as const;

export type ThemeKind = keyof typeof themes;

const workbenchClasses: Readonly<Record<ThemeKind, string>> = {
  light: 'vs',
  dark: 'vs-dark',
  highContrast: 'hc-black',
  highContrastLight: 'hc-light',
};

/** Changes the theme as a person does, while everything is open. */
export async function setTheme({ page, server }: Workbench, kind: ThemeKind): Promise<void> {
  const file = join(server.userData, 'User/settings.json');
  const settings = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...settings, 'workbench.colorTheme': themes[kind] }));
  await page.locator(`.monaco-workbench.${workbenchClasses[kind]}`).waitFor({ timeout: 20_000 });
  // The pages hear of it, and curves are drawn again.
  await page.waitForTimeout(700);
}

/** The inspector on the sample, with a tensor whose statistics have arrived. */
export async function showInspector({ page }: Workbench): Promise<FrameLocator> {
  await explorerRow(page, sampleName).dblclick();
  await page.locator(`.tab.active[aria-label^="${sampleName}"]`).waitFor();
  const inspector = await webview(page);
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
  await choices.locator('[data-tensor="fc1.weight"]').click();
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
  await explorerRow(page, 'lenet5-mnist.pressed.safetensors').dblclick();
  await page.locator('.tab.active[aria-label^="lenet5-mnist.pressed.safetensors"]').waitFor();
  const inspector = await webview(page);
  await inspector.locator('#pressed-banner summary').click();
  return inspector;
}

/** The inspector on a file that ends too early. */
export async function showFailure({ folder, page }: Workbench): Promise<FrameLocator> {
  const name = 'cut.safetensors';
  writeFileSync(join(folder, name), readFileSync(join(folder, sampleName)).subarray(0, 9000));
  await explorerRow(page, name).dblclick();
  await page.locator(`.tab.active[aria-label^="${name}"]`).waitFor();
  const inspector = await webview(page);
  await inspector.locator('[data-failure]').waitFor({ timeout: 30_000 });
  return inspector;
}
