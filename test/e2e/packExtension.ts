import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    vsix: string;
  }
}

export const vsixFile = resolve('test-results/tensorpress.vsix');

/** Packs the extension as `npm run package` does: what the tests install is what is released. */
export function packExtension(): string {
  mkdirSync('test-results', { recursive: true });
  const vsce = resolve('node_modules/@vscode/vsce/vsce');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vsce, 'package', '--no-dependencies', '--out', vsixFile],
    { encoding: 'utf8' },
  );
  if (status !== 0) {
    throw new Error(`The extension could not be packed:\n${stdout}${stderr}`);
  }
  return vsixFile;
}

export default function setup(project: TestProject): void {
  project.provide('vsix', packExtension());
}
