import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Uri, commands, extensions, window } from 'vscode';
import type { CompressReport } from '../../src/protocol/engine';

const sampleName = 'lenet5-mnist.safetensors';

/** The extension under test, whoever publishes it. */
export function theExtension(): NonNullable<ReturnType<typeof extensions.getExtension>> {
  const found = extensions.all.find(({ id }) => id.endsWith('.tensorpress'));
  if (!found) {
    throw new Error('VS Code has not loaded the extension.');
  }
  return found;
}

/** A folder of the test's own with a copy of the sample in it. */
export function folderWithSample(): { folder: string; sample: Uri } {
  const folder = mkdtempSync(join(tmpdir(), 'press-'));
  mkdirSync(folder, { recursive: true });
  const sample = join(folder, sampleName);
  copyFileSync(join(theExtension().extensionPath, 'samples', sampleName), sample);
  return { folder, sample: Uri.file(sample) };
}

export function compress(source: Uri, output: string, kept = 0.25): Thenable<CompressReport> {
  return commands.executeCommand<CompressReport>('tensorpress.compressWeights', source, {
    budget: { kept },
    output: Uri.file(output),
  });
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}

export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Asks again until `condition` holds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`Waited ${withinMs / 1000} s in vain for ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function closeEditors(): Promise<void> {
  await commands.executeCommand('workbench.action.closeAllEditors');
  await until('all editors to close', () => window.tabGroups.all.every(({ tabs }) => !tabs.length));
}
