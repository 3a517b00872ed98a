// npm run screenshots: every surface in every kind of theme, into test-results/screenshots, and
// the pictures of the README, into docs/images.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { contextMenuAt, explorerRow } from '../vscode/browser';
import { packExtension } from './packExtension';
import {
  prepareSparse,
  setTheme,
  showBenchmarks,
  showChoices,
  showFailure,
  showInspector,
  showPatterns,
  showPressed,
  showNetwork,
  showResult,
  showSparse,
  themes,
} from './surfaces';
import type { ThemeKind } from './surfaces';
import { sampleName, startWorkbench } from './workbench';
import type { Workbench } from './workbench';

const folder = 'test-results/screenshots';
const readme = 'docs/images';
const wide = { width: 1360, height: 860 };
const narrow = { width: 760, height: 860 };
const kinds = Object.keys(themes) as ThemeKind[];

const surfaces: Readonly<Record<string, (workbench: Workbench) => Promise<unknown>>> = {
  inspector: showInspector,
  choices: showChoices,
  patterns: showPatterns,
  result: showResult,
  pressed: showPressed,
  benchmarks: showBenchmarks,
  sparse: showSparse,
  network: showNetwork,
  failure: showFailure,
};

const picture = (name: string, kind: string) => join(folder, `${name}-${kind}.png`);

mkdirSync(folder, { recursive: true });
mkdirSync(readme, { recursive: true });
const workbench = await startWorkbench(packExtension(), { size: wide, prepare: prepareSparse });
try {
  const { page } = workbench;
  for (const [name, show] of Object.entries(surfaces)) {
    await show(workbench);
    for (const kind of kinds) {
      await setTheme(workbench, kind);
      await page.screenshot({ path: picture(name, kind) });
    }
    await setTheme(workbench, 'dark');
    await page.setViewportSize(narrow);
    await page.waitForTimeout(700);
    await page.screenshot({ path: picture(name, 'narrow') });
    await page.setViewportSize(wide);
  }
  const item = await contextMenuAt(page, explorerRow(page, sampleName), 'Compress Weights…');
  await item.hover();
  // The menu fades in.
  await page.waitForTimeout(500);
  await page.screenshot({ path: picture('menu', 'dark') });
} catch (error) {
  await workbench.page.screenshot({ path: picture('surface', 'failed') });
  throw error;
} finally {
  await workbench.stop();
}
for (const name of ['inspector', 'choices', 'patterns', 'sparse']) {
  copyFileSync(picture(name, 'dark'), join(readme, `${name}.png`));
}
console.log(`Every surface: ${folder}; the README’s pictures: ${readme}`);
