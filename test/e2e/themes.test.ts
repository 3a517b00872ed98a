import { mkdirSync } from 'node:fs';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { textContrasts } from './contrast';
import {
  prepareSparse,
  setTheme,
  showBenchmarks,
  showChoices,
  showInspector,
  showPatterns,
  showSparse,
  themes,
} from './surfaces';
import type { ThemeKind } from './surfaces';
import { useWorkbench } from './useWorkbench';
import type { Workbench } from './workbench';

// What WCAG asks of text (AA), and, in a theme made for it, of text for weak eyes (AAA).
const enough: Readonly<Record<ThemeKind, number>> = {
  light: 4.5,
  dark: 4.5,
  highContrast: 7,
  highContrastLight: 7,
};
const surfaces: Readonly<Record<string, (workbench: Workbench) => Promise<FrameLocator>>> = {
  inspector: showInspector,
  choices: showChoices,
  patterns: showPatterns,
  benchmarks: showBenchmarks,
  sparse: showSparse,
};

for (const [name, show] of Object.entries(surfaces)) {
  describe(`the ${name} page`, () => {
    const workbench = useWorkbench({ prepare: prepareSparse });
    let page: FrameLocator;

    for (const kind of Object.keys(themes) as ThemeKind[]) {
      test(`can be read in ${themes[kind].label}`, async () => {
        page ??= await show(workbench);
        await setTheme(workbench, kind);
        mkdirSync('test-results/themes', { recursive: true });
        await workbench.page.screenshot({ path: `test-results/themes/${name}-${kind}.png` });
        const contrasts = await textContrasts(page);
        expect(contrasts.length).toBeGreaterThan(40);
        expect(contrasts.filter(({ ratio }) => ratio < enough[kind])).toEqual([]);
      });
    }
  });
}
