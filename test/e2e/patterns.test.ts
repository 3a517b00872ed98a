import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { heaviestBlocks, keepBlocks } from '../support/blocks';
import type { BlockedMatrix } from '../support/blocks';
import { readWeights, relativeDifference, writeNoise } from '../support/weightsFile';
import {
  acceptFileDialog,
  explorerRow,
  quickInput,
  runCommand,
  toast,
  webview,
} from '../vscode/browser';
import { openInspector } from './inspector';
import { chooseBlock, colouredBlocks, keep, openPatterns, waitForMap } from './patterns';
import { useWorkbench } from './useWorkbench';
import { parseBytes, sampleName, textOf } from './workbench';

const tensor = 'fc1.weight';
const form = { rows: 15, columns: 50, aspect: 3 };
const blocks = form.rows * form.columns;
const pressedName = 'lenet5-mnist.pressed.safetensors';

function sampleMatrix(): BlockedMatrix {
  const values = readWeights(join('samples', sampleName)).get(tensor)?.values;
  return { values: values ?? new Float32Array(), rows: 120, columns: 400, edge: 8 };
}

const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);
const numberIn = (text: string) => Number(/[\d.]+/.exec(text.replace(/[\s,]/g, ''))?.[0]);

describe('from a right-click to a file of blocks', () => {
  const workbench = useWorkbench();
  const matrix = sampleMatrix();
  let patterns: FrameLocator;

  test('the Explorer’s menu opens the map of the largest matrix', async () => {
    patterns = await openPatterns(workbench.page, sampleName);
    expect(await textOf(patterns.locator('#tensor-name'))).toBe(tensor);
    expect(numberIn(await textOf(patterns.locator('#sparsity')))).toBe(50);
  });

  test('another block size changes the picture, the numbers and the curves’ choice', async () => {
    const before = await patterns.locator('#heatmap .heatmap-layers').screenshot();
    await chooseBlock(patterns, '8x8');
    await expect.poll(() => textOf(patterns.locator('#kept-blocks + dd'))).toBe(`of ${blocks}`);
    const after = await patterns.locator('#heatmap .heatmap-layers').screenshot();
    expect(after.equals(before)).toBe(false);
    await patterns.locator('#curves press-curve canvas').waitFor();
    await patterns.locator('#kpd-error').waitFor({ timeout: 30_000 });
    await patterns.locator('#forecast strong').waitFor({ timeout: 30_000 });
  });

  test.each([30, 72])(
    'keeping %i percent colours exactly the heaviest blocks, and says their error',
    async (percent) => {
      await keep(patterns, percent);
      const kept = Math.round((percent / 100) * blocks);
      await expect
        .poll(async () => numberIn(await textOf(patterns.locator('#kept-blocks'))))
        .toBe(kept);
      const heaviest = heaviestBlocks(matrix, kept);
      await expect
        .poll(() => colouredBlocks(workbench.page, patterns, form))
        .toEqual(sorted(heaviest));
      const error = relativeDifference(matrix.values, keepBlocks(matrix, heaviest));
      const shown = numberIn(await textOf(patterns.locator('#relative-error')));
      expect(Math.abs(shown - 100 * error)).toBeLessThan(0.06);
    },
  );

  test('the slider moves error and bytes against one another, at once', async () => {
    const error = async () => numberIn(await textOf(patterns.locator('#relative-error')));
    const bytes = async () => parseBytes(await textOf(patterns.locator('#pattern-bytes')));
    const before = { error: await error(), bytes: await bytes() };
    for (let press = 0; press < 40; press++) {
      await patterns.locator('#kept').press('ArrowLeft');
    }
    await expect.poll(error).toBeGreaterThan(before.error);
    expect(await bytes()).toBeLessThan(before.bytes);
  });

  test('the CSV has every block, with those that are kept', async () => {
    await keep(patterns, 40);
    await patterns.locator('#export-csv').click();
    await acceptFileDialog(workbench.page);
    await toast(workbench.page, 'Exported the pattern').waitFor();
    const name = readdirSync(workbench.folder).find((file) => file.endsWith('.csv')) ?? '';
    expect(name).toContain(tensor);
    const [head, ...lines] = readFileSync(join(workbench.folder, name), 'utf8').trim().split('\n');
    expect(head).toBe('block_row,block_column,score,place,kept');
    expect(lines).toHaveLength(blocks);
    const kept = lines.flatMap((line, block) => (line.endsWith(',1') ? [block] : []));
    expect(kept).toEqual(sorted(heaviestBlocks(matrix, 0.4 * blocks)));
  });

  test('the mask is copied as code for NumPy', async () => {
    await patterns.locator('#copy-mask').click();
    const clipboard = () => workbench.page.evaluate<string>('navigator.clipboard.readText()');
    await expect.poll(clipboard).toMatch(/^import .*numpy/m);
  });

  test('Apply writes a file with the blocks that stay, and leaves the source alone', async () => {
    const source = readFileSync(join(workbench.folder, sampleName));
    await patterns.locator('#as-bsr').click();
    await patterns.locator('#apply').click();
    await acceptFileDialog(workbench.page);
    await patterns.locator('#result').waitFor({ timeout: 60_000 });
    await explorerRow(workbench.page, pressedName).waitFor();
    // The notification of the progress, which names the file too, may still be there.
    await toast(workbench.page, `${pressedName}: 242 KB`).waitFor();
    const { size } = statSync(join(workbench.folder, pressedName));
    expect(size).toBeLessThan(source.byteLength);
    expect(readFileSync(join(workbench.folder, sampleName)).equals(source)).toBe(true);
  });

  test('the written file opens in the inspector, which says how the tensor is stored', async () => {
    const { page } = workbench;
    await patterns.locator('#open').click();
    await page.locator(`.tab.active[aria-label^="${pressedName}"]`).waitFor();
    const inspector = await webview(page);
    await inspector.locator('#pressed-banner summary').click({ timeout: 30_000 });
    const line = inspector.locator('#pressed-tensors tr', { hasText: tensor });
    expect(await textOf(line)).toContain('120 × 400');
  });

  test('the inspector pictures the tensors, and brings the panel to the one that is selected', async () => {
    const { page } = workbench;
    const inspector = await openInspector(page, sampleName);
    const painted = inspector.locator('[data-tensor="conv2.weight"] press-thumbnail canvas');
    // 16 x 150, in tiles of whole rows and columns.
    await expect.poll(() => painted.getAttribute('height'), { timeout: 20_000 }).toBe('16');
    await inspector.locator('[data-tensor="conv2.weight"]').click();
    await inspector.locator('#preview-patterns').click();
    await page.locator('.tab.active', { hasText: `Patterns: ${sampleName}` }).waitFor();
    patterns = await webview(page);
    await patterns.locator('#tensor-name', { hasText: 'conv2.weight' }).waitFor();
    await waitForMap(patterns);
    await patterns.locator('#scheme').selectOption('channel-in');
    await waitForMap(patterns);
  });

  test('the pages kept to their content security policy and threw nothing', () => {
    expect(workbench.complaints).toEqual([]);
  });
});

describe('a file that changes', () => {
  const workbench = useWorkbench({
    prepare: (folder) => writeNoise(join(folder, 'noise.safetensors'), { before: [64, 64] }),
  });

  test('is shown as it is now', async () => {
    const { folder, page } = workbench;
    const patterns = await openPatterns(page, 'noise.safetensors');
    expect(await textOf(patterns.locator('#tensor-name'))).toBe('before');
    writeNoise(join(folder, 'noise.safetensors'), { after: [96, 64], other: [8, 8] });
    await patterns.locator('#tensor-name', { hasText: 'after' }).waitFor({ timeout: 20_000 });
    await waitForMap(patterns);
  });
});

describe('patterns with the keyboard alone', () => {
  const workbench = useWorkbench();
  let patterns: FrameLocator;

  beforeAll(async () => {
    const { page } = workbench;
    await runCommand(page, 'TensorPress: Preview Block-Sparse Patterns…');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: sampleName }).waitFor();
    await quickInput(page).press('Enter');
    patterns = await webview(page);
    await waitForMap(patterns);
  });

  test('the map’s cursor says where it is, and whether the block is kept', async () => {
    const { keyboard } = workbench.page;
    await tabTo('.heatmap-stage');
    await keyboard.press('ArrowRight');
    const spoken = patterns.locator('.heatmap-spoken');
    await expect.poll(() => textOf(spoken)).toMatch(/kept|dropped/);
    const first = await textOf(spoken);
    await keyboard.press('ArrowDown');
    await expect.poll(() => textOf(spoken)).not.toBe(first);
  });

  test('block size, slider and output are chosen, and the file is written', async () => {
    const { folder, page } = workbench;
    const { keyboard } = page;
    await tabTo('#kept');
    const before = await textOf(patterns.locator('#relative-error'));
    await keyboard.press('PageDown');
    await expect.poll(() => textOf(patterns.locator('#relative-error'))).not.toBe(before);

    await patterns.locator('#as-bsr').focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowDown');
    await patterns.locator('#apply-words', { hasText: 'with zeros' }).waitFor();
    await tabTo('#apply');
    await keyboard.press('Enter');
    await acceptFileDialog(page);
    await patterns.locator('#result:focus').waitFor({ timeout: 60_000 });
    expect(existsSync(join(folder, 'lenet5-mnist.pruned.safetensors'))).toBe(true);
  });

  async function tabTo(selector: string): Promise<void> {
    const focused = patterns.locator(`${selector}:focus-within`);
    for (let press = 0; press < 60; press++) {
      await workbench.page.keyboard.press('Tab');
      if ((await focused.count()) > 0) {
        return;
      }
    }
    throw new Error(`Tab never reaches ${selector}.`);
  }
});
