// Drives the workbench in Chromium as a person would.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
];

/** Path of a Chromium on this machine, or undefined. */
export function findChromium() {
  return [process.env.CHROMIUM_PATH, ...places].find((path) => path && existsSync(path));
}

export function launchBrowser() {
  return chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

/** @typedef {import('playwright-core').Page} Page @typedef {import('playwright-core').Locator} Locator */

/**
 * Opens `folder` and waits for its Explorer.
 * @param {Page} page
 * @param {import('./server.mjs').VSCodeServer} vscode
 * @param {string} folder absolute path
 */
export async function openFolder(page, vscode, folder) {
  await page.goto(`${vscode.origin}/?folder=${encodeURIComponent(folder)}`);
  await page
    .locator('.explorer-folders-view .monaco-list-row')
    .first()
    .waitFor({ timeout: 60_000 });
}

/**
 * The Explorer's row of a file.
 * @param {Page} page
 * @param {string} name
 */
export const explorerRow = (page, name) =>
  page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`);

/**
 * The document of the visible webview: VS Code nests it in two frames.
 * @param {Page} page
 * @param {string} [title] of a panel; custom editors have none in the frame
 */
export async function webview(page, title) {
  const outer = page.locator('iframe.webview.ready').filter({ visible: true }).last();
  await outer.waitFor({ timeout: 30_000 });
  const inner = title ? `iframe#active-frame[title="${title}"]` : 'iframe#active-frame';
  return outer.contentFrame().frameLocator(inner);
}

/**
 * Runs a command from the palette.
 * @param {Page} page
 * @param {string} title with its category
 */
export async function runCommand(page, title) {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget:visible input').first();
  await input.waitFor();
  await input.fill(`>${title}`);
  const rows = page.locator('.quick-input-list .monaco-list-row', { hasText: title });
  await rows.first().waitFor();
  await page.keyboard.press('Enter');
}

/**
 * Right-clicks `target` and picks an item. Contributed items appear a moment after the Explorer,
 * and a menu ignores clicks during its first 100 ms: hence the repetition.
 * @param {Page} page
 * @param {Locator} target
 * @param {string} label
 */
export async function contextMenu(page, target, label) {
  const item = page.getByRole('menuitem', { name: label });
  const becomes = (state, timeout) =>
    item.waitFor({ state, timeout }).then(
      () => true,
      () => false,
    );
  for (let attempt = 0; attempt < 10; attempt++) {
    await target.click({ button: 'right' });
    if (await becomes('visible', 2000)) {
      await sleep(250);
      await item.click();
      if (await becomes('hidden', 2000)) {
        return;
      }
    }
    await page.keyboard.press('Escape');
    await sleep(500);
  }
  throw new Error(`The context menu never offered "${label}".`);
}

/**
 * Types into the quick input that VS Code's simple file dialog uses, and accepts it.
 * @param {Page} page
 * @param {string} [path] leaves what is suggested when not given
 */
export async function acceptFileDialog(page, path) {
  const input = page.locator('.quick-input-widget:visible input').first();
  await input.waitFor();
  if (path !== undefined) {
    await input.fill(path);
  }
  await sleep(300);
  await input.press('Enter');
}
