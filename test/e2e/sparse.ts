import type { FrameLocator, Locator, Page } from 'playwright-core';
import { contextMenu, explorerRow, quickInput, webview } from '../vscode/browser';
import { textOf } from './workbench';

/** The panel of a sparse matrix in the Explorer, opened from its context menu. */
export async function openSparse(page: Page, file: string): Promise<FrameLocator> {
  await contextMenu(page, explorerRow(page, file), 'Compress Sparse Matrix…');
  await page.locator('.tab.active', { hasText: `Sparse: ${file}` }).waitFor();
  return webview(page);
}

/** Waits until the file is read and the methods are offered. */
export async function waitForOffer(sparse: FrameLocator): Promise<void> {
  await sparse.locator('#sparse #run').waitFor({ timeout: 60_000 });
}

/** Waits until nothing is under way. */
export async function waitForRun(sparse: FrameLocator): Promise<void> {
  await sparse.locator('#cancel').waitFor({ state: 'detached', timeout: 120_000 });
}

/** Leaves everything out that a run would make. */
export async function tickNothing(sparse: FrameLocator): Promise<void> {
  const pressed = sparse.locator('.method .chip[aria-pressed="true"]');
  while ((await pressed.count()) > 0) {
    await pressed.first().click();
  }
}

/** Adds settings of a method and runs them, and what else is ticked. */
export async function runOwn(
  sparse: FrameLocator,
  method: string,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const form = sparse.locator(`#form-${method}`);
  if (!(await form.isVisible())) {
    await sparse.locator(`#own-${method}`).click();
  }
  await form.waitFor();
  for (const [name, value] of Object.entries(options)) {
    const field = sparse.locator(`#option-${method}-${name}`);
    if (!(await field.isVisible())) {
      await form.locator('summary').click();
    }
    await field.fill(value);
  }
  await sparse.locator(`#add-${method}`).click();
  await sparse.locator('vscode-button#run:not([disabled])').click();
  await sparse.locator('vscode-button#run[disabled]').waitFor();
}

/** The button of a setting that was tried, by its first value. */
export function chip(
  sparse: FrameLocator,
  method: string,
  value: number,
  state: 'done' | 'paused' = 'done',
): Locator {
  return sparse.locator(`[data-method="${method}"] .chip.${state}`, {
    hasText: new RegExp(`^\\W*${value}\\b`),
  });
}

/** The number that the figures of the training give for its last epoch. */
export async function epochOf(sparse: FrameLocator): Promise<number> {
  const facts = await textOf(sparse.locator('#training-facts'));
  // From 1000 on there are thin spaces in it.
  return Number(/Epoch(\d+)/.exec(facts.replace(/\s/g, ''))?.[1] ?? NaN);
}

/** Chooses from a quick pick whose entries come by and by. */
export async function pick(page: Page, label: string): Promise<void> {
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();
  await row.waitFor();
  await row.click();
}

/** What an input box says below its field. */
export function inputMessage(page: Page): Locator {
  return page.locator('.quick-input-widget:visible .quick-input-message');
}

/** Answers an input box, with what it suggests where nothing is given. */
export async function answer(page: Page, text?: string): Promise<void> {
  const input = quickInput(page);
  await input.waitFor();
  if (text !== undefined) {
    await input.fill(text);
  }
  await page.waitForTimeout(300);
  await input.press('Enter');
}
