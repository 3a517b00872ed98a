import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommand } from '../vscode/browser';
import { openChoices, waitForChoices } from './choices';
import { openInspector } from './inspector';
import { useWorkbench } from './useWorkbench';
import type { Workbench } from './workbench';
import { sampleName } from './workbench';

const statusBar = ({ page }: Workbench): Locator =>
  page.locator('.statusbar-item', {
    hasText: 'TensorPress:',
  });
const pickRow = ({ page }: Workbench, label: string): Locator =>
  page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first();

/**
 * The messages about backends that do not work, each of which says what computes meanwhile. They are
 * in the notification centre whether they still show as toasts or have hidden themselves, as they do
 * after some seconds; beside them are VS Code's own, some of which name the extension, too: on a busy
 * machine it complains of slow extension hosts.
 */
async function messages({ page }: Workbench): Promise<string[]> {
  await runCommand(page, 'Notifications: Show Notifications');
  const centre = page.locator('.notifications-center.visible');
  await centre.waitFor();
  const texts = await centre.locator('.notification-list-item-message').allInnerTexts();
  await runCommand(page, 'Notifications: Hide Notifications');
  return texts.filter((text) => text.includes('meanwhile'));
}

/** In use, by the status bar. */
async function backendIs(workbench: Workbench, backend: string): Promise<void> {
  await expect
    .poll(async () => (await statusBar(workbench).innerText()).trim(), { timeout: 60_000 })
    .toBe(`TensorPress: ${backend}`);
}

async function choose(workbench: Workbench, backend: string): Promise<void> {
  await statusBar(workbench).click();
  await pickRow(workbench, backend).click();
}

function settingsOf({ server }: Workbench): Record<string, unknown> {
  // Of the machine that computes, in the settings of the server.
  const file = join(server.userData, 'Machine/settings.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

describe('the backend in the status bar', () => {
  const workbench = useWorkbench();

  test('is there as soon as the extension is, and says why there is no other', async () => {
    expect(await statusBar(workbench).count()).toBe(0);
    await openInspector(workbench.page, sampleName);
    await backendIs(workbench, 'wasm');
    await statusBar(workbench).click();
    await pickRow(workbench, 'Automatic').waitFor();
    expect(await pickRow(workbench, 'wasm').innerText()).toContain('in use');
    expect(await pickRow(workbench, 'tensorflow').innerText()).toMatch(/not installed/);
    expect(await pickRow(workbench, 'webgpu').innerText()).toContain('Install it with');
    await workbench.page.keyboard.press('Escape');
    expect(await messages(workbench)).toEqual([]);
  });

  test('a choice is kept in the settings; one that cannot work says so once, and wasm does', async () => {
    const problem: unknown = expect.stringContaining('The webgpu backend cannot be used');
    await choose(workbench, 'webgpu');
    await expect.poll(() => settingsOf(workbench)['tensorpress.backend']).toBe('webgpu');
    await expect.poll(async () => messages(workbench), { timeout: 60_000 }).toEqual([problem]);
    expect(await statusBar(workbench).innerText()).toContain('TensorPress: wasm');
    await waitForChoices(await openChoices(workbench.page, sampleName));
    expect(await messages(workbench)).toEqual([problem]);
    await choose(workbench, 'wasm');
    await backendIs(workbench, 'wasm');
    await expect.poll(() => settingsOf(workbench)['tensorpress.backend']).toBe('wasm');
  });
});

/** What `npm test` has fetched, or the folder of the variable. */
const nativeFolder = resolve(
  process.env.TENSORPRESS_NATIVE_FOLDER ?? 'node_modules/.tensorpress-native',
);
const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const hasWebGpu = existsSync(join(nativeFolder, 'node_modules/webgpu')) && existsSync(driver);

describe.skipIf(!hasWebGpu)('another backend', () => {
  const workbench = useWorkbench({
    settings: { 'tensorpress.nativeFolder': nativeFolder, 'tensorpress.backend': 'wasm' },
    env: { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: '/usr/lib/chromium' },
  });

  test('takes over without a reload, and hands back', async () => {
    await openInspector(workbench.page, sampleName);
    await backendIs(workbench, 'wasm');
    await choose(workbench, 'webgpu');
    await backendIs(workbench, 'webgpu');
    const choices = await openChoices(workbench.page, sampleName);
    await waitForChoices(choices);
    await choose(workbench, 'wasm');
    await backendIs(workbench, 'wasm');
    expect(await messages(workbench)).toEqual([]);
  });
});

describe('a native addon that is broken', () => {
  const folder = mkdtempSync(join(tmpdir(), 'broken-addon-'));
  const addon = join(folder, 'node_modules/@tensorflow/tfjs-node');
  mkdirSync(join(addon, 'lib/napi-v8'), { recursive: true });
  writeFileSync(
    join(addon, 'package.json'),
    JSON.stringify({ name: '@tensorflow/tfjs-node', version: '4.22.0' }),
  );
  writeFileSync(join(addon, 'lib/napi-v8/tfjs_binding.node'), Buffer.alloc(100_000, 'broken'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const workbench = useWorkbench({ settings: { 'tensorpress.nativeFolder': folder } });

  test('leaves wasm at work, with one clear message', async () => {
    const problem: unknown = expect.stringContaining('is no native library');
    await openInspector(workbench.page, sampleName);
    await expect.poll(async () => messages(workbench), { timeout: 60_000 }).toEqual([problem]);
    expect(await statusBar(workbench).innerText()).toContain('TensorPress: wasm');
    await waitForChoices(await openChoices(workbench.page, sampleName));
    expect(await messages(workbench)).toEqual([problem]);
  });
});
