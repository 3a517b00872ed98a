import type { FrameLocator, Locator, Page } from 'playwright-core';
import { contextMenu, explorerRow, webview } from '../vscode/browser';
import { coloursAt } from './pixels';
import type { Point } from './pixels';

/** The patterns of a file in the Explorer, opened from its context menu. */
export async function openPatterns(page: Page, file: string): Promise<FrameLocator> {
  await contextMenu(page, explorerRow(page, file), 'Preview Block-Sparse Patterns…');
  const patterns = await webview(page);
  await patterns.locator('#patterns #file-name', { hasText: file }).waitFor({ timeout: 60_000 });
  await waitForMap(patterns);
  return patterns;
}

/** Waits until the map on show is that of the pattern chosen last. */
export async function waitForMap(patterns: FrameLocator): Promise<void> {
  await patterns.locator('#map[aria-busy="false"] .heatmap-layers canvas').waitFor({
    timeout: 60_000,
  });
}

/** Chooses a block size and waits for its map. */
export async function chooseBlock(patterns: FrameLocator, size: string): Promise<void> {
  await patterns.locator('#block').selectOption(size);
  await patterns
    .locator('#map[aria-busy="true"]')
    .waitFor({ timeout: 2000 })
    .catch(() => {});
  await waitForMap(patterns);
}

/** Types a share of the blocks to keep, in percent. */
export async function keep(patterns: FrameLocator, percent: number): Promise<void> {
  const field = patterns.locator('#kept-value input');
  await field.fill(String(percent));
  await field.press('Enter');
}

export interface MapForm {
  /** Of the grid of blocks. */
  readonly rows: number;
  readonly columns: number;
  /** Width over height of the picture of the whole matrix. */
  readonly aspect: number;
}

/**
 * Numbers of the blocks that the map shows in colour, as a person sees them: a dropped block is
 * grey. The whole map has to be in view.
 */
export async function colouredBlocks(
  page: Page,
  patterns: FrameLocator,
  form: MapForm,
): Promise<number[]> {
  const stage = patterns.locator('#heatmap .heatmap-layers');
  const centres = await centresOf(stage, form);
  const colours = await coloursAt(page, await stage.screenshot(), centres);
  return colours.flatMap(([r, g, b], block) =>
    Math.max(r, g, b) - Math.min(r, g, b) > 24 ? [block] : [],
  );
}

/** In pixels of the stage; the picture is as large as it can be, in the middle. */
async function centresOf(stage: Locator, { aspect, columns, rows }: MapForm): Promise<Point[]> {
  const box = await stage.boundingBox();
  if (!box) {
    throw new Error('The map is not in view.');
  }
  const width = Math.min(box.width, box.height * aspect);
  const height = width / aspect;
  const [left, top] = [(box.width - width) / 2, (box.height - height) / 2];
  return Array.from({ length: rows * columns }, (_, block) => [
    left + ((block % columns) + 0.5) * (width / columns),
    top + (Math.floor(block / columns) + 0.5) * (height / rows),
  ]);
}
