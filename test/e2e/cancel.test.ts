import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { writeNoise } from '../support/weightsFile';
import { acceptFileDialog } from '../vscode/browser';
import { openChoices, waitForChoices } from './choices';
import { useWorkbench } from './useWorkbench';
import { sampleName, textOf } from './workbench';

const large = 'large.safetensors';
/** Large enough that a person, and this test, can stop what is done with it. */
const size = [1400, 1400];

describe('stopping half-way', () => {
  const workbench = useWorkbench({
    settings: { 'tensorpress.methods': ['svd'] },
    prepare: (folder) =>
      writeNoise(join(folder, large), { a: size, b: size, c: size, d: size, e: size, f: size }),
  });
  const files = () => readdirSync(workbench.folder).sort();
  let choices: FrameLocator;

  test('choices that are stopped say so, keep what there is, and can be resumed', async () => {
    choices = await openChoices(workbench.page, large);
    await choices.locator('#cancel-choices').click();
    await choices.locator('#cancelled').waitFor({ timeout: 5000 });
    expect(await textOf(choices.locator('#cancelled'))).toMatch(/^Stopped after \d+ choices?\./);

    await choices.locator('#restart').click();
    await waitForChoices(choices);
    expect(await choices.locator('#cancelled').count()).toBe(0);
  });

  test('a compression stopped in the panel leaves nothing behind', async () => {
    await startCompressing();
    await choices.locator('#cancel-compress').click();
    await expectStopped();
  });

  test('a compression stopped in its notification leaves nothing behind', async () => {
    await startCompressing();
    const notification = workbench.page.locator('.notifications-toasts .notification-list-item', {
      hasText: `Compressing ${large}`,
    });
    await notification.hover();
    await notification.getByRole('button', { name: 'Cancel' }).click();
    await expectStopped();
  });

  test('the next compression works', async () => {
    await choices.locator('#compress').click();
    await acceptFileDialog(workbench.page);
    await choices.locator('#result').waitFor({ timeout: 90_000 });
    expect(files()).toEqual(['large.pressed.safetensors', large, sampleName].sort());
  });

  async function startCompressing(): Promise<void> {
    await choices.locator('#compress').click();
    await acceptFileDialog(workbench.page);
    await choices.locator('#cancel-compress').waitFor();
    // Half-way: neither before the first tensor nor when all is written.
    const share = choices.locator('.progress .number');
    await expect
      .poll(async () => parseInt(await share.innerText(), 10), { timeout: 60_000 })
      .toBeGreaterThan(15);
  }

  async function expectStopped(): Promise<void> {
    await choices.locator('#cancel-compress').waitFor({ state: 'detached', timeout: 3000 });
    await choices.locator('vscode-button#compress:not([disabled])').waitFor();
    expect(files()).toEqual([large, sampleName]);
    expect(await choices.locator('#result').count()).toBe(0);
  }
});
