import { chromium } from 'playwright-core';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { findChromium } from './chromium';
import type { Server } from './server';

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error('No Chromium is installed; "npm test" installs it where it can.');
  }
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      // Root, as in most containers, has no sandbox.
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** Opens a folder in the workbench and waits for its Explorer. */
export async function openFolder(page: Page, server: Server, folder: string): Promise<void> {
  await page.goto(`${server.origin}/?folder=${encodeURIComponent(folder)}`);
  await page
    .locator('.explorer-folders-view .monaco-list-row')
    .first()
    .waitFor({ timeout: 60_000 });
}

/** The row of a file in the Explorer. */
export function explorerRow(page: Page, file: string): Locator {
  return page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${file}"]`);
}

/**
 * The document that an extension shows in the visible webview. The first of a window takes
 * seconds: a service worker starts and two frames load.
 */
export async function webview(page: Page): Promise<FrameLocator> {
  const outer = page.locator('iframe.webview.ready').filter({ visible: true }).last();
  await outer.waitFor({ timeout: 60_000 });
  return outer.contentFrame().frameLocator('iframe#active-frame');
}

/** Runs a command by its title in the command palette. */
export async function runCommand(page: Page, title: string): Promise<void> {
  // From its beginning, because the best match comes first, and that need not be the title itself.
  const beginning = new RegExp(`^${title.replace(/\W/g, '\\$&')}`);
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: beginning }).first();
  for (let attempt = 0; attempt < 10; attempt++) {
    await page.keyboard.press('F1');
    await quickInput(page).fill(`>${title}`);
    // An open palette does not learn of the commands of extensions that are loaded meanwhile.
    if (await reaches(row, 'visible', 3000)) {
      await row.click();
      return;
    }
    await page.keyboard.press('Escape');
  }
  throw new Error(`The command palette offers no "${title}".`);
}

/** The text box of the palette, of a quick pick, and of the file dialogs. */
export function quickInput(page: Page): Locator {
  return page.locator('.quick-input-widget:visible input').first();
}

/** Accepts a file dialog, with the path suggested where none is given. */
export async function acceptFileDialog(page: Page, path?: string): Promise<void> {
  const input = quickInput(page);
  await input.waitFor();
  if (path !== undefined) {
    await input.fill(path);
  }
  // The dialog looks at what was typed before it takes an answer.
  await page.waitForTimeout(500);
  await input.press('Enter');
  await input.waitFor({ state: 'hidden' });
}

/** Opens the context menu of `target` and waits for an item of it. */
export async function contextMenuAt(page: Page, target: Locator, label: string): Promise<Locator> {
  const item = page.getByRole('menuitem', { name: label });
  for (let attempt = 0; attempt < 10; attempt++) {
    await page.keyboard.press('Escape');
    await target.click({ button: 'right' });
    // The extension's menus appear a moment after the Explorer.
    if (await reaches(item, 'visible', 1500)) {
      return item;
    }
  }
  throw new Error(`The context menu offers no "${label}".`);
}

/** Chooses an item of the context menu of `target`. */
export async function contextMenu(page: Page, target: Locator, label: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const item = await contextMenuAt(page, target, label);
    // A menu ignores clicks during its first 100 ms, lest the opening click choose an item.
    await page.waitForTimeout(200);
    await item.click();
    if (await reaches(item, 'hidden', 2000)) {
      return;
    }
  }
  throw new Error(`The context menu’s "${label}" cannot be chosen.`);
}

function reaches(item: Locator, state: 'visible' | 'hidden', timeout: number): Promise<boolean> {
  return item.waitFor({ state, timeout }).then(
    () => true,
    () => false,
  );
}

/** The message of a notification that pops up. */
export function toast(page: Page, text: string | RegExp): Locator {
  return page.locator('.notifications-toasts .notification-list-item', { hasText: text });
}
