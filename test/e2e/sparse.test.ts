import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import {
  blockSides,
  readEntries,
  writeBlockMatrix,
  writeBlockTensor,
} from '../support/sparseFiles';
import {
  acceptFileDialog,
  contextMenu,
  explorerRow,
  quickInput,
  runCommand,
  toast,
  webview,
} from '../vscode/browser';
import { colourCount } from './pixels';
import {
  answer,
  chip,
  epochOf,
  inputMessage,
  openSparse,
  pick,
  runOwn,
  tickNothing,
  waitForOffer,
  waitForRun,
} from './sparse';
import { useWorkbench } from './useWorkbench';
import { sampleName, textOf } from './workbench';

const name = 'blocks.mtx';
const areas = blockSides.map(([height, width]) => height * width).sort((a, b) => b - a);
const nonzeros = areas.reduce((sum, area) => sum + area, 0);
const networkName = 'blocks.neukron';
const factorsName = 'blocks.tsvd.safetensors';
const decodedName = 'blocks.decoded.mtx';

describe('from a right-click on a sparse matrix to a network and back', () => {
  const workbench = useWorkbench({ prepare: (folder) => writeBlockMatrix(join(folder, name)) });
  let sparse: FrameLocator;

  const points = () => sparse.locator('press-scatter [data-point]').count();

  test('the Explorer’s menu opens the panel, which pictures the matrix', async () => {
    sparse = await openSparse(workbench.page, name);
    await waitForOffer(sparse);
    expect(await textOf(sparse.locator('#dims'))).toBe('60 × 90');
    expect(await textOf(sparse.locator('#nonzeros'))).toBe(`${nonzeros} nonzeros`);
    const picture = sparse.locator('#spy-before .heatmap-layers');
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => colourCount(workbench.page, picture)).toBeGreaterThan(1);
  });

  test('running what is ticked puts every method into plot and table', async () => {
    await sparse.locator('#run').click();
    await expect.poll(points, { timeout: 120_000 }).toBeGreaterThan(5);
    await waitForRun(sparse);
    const chips = await sparse.locator('.method .chip.done').count();
    await expect.poll(points).toBe(chips);
    expect(await sparse.locator('.method .chip.failed').count()).toBe(0);
    await sparse.locator('#points-table').scrollIntoViewIfNeeded();
    const rows = sparse.locator('#points-table [role="row"]', { hasText: 'Truncated SVD' });
    expect(await rows.count()).toBeGreaterThan(0);
    const plot = sparse.locator('press-scatter .scatter');
    await plot.scrollIntoViewIfNeeded();
    expect(await colourCount(workbench.page, plot)).toBeGreaterThan(5);
  });

  test('the error of a truncated SVD is what its singular values leave', async () => {
    await chip(sparse, 'tsvd', 2).click();
    const error = Math.sqrt((areas[2] ?? NaN) / nonzeros);
    await expect
      .poll(async () => parseFloat(await textOf(sparse.locator('#point-error'))))
      .toBeCloseTo(error, 2);
  });

  test('a training draws its curve and the matrix as it reorders it', async () => {
    await runOwn(sparse, 'neukron', {
      hidden: '5',
      epochs: '1000000',
      patience: '1000000',
    });
    await sparse.locator('#loss-curve canvas').first().waitFor({ timeout: 60_000 });
    await expect.poll(() => epochOf(sparse), { timeout: 60_000 }).toBeGreaterThan(1000);
    const after = sparse.locator('#spy-after .heatmap-layers');
    await after.waitFor({ timeout: 30_000 });
    await after.scrollIntoViewIfNeeded();
    await expect.poll(() => colourCount(workbench.page, after)).toBeGreaterThan(1);
  });

  test('it is stopped and goes on from where it stood', async () => {
    await sparse.locator('#stop-training').click();
    await sparse.locator('#continue-training').waitFor();
    await waitForRun(sparse);
    const stopped = await epochOf(sparse);
    await workbench.page.waitForTimeout(500);
    expect(await epochOf(sparse)).toBe(stopped);
    const curve = sparse.locator('#loss-curve canvas').first();
    await curve.scrollIntoViewIfNeeded();
    await expect.poll(() => colourCount(workbench.page, curve)).toBeGreaterThan(3);
    await sparse.locator('#continue-training').click();
    await expect.poll(() => epochOf(sparse), { timeout: 30_000 }).toBeGreaterThan(stopped + 5);
    await sparse.locator('#stop-training').click();
    await sparse.locator('#continue-training').waitFor();
    expect(await textOf(sparse.locator('#training-state'))).toMatch(/paused/i);
  });

  test('it is written as it stands, with orders, while the source stays', async () => {
    const { folder, page } = workbench;
    const source = readFileSync(join(folder, name));
    await chip(sparse, 'neukron', 5, 'paused').click();
    await sparse.locator('#as-it-stands').waitFor();
    await sparse.locator('#write').click();
    await acceptFileDialog(page);
    await sparse.locator('#result').waitFor({ timeout: 60_000 });
    expect(await textOf(sparse.locator('#result-file'))).toBe(networkName);
    await explorerRow(page, networkName).waitFor();
    await toast(page, `${networkName}:`).first().waitFor();
    expect(readFileSync(join(folder, name)).equals(source)).toBe(true);
  });

  test('its entries can be looked up', async () => {
    await sparse.locator('#lookup summary').click();
    await sparse.locator('#lookup-0').fill('3');
    await sparse.locator('#lookup-1').fill('17');
    await sparse.locator('#look-up').click();
    await expect
      .poll(() => textOf(sparse.locator('#lookup-words')))
      .toMatch(/\(?3, 17\)? is [\d.e−-]+; .*an entry/);
    await sparse.locator('#lookup-1').fill('90');
    await sparse.locator('#look-up').click();
    await sparse.locator('#lookup-problem', { hasText: '89' }).waitFor();
  });

  test('the factors of another point are written beside it', async () => {
    const { folder, page } = workbench;
    await runOwn(sparse, 'tsvd', { rank: '3' });
    await waitForRun(sparse);
    await chip(sparse, 'tsvd', 3).click();
    await sparse.locator('#write').click();
    await acceptFileDialog(page);
    await expect
      .poll(() => textOf(sparse.locator('#result-file')), { timeout: 60_000 })
      .toBe(factorsName);
    expect(existsSync(join(folder, factorsName))).toBe(true);
  });

  test('a reload brings points, curve and the paused training back', async () => {
    const { page } = workbench;
    const before = await points();
    const epoch = await epochOf(sparse);
    await page.waitForTimeout(500);
    const loaded = page.waitForEvent('load');
    await runCommand(page, 'Developer: Reload Window');
    await loaded;
    await page.locator('.tab.active', { hasText: `Sparse: ${name}` }).waitFor({ timeout: 60_000 });
    sparse = await webview(page);
    await waitForOffer(sparse);
    await expect.poll(points).toBe(before);
    await sparse.locator('#loss-curve canvas').first().waitFor();
    expect(await epochOf(sparse)).toBe(epoch);
    await sparse.locator('#continue-training').click();
    await expect.poll(() => epochOf(sparse), { timeout: 30_000 }).toBeGreaterThan(epoch);
    await sparse.locator('#cancel').click();
    await waitForRun(sparse);
  });

  test('a .neukron says what it holds when it is opened, and leads to its entries', async () => {
    const { page } = workbench;
    await explorerRow(page, networkName).dblclick();
    await page.locator(`.tab.active[aria-label^="${networkName}"]`).waitFor();
    const network = await webview(page);
    await network.locator('dd', { hasText: '60 × 90' }).waitFor({ timeout: 30_000 });
    await network.locator('a').click();
    await pick(page, 'Look up entries…');
    await answer(page, '0, 0');
    await inputMessage(page).filter({ hasText: 'µs' }).waitFor();
    await page.keyboard.press('Escape');
    await quickInput(page).waitFor({ state: 'hidden' });
  });

  test('Decompress writes the entries of the source again', async () => {
    const { folder, page } = workbench;
    await contextMenu(page, explorerRow(page, factorsName), 'Decompress…');
    await pick(page, 'Write a MatrixMarket file…');
    await pick(page, 'As many of the largest as I say');
    await quickInput(page).waitFor();
    await answer(page, String(nonzeros));
    await acceptFileDialog(page);
    await toast(page, `${decodedName}: ${nonzeros} entries`).waitFor({ timeout: 60_000 });
    const [source, decoded] = [name, decodedName].map((file) => readEntries(join(folder, file)));
    expect([...(decoded?.keys() ?? [])].sort()).toEqual([...(source?.keys() ?? [])].sort());
    for (const value of decoded?.values() ?? []) {
      expect(value).toBeCloseTo(1, 4);
    }
  });

  test('Decompress looks up entries until it is dismissed', async () => {
    const { page } = workbench;
    const [key = ''] = readEntries(join(workbench.folder, name)).keys();
    await contextMenu(page, explorerRow(page, factorsName), 'Decompress…');
    await pick(page, 'Look up entries…');
    await answer(page, '60, 0');
    await inputMessage(page).filter({ hasText: '0 to 59' }).waitFor();
    await answer(page, key);
    await inputMessage(page)
      .filter({ hasText: /= (1\.0|0\.99).*µs/ })
      .waitFor();
    await page.keyboard.press('Escape');
    await quickInput(page).waitFor({ state: 'hidden' });
  });

  test('the page kept to its content security policy and threw nothing', () => {
    expect(workbench.complaints).toEqual([]);
  });
});

describe('other files', () => {
  const workbench = useWorkbench({
    prepare: (folder) => {
      writeBlockTensor(join(folder, 'cubes.tns'));
      writeFileSync(
        join(folder, 'broken.mtx'),
        '%%MatrixMarket matrix coordinate real general\n3 3 2\n1 1 1\n2 four 1\n',
      );
      writeBlockMatrix(join(folder, 'change.mtx'));
    },
  });

  test('a tensor of three modes is compressed by what takes one', async () => {
    const sparse = await openSparse(workbench.page, 'cubes.tns');
    await waitForOffer(sparse);
    expect(await textOf(sparse.locator('#dims'))).toBe('12 × 10 × 8');
    await sparse.locator('#why-tsvd').waitFor();
    await tickNothing(sparse);
    await runOwn(sparse, 'cp', { rank: '2' });
    await chip(sparse, 'cp', 2).click({ timeout: 60_000 });
    const text = await textOf(sparse.locator('#point-error'));
    expect(parseFloat(text)).toBeLessThan(0.05);
  });

  test('a broken file says where it is broken, and is read once it is mended', async () => {
    const { folder, page } = workbench;
    const sparse = await openSparse(page, 'broken.mtx');
    const notice = sparse.locator('[data-failure]');
    await notice.waitFor({ timeout: 30_000 });
    expect(await textOf(notice)).toMatch(/broken\.mtx.*4/);
    writeBlockMatrix(join(folder, 'broken.mtx'));
    await waitForOffer(sparse);
    expect(await textOf(sparse.locator('#nonzeros'))).toBe(`${nonzeros} nonzeros`);
  });

  test('a file that changes is read anew, and loses the points of what it was', async () => {
    const { folder, page } = workbench;
    const sparse = await openSparse(page, 'change.mtx');
    await waitForOffer(sparse);
    await tickNothing(sparse);
    await runOwn(sparse, 'tsvd', { rank: '1' });
    await sparse.locator('press-scatter [data-point]').first().waitFor({ timeout: 60_000 });
    writeFileSync(
      join(folder, 'change.mtx'),
      '%%MatrixMarket matrix coordinate real general\n3 3 2\n1 1 1\n2 2 1\n',
    );
    await sparse.locator('#dims', { hasText: '3 × 3' }).waitFor({ timeout: 20_000 });
    await sparse.locator('#plot-empty').waitFor();
  });

  test('a tensor of a weights file is asked for, and its zeros are said', async () => {
    const { page } = workbench;
    await contextMenu(page, explorerRow(page, sampleName), 'Compress Sparse Matrix…');
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: 'fc1.weight' });
    await row.filter({ hasText: /120 × 400 · \w+ · [\d.]+ % zeros/ }).waitFor({ timeout: 30_000 });
    await row.click();
    const sparse = await webview(page);
    await sparse.locator('#tensor-name', { hasText: 'fc1.weight' }).waitFor({ timeout: 60_000 });
    await waitForOffer(sparse);
    expect(await textOf(sparse.locator('#dims'))).toBe('120 × 400');
  });

  test('the pages kept to their content security policy and threw nothing', () => {
    expect(workbench.complaints).toEqual([]);
  });
});
