import { describe, expect, test } from 'vitest';
import { explorerRow, runCommand, webview } from '../vscode/browser';
import { openChoices, waitForChoices } from './choices';
import { openInspector } from './inspector';
import { chooseBlock, keep, openPatterns, waitForMap } from './patterns';
import { useWorkbench } from './useWorkbench';
import { sampleName, textOf } from './workbench';

describe('reloading the window', () => {
  const workbench = useWorkbench();

  test('brings the choices back with their budget, override and selected tensor', async () => {
    const { page } = workbench;
    const before = await openChoices(page, sampleName);
    await waitForChoices(before);
    await before.locator('#budget-value input').fill('30');
    await before.locator('#budget-value input').press('Enter');
    await before.locator('[data-tensor="fc2.weight"]').click();
    await before.locator('#keep-dense').click();
    await before.locator('#plan-line', { hasText: 'Chosen by you' }).waitFor();
    const sizeBefore = await textOf(before.locator('#result-size'));

    await reloadWindow();
    await page.locator('.tab.active', { hasText: `Choices: ${sampleName}` }).waitFor();

    const after = await webview(page);
    await waitForChoices(after);
    expect(await after.locator('#budget-value input').inputValue()).toBe('30');
    await after.locator('#detail-title', { hasText: 'fc2.weight' }).waitFor();
    await after.locator('#plan-line', { hasText: 'Chosen by you' }).waitFor();
    await expect.poll(() => textOf(after.locator('#result-size'))).toBe(sizeBefore);
  });

  test('brings the inspector back with its filter, order and selected tensor', async () => {
    const { page } = workbench;
    const before = await openInspector(page, sampleName);
    await before.locator('#tensor-table button[data-column="bytes"]').click();
    await before.locator('#filter input').fill('fc');
    await before.locator('[data-tensor="fc3.weight"]').click();
    await expect.poll(() => textOf(before.locator('#shown-count'))).toBe('6 of 10 tensors');

    await reloadWindow();
    await page.locator(`.tab.active[aria-label^="${sampleName}"]`).waitFor();

    const after = await webview(page);
    await after.locator('#detail-title', { hasText: 'fc3.weight' }).waitFor({ timeout: 30_000 });
    expect(await after.locator('#filter input').inputValue()).toBe('fc');
    const names = after.locator('#tensor-table [data-tensor]');
    expect(await names.first().getAttribute('data-tensor')).toBe('fc1.weight');
    expect(await names.count()).toBe(6);
  });

  test('brings the patterns back with their tensor, block size and slider', async () => {
    const { page } = workbench;
    const before = await openPatterns(page, sampleName);
    await before.locator('#tensor').selectOption('fc2.weight');
    await before.locator('#tensor-name', { hasText: 'fc2.weight' }).waitFor();
    await waitForMap(before);
    await chooseBlock(before, '4x4');
    await keep(before, 40);
    await expect.poll(() => textOf(before.locator('#sparsity'))).toMatch(/^60/);
    const errorBefore = await textOf(before.locator('#relative-error'));

    await reloadWindow();
    await page.locator('.tab.active', { hasText: `Patterns: ${sampleName}` }).waitFor();

    const after = await webview(page);
    await waitForMap(after);
    expect(await textOf(after.locator('#tensor-name'))).toBe('fc2.weight');
    expect(await after.locator('#block').inputValue()).toBe('4x4');
    expect(await after.locator('#kept-value input').inputValue()).toBe('40');
    expect(await textOf(after.locator('#relative-error'))).toBe(errorBefore);
  });

  test('brings the energy back that the patterns were to keep', async () => {
    const { page } = workbench;
    const before = await openPatterns(page, sampleName);
    await before.locator('#mode-energy').click();
    await keep(before, 80);
    await expect.poll(() => textOf(before.locator('#energy'))).toMatch(/^8\d/);
    const blocksBefore = await textOf(before.locator('#kept-blocks'));

    await reloadWindow();
    await page.locator('.tab.active', { hasText: `Patterns: ${sampleName}` }).waitFor();

    const after = await webview(page);
    await waitForMap(after);
    expect(await after.locator('#kept-value input').inputValue()).toBe('80');
    expect(await textOf(after.locator('#kept-blocks'))).toBe(blocksBefore);
  });

  async function reloadWindow(): Promise<void> {
    const { page } = workbench;
    // What a page wants kept reaches the workbench as a message.
    await page.waitForTimeout(500);
    const loaded = page.waitForEvent('load');
    await runCommand(page, 'Developer: Reload Window');
    await loaded;
    await explorerRow(page, sampleName).waitFor({ timeout: 60_000 });
  }
});
