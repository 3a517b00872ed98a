import type { FrameLocator, Page } from 'playwright-core';
import { contextMenu, explorerRow, webview } from '../vscode/browser';

/** The Decomposition Choices of a file in the Explorer, opened from its context menu. */
export async function openChoices(page: Page, file: string): Promise<FrameLocator> {
  await contextMenu(page, explorerRow(page, file), 'Compress Weights…');
  const choices = await webview(page);
  await choices.locator('#choices #file-name', { hasText: file }).waitFor({ timeout: 60_000 });
  return choices;
}

/** Waits until every choice has been computed and a plan may be compressed. */
export async function waitForChoices(choices: FrameLocator): Promise<void> {
  await choices.locator('vscode-button#compress:not([disabled])').waitFor({ timeout: 90_000 });
  await choices.locator('#cancel-choices').waitFor({ state: 'detached', timeout: 90_000 });
}
