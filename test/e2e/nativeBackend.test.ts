import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../vscode/browser';
import { useWorkbench } from './useWorkbench';

/** No network has such a name (RFC 6761). */
const closed = 'http://nowhere.invalid/';

/** Downloads up to 190 MB and takes a minute; on request. */
const installs = process.env.TENSORPRESS_TEST_INSTALL !== undefined;

function storageOf(userData: string): string {
  return join(userData, 'User/globalStorage/tensorpress.tensorpress/native');
}

describe('installing a native backend without a network', () => {
  const workbench = useWorkbench({
    env: { npm_config_registry: closed, PIP_INDEX_URL: closed, CDN_STORAGE: closed },
  });
  const notification = (text: RegExp): Locator =>
    workbench.page.locator('.notifications-toasts .notification-list-item', { hasText: text });

  test('says in one message which host cannot be reached, and leaves nothing', async () => {
    await runCommand(workbench.page, 'TensorPress: Install Native Backend…');
    await workbench.page.locator('.quick-input-list').getByText('WebGPU (Dawn)').click();
    await notification(/nowhere\.invalid cannot be reached/).waitFor({ timeout: 20_000 });
    // Beside it there may be messages of VS Code's own.
    await expect.poll(() => notification(/nowhere|webgpu/i).count()).toBe(1);
    const folder = storageOf(workbench.server.userData);
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  });

  test('has nothing to remove', async () => {
    await runCommand(workbench.page, 'TensorPress: Remove Native Backend…');
    await notification(/No native backend is installed/).waitFor();
  });
});

describe.runIf(installs)('installing the native backend', () => {
  const workbench = useWorkbench();
  const notification = (text: RegExp): Locator =>
    workbench.page.locator('.notifications-toasts .notification-list-item', { hasText: text });
  const statusBar = (text: string): Locator =>
    workbench.page.locator('.statusbar-item', { hasText: text });
  const folder = () => storageOf(workbench.server.userData);

  test('leaves nothing when it is cancelled', async () => {
    await choose();
    const progress = notification(/Installing TensorFlow/);
    await progress.waitFor({ timeout: 60_000 });
    await progress.hover();
    await progress.getByRole('button', { name: 'Cancel' }).click();
    await progress.waitFor({ state: 'detached' });
    await expect
      .poll(() => readdirSync(folder(), { recursive: true }))
      .toEqual(['node_modules', join('node_modules', '@tensorflow')]);
  });

  test('asks, installs, and the engine has it without a reload', async () => {
    await choose();
    await notification(/is installed \(\d+ MB\)/).waitFor({ timeout: 400_000 });
    expect(readdirSync(folder())).toEqual(['node_modules']);
    await statusBar('tensorflow').waitFor({ timeout: 60_000 });
  }, 500_000);

  test('removes it again, and wasm goes on', async () => {
    await runCommand(workbench.page, 'TensorPress: Remove Native Backend…');
    await workbench.page.locator('.quick-input-list').getByText('TensorFlow').first().click();
    await notification(/TensorFlow was removed/).waitFor({ timeout: 60_000 });
    await statusBar('wasm').waitFor({ timeout: 60_000 });
    expect(readdirSync(folder(), { recursive: true })).toEqual([
      'node_modules',
      join('node_modules', '@tensorflow'),
    ]);
  });

  async function choose(): Promise<void> {
    const { page } = workbench;
    await runCommand(page, 'TensorPress: Install Native Backend…');
    await page.locator('.quick-input-list').getByText('TensorFlow').first().click();
    await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Install' }).click({
      timeout: 60_000,
    });
  }
});
