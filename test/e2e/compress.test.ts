import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { readWeights } from '../support/weightsFile';
import { acceptFileDialog, contextMenu, explorerRow, toast, webview } from '../vscode/browser';
import { openChoices, waitForChoices } from './choices';
import { useWorkbench } from './useWorkbench';
import { parseBytes, sampleName, textOf } from './workbench';

const pressedName = 'lenet5-mnist.pressed.safetensors';

describe('from a right-click to a smaller file', () => {
  const workbench = useWorkbench();
  let choices: FrameLocator;

  test('the Explorer’s menu opens the choices, which get computed', async () => {
    choices = await openChoices(workbench.page, sampleName);
    await waitForChoices(choices);
    await choices.locator('[data-tensor="fc1.weight"]').waitFor();
    expect(await textOf(choices.locator('#blocked'))).toBe('');
  });

  test('moving the budget changes size and error at once, against one another', async () => {
    const slider = choices.locator('#budget');
    const size = choices.locator('#result-size');
    const error = choices.locator('#result-error');
    const before = { size: parseBytes(await textOf(size)), error: await textOf(error) };

    // By keyboard, because a slider's mouse position depends on its width.
    for (let press = 0; press < 20; press++) {
      await slider.press('ArrowLeft');
    }
    await expect.poll(async () => parseBytes(await textOf(size))).toBeLessThan(before.size);
    const smaller = { size: parseBytes(await textOf(size)), error: await textOf(error) };
    expect(parseFloat(smaller.error)).toBeGreaterThan(parseFloat(before.error));

    await choices.locator('#budget-value input').fill('25');
    await choices.locator('#budget-value input').press('Enter');
    await expect
      .poll(async () => textOf(choices.locator('#result-parameters')))
      .toMatch(/\(2[45](\.\d+)?\s?% kept\)/);
  });

  test('a tensor selected shows its curve and its choices, one of which can be taken', async () => {
    await choices.locator('[data-tensor="fc1.weight"]').click();
    await choices.locator('#detail-title', { hasText: 'fc1.weight' }).waitFor();
    await choices.locator('#choice-curve canvas').waitFor();
    const size = parseBytes(await textOf(choices.locator('#result-size')));

    await choices.locator('#keep-dense').click();
    await choices.locator('#plan-line', { hasText: 'Stays dense' }).waitFor();
    await choices.locator('#plan-line', { hasText: 'Chosen by you' }).waitFor();

    await choices.locator('#automatic').click();
    await choices.locator('#plan-line', { hasText: 'Chosen automatically' }).waitFor();
    await expect
      .poll(async () => parseBytes(await textOf(choices.locator('#result-size'))))
      .toBe(size);
  });

  test('Save Plan writes the plan beside the file', async () => {
    await choices.locator('#save-plan').click();
    await acceptFileDialog(workbench.page);
    await explorerRow(workbench.page, 'lenet5-mnist.press.json').waitFor();
    const plan = JSON.parse(
      readFileSync(join(workbench.folder, 'lenet5-mnist.press.json'), 'utf8'),
    ) as { budget: unknown; source: { file: string }; tensors: unknown[] };
    expect(plan.budget).toEqual({ kept: 0.25 });
    expect(plan.source.file).toBe(sampleName);
    expect(plan.tensors).toHaveLength(10);
  });

  test('Compress writes a smaller file, which appears in the Explorer and says its sizes', async () => {
    const source = readFileSync(join(workbench.folder, sampleName));
    await choices.locator('#compress').click();
    await acceptFileDialog(workbench.page);

    await choices.locator('#result').waitFor({ timeout: 60_000 });
    await explorerRow(workbench.page, pressedName).waitFor();
    const { size } = statSync(join(workbench.folder, pressedName));
    expect(size).toBeLessThan(0.3 * source.byteLength);
    const shown = parseBytes(await textOf(choices.locator('#result-file-size')));
    expect(Math.abs(shown - size)).toBeLessThan(0.06 * 1024);
    await toast(workbench.page, pressedName).waitFor();
    expect(readFileSync(join(workbench.folder, sampleName)).equals(source)).toBe(true);
    expect(readdirSync(workbench.folder).sort()).toEqual(
      ['lenet5-mnist.press.json', pressedName, sampleName].sort(),
    );
  });

  test('the pressed file opens in the inspector, which says what it is', async () => {
    const { page } = workbench;
    await choices.locator('#open').click();
    await page.locator(`.tab.active[aria-label^="${pressedName}"]`).waitFor();
    const inspector = await webview(page);
    const banner = inspector.locator('#pressed-banner');
    await banner.waitFor({ timeout: 30_000 });
    expect(await textOf(banner)).toContain(`from ${sampleName}`);
    await inspector.locator('[data-tensor="conv1.weight"]').click();
    await inspector.locator('#statistics #stat-mean, #statistics').first().waitFor();
    await inspector.locator('#histogram').waitFor();
  });

  test('Reconstruct Dense Weights writes the source’s layout back', async () => {
    const { folder, page } = workbench;
    await contextMenu(page, explorerRow(page, pressedName), 'Reconstruct Dense Weights…');
    await acceptFileDialog(page);
    const dense = 'lenet5-mnist.dense.safetensors';
    await explorerRow(page, dense).waitFor({ timeout: 30_000 });
    await expect.poll(() => existsSync(join(folder, dense))).toBe(true);
    const shapes = (file: string) =>
      [...readWeights(join(folder, file))].map(([name, { shape }]) => [name, shape]);
    expect(shapes(dense)).toEqual(shapes(sampleName));
  });

  test('the pages kept to their content security policy and threw nothing', () => {
    expect(workbench.complaints).toEqual([]);
  });
});
