import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openChoices, waitForChoices } from './choices';
import { openInspector } from './inspector';
import { useWorkbench } from './useWorkbench';
import { sampleName, textOf } from './workbench';

describe('files that are not what they seem', () => {
  const workbench = useWorkbench({
    prepare: (folder) => {
      const sample = readFileSync(join(folder, sampleName));
      writeFileSync(join(folder, 'cut.safetensors'), sample.subarray(0, 9000));
      writeFileSync(join(folder, 'page.safetensors'), '<!DOCTYPE html><html></html>');
    },
  });

  test('a file cut short opens as one sentence that names it', async () => {
    const { page } = workbench;
    const inspector = await openInspector(page, 'cut.safetensors');
    const notice = inspector.locator('[data-failure="format"]');
    await notice.waitFor({ timeout: 30_000 });
    expect(await textOf(notice)).toContain('cut.safetensors');
    expect(await inspector.locator('[data-failure]').count()).toBe(1);
  });

  test('the choices of a web page say what the file is', async () => {
    const { page } = workbench;
    const choices = await openChoices(page, 'page.safetensors');
    const notice = choices.locator('[data-failure]');
    await notice.first().waitFor({ timeout: 30_000 });
    expect(await textOf(notice.first())).toMatch(/page\.safetensors.*HTML/i);
    expect(await notice.count()).toBe(1);
    expect(await choices.locator('vscode-button#compress:not([disabled])').count()).toBe(0);
  });

  test('the next file is none the worse for it, and nothing was written', async () => {
    const choices = await openChoices(workbench.page, sampleName);
    await waitForChoices(choices);
    expect(readdirSync(workbench.folder).sort()).toEqual(
      ['cut.safetensors', 'page.safetensors', sampleName].sort(),
    );
  });
});

describe('in Restricted Mode', () => {
  const workbench = useWorkbench({ trust: false });

  test('weights can be inspected and compressed, for nothing in a folder is run', async () => {
    const { page } = workbench;
    await page.locator('#status\\.workspaceTrust, [id="status.workspaceTrust"]').first().waitFor();
    const choices = await openChoices(page, sampleName);
    await waitForChoices(choices);
  });
});
