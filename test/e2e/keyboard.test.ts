import { readdirSync } from 'node:fs';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { acceptFileDialog, quickInput, runCommand, webview } from '../vscode/browser';
import { waitForChoices } from './choices';
import { useWorkbench } from './useWorkbench';
import { parseBytes, sampleName, textOf } from './workbench';

describe('with the keyboard alone', () => {
  const workbench = useWorkbench();
  let choices: FrameLocator;

  test('the palette asks for a file and shows its choices', async () => {
    const { page } = workbench;
    await runCommand(page, 'TensorPress: Compress Weights…');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: sampleName }).waitFor();
    await quickInput(page).press('Enter');
    choices = await webview(page);
    await waitForChoices(choices);
  });

  test('arrows move the selected tensor, Space excludes it, Enter goes to its detail', async () => {
    const { keyboard } = workbench.page;
    await choices.getByRole('grid', { name: 'Tensors and their plan' }).focus();
    const selected = choices.locator('#tensor-table [aria-selected="true"]');
    await keyboard.press('Home');
    for (const name of ['conv1.weight', 'conv1.bias', 'conv2.weight', 'conv2.bias']) {
      expect(await selected.getAttribute('data-tensor')).toBe(name);
      await keyboard.press('ArrowDown');
    }
    await choices.locator('#detail-title', { hasText: 'fc1.weight' }).waitFor();

    await keyboard.press('Space');
    await choices.locator('#plan-line', { hasText: 'Stays dense' }).waitFor();
    await keyboard.press('Space');
    await choices.locator('#plan-line', { hasText: 'Chosen automatically' }).waitFor();
    await keyboard.press('Enter');
    await expect.poll(focused).toBe('Selected tensor');
  });

  test('Tab reaches every control, in the order of the page and under its name', async () => {
    await choices.locator('#save-plan').focus();
    const reached: string[] = [];
    for (let press = 0; press < 25; press++) {
      reached.push(await focused());
      await workbench.page.keyboard.press('Tab');
    }
    const stops = [
      'Save Plan…',
      'Compress…',
      // The kind of budget, and its slider.
      'Share of the parameters to keep',
      'Share of the parameters to keep',
      'Percent of the parameters to keep',
      'Filter tensors by name',
      'Tensors and their plan',
      'Keep Dense',
      'Logarithmic',
      // The methods in the legend; those that come to the same for a matrix are one.
      'SVD = CP = Tucker = Tensor Train',
      'Kronecker',
      'Relative error against kept parameters for each method',
      // The table of choices: one stop, on the choice of the plan.
      'SVD in plan',
    ];
    let from = 0;
    for (const stop of stops) {
      const at = reached.findIndex((name, index) => index >= from && name.startsWith(stop));
      expect(at, `"${stop}" is not in ${reached.slice(from).join(' | ')}`).not.toBe(-1);
      from = at + 1;
    }
  });

  test('arrows move the budget, and Enter on Compress writes the file', async () => {
    const { keyboard } = workbench.page;
    const size = async () => parseBytes(await textOf(choices.locator('#result-size')));
    const before = await size();
    await choices.locator('#budget').focus();
    await keyboard.press('PageDown');
    await keyboard.press('PageDown');
    await expect.poll(size).toBeLessThan(before);

    await choices.locator('#compress').focus();
    await keyboard.press('Enter');
    await acceptFileDialog(workbench.page);
    await choices.locator('#result').waitFor({ timeout: 60_000 });
    expect(readdirSync(workbench.folder)).toContain('lenet5-mnist.pressed.safetensors');
  });

  /** The name of what has the focus: its label, or the text on it. */
  async function focused(): Promise<string> {
    const element = choices.locator(':focus').first();
    if ((await element.count()) === 0) {
      return '';
    }
    return (await element.getAttribute('aria-label')) ?? (await textOf(element));
  }
});
