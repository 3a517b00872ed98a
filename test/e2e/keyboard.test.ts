import { readdirSync } from 'node:fs';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { acceptFileDialog, quickInput, runCommand, webview } from '../vscode/browser';
import { waitForChoices } from './choices';
import { parseBytes, sampleName, textOf, useWorkbench } from './workbench';

describe('with the keyboard alone', () => {
  const workbench = useWorkbench();
  let choices: FrameLocator;

  test('the palette asks for a file and shows its choices', async () => {
    const { page } = workbench;
    await page.waitForTimeout(1000);
    await runCommand(page, 'TensorPress: Compress Weights…');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: sampleName }).waitFor();
    await quickInput(page).press('Enter');
    choices = await webview(page);
    await waitForChoices(choices);
  });

  test('Tab reaches every control from the top of the page to the choices', async () => {
    const { page } = workbench;
    await choices.locator('#save-plan').focus();
    const reached = new Set<string>();
    for (let press = 0; press < 40; press++) {
      reached.add(await choices.locator('body').evaluate(describeFocus));
      await page.keyboard.press('Tab');
    }
    expect([...reached]).toEqual(
      expect.arrayContaining([
        'save-plan',
        'compress',
        'budget-mode',
        'budget',
        'budget-value',
        'filter',
        'Tensors and their plan',
        'keep-dense',
        'log-scale',
        'choice-curve',
        'choice-table',
      ]),
    );
  });

  test('arrows move the budget and the selected tensor, Space excludes, Enter goes to it', async () => {
    const { page } = workbench;
    const size = async () => parseBytes(await textOf(choices.locator('#result-size')));
    const before = await size();
    await choices.locator('#budget').focus();
    await page.keyboard.press('PageDown');
    await page.keyboard.press('PageDown');
    await expect.poll(size).toBeLessThan(before);

    const grid = choices.getByRole('grid', { name: 'Tensors and their plan' });
    await grid.focus();
    await page.keyboard.press('Home');
    for (let press = 0; press < 10; press++) {
      const selected = choices.locator('#tensor-table [aria-selected="true"]');
      if ((await selected.getAttribute('data-tensor')) === 'fc1.weight') {
        break;
      }
      await page.keyboard.press('ArrowDown');
    }
    await choices.locator('#detail-title', { hasText: 'fc1.weight' }).waitFor();
    await page.keyboard.press('Space');
    await choices.locator('#plan-line', { hasText: 'Stays dense' }).waitFor();
    await page.keyboard.press('Space');
    await choices.locator('#plan-line', { hasText: 'Chosen automatically' }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => choices.locator('body').evaluate(describeFocus)).toBe('tensor-detail');
  });

  test('Enter on Compress writes the file', async () => {
    await choices.locator('#compress').focus();
    await workbench.page.keyboard.press('Enter');
    await acceptFileDialog(workbench.page);
    await choices.locator('#result').waitFor({ timeout: 60_000 });
    expect(readdirSync(workbench.folder)).toContain('lenet5-mnist.pressed.safetensors');
  });
});

/** Runs in the page: the nearest name of what has the focus. */
function describeFocus(): string {
  const focused = document.activeElement;
  const named = focused?.closest('[id], [aria-label]');
  // The table names itself by what it is for; its rows have ids of their own.
  return (
    focused?.getAttribute('aria-label') ?? named?.id ?? named?.getAttribute('aria-label') ?? ''
  );
}
