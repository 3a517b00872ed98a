import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { findChromium } from '../vscode/chromium';
import { launchChromium, servePreview } from '../webview-preview/harness.mjs';
import type { Preview } from '../webview-preview/harness.mjs';
import { textContrasts } from './contrast';

/** The page of the benchmarks alone, with a host made for tests. */
const executable = findChromium();
let browser: Browser;
let preview: Preview;
let page: Page;
let complaints: string[];

async function open(state = 'done', theme = 'dark'): Promise<void> {
  await page.goto(preview.url('benchmarks', state, theme));
  await page.waitForSelector('#benchmarks > *');
}

async function callsOf(name: string): Promise<readonly unknown[]> {
  const calls = await page.evaluate<{ call: string; params: unknown }[]>('globalThis.calls ?? []');
  return calls.filter(({ call }) => call === name).map(({ params }) => params);
}

const rows = (table: string) => page.locator(`[data-table="${table}"] tbody tr`);
const headings = (table: string) => page.locator(`[data-table="${table}"] thead th`);
const entry = (key: string) => page.locator(`.history-item[data-key="${key}"]`);

async function tabTo(selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    if (
      await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)
    ) {
      return;
    }
  }
  throw new Error(`Tab never reaches ${selector}`);
}

describe.skipIf(executable === undefined)('the benchmarks in a browser', () => {
  beforeAll(async () => {
    preview = await servePreview();
    browser = await launchChromium(executable ?? '');
  });

  afterAll(async () => {
    await browser.close();
    await preview.close();
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        complaints.push(message.text());
      }
    });
  });

  afterEach(async () => {
    await page.close();
    // Among them whatever the content security policy refuses.
    expect(complaints).toEqual([]);
  });

  it('says what to do where nothing has been run', async () => {
    await open('empty');
    await page.locator('#empty', { hasText: 'press Run' }).waitFor();
    await page.waitForSelector('#no-history');
    expect(await page.locator('.history-item').count()).toBe(0);
  });

  it('runs with the keyboard alone, shows rows as they come, and then the report', async () => {
    await open('empty');
    await tabTo('#benchmark');
    await page.keyboard.press('ArrowDown');
    await page.locator('#benchmark-about', { hasText: 'Multiplies matrices' }).waitFor();
    await tabTo('#run');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role="progressbar"]');
    await page.locator('#progress-said', { hasText: 'Throughput of products: row' }).waitFor({
      state: 'attached',
    });
    await expect.poll(() => rows('errors').count()).toBeGreaterThan(2);
    await page.locator('#report-title', { hasText: 'Throughput of products' }).waitFor();
    await page.locator('#said', { hasText: 'Finished.' }).waitFor();
    expect(await page.locator('[role="progressbar"]').count()).toBe(0);
    expect(await callsOf('run')).toEqual([{ id: 'throughput' }]);
  });

  it('runs only the parts that are ticked, and none without any', async () => {
    await open('empty');
    await page.click('#parts summary');
    await page.click('[data-part="svd"]');
    await page.click('[data-part="tt"]');
    await page.locator('#parts summary', { hasText: 'Parts: 1 of 3' }).waitFor();
    await page.click('[data-part="tucker"]');
    await page.waitForSelector('#run[disabled]');
    await page.click('[data-part="tucker"]');
    await page.click('#run');
    await expect.poll(() => callsOf('run')).toEqual([{ id: 'decompositions', parts: ['tucker'] }]);
  });

  it('asks for data and minutes where a benchmark takes them, and runs again with the same', async () => {
    await open('empty');
    expect(await page.locator('#run-options').count()).toBe(0);
    await page.locator('#benchmark').selectOption('training');
    await page.locator('#data', { hasText: 'Synthetic matrix, 1,005 × 25,919' }).waitFor();
    expect(await page.locator('#minutes').inputValue()).toBe('2');
    expect(await page.locator('#drop-data').count()).toBe(0);
    await tabTo('#choose-data');
    await page.keyboard.press('Enter');
    await page.locator('#data', { hasText: /^email\.mtx\.gz$/ }).waitFor();
    expect(await callsOf('chooseData')).toEqual([{ id: 'training' }]);
    await page.locator('#minutes').selectOption('10');
    await page.click('#run');
    const request = { id: 'training', data: '/workspace/graphs/email.mtx.gz', minutes: 10 };
    await expect.poll(() => callsOf('run')).toEqual([request]);
    await page.locator('#report-title').waitFor();

    await page.click('#drop-data');
    await page.locator('#data', { hasText: 'Synthetic matrix' }).waitFor();
    await page.click('#run');
    await expect.poll(() => callsOf('run')).toEqual([request, { id: 'training', minutes: 10 }]);
    await page.locator('#report-title').waitFor();
    await page.locator('#benchmark').selectOption('throughput');
    expect(await page.locator('#run-options').count()).toBe(0);
  });

  it('cancels, keeps the rows that had come, and runs again', async () => {
    await open('empty');
    await page.click('#run');
    await expect.poll(() => rows('errors').count()).toBeGreaterThan(2);
    await page.click('#cancel');
    await page.locator('#cancelled', { hasText: /Cancelled after \d+ rows\./ }).waitFor();
    expect(await rows('errors').count()).toBeGreaterThan(2);
    expect(await page.locator('#copy').count()).toBe(0);
    await page.click('#again');
    await page.waitForSelector('#report-title');
    expect(await page.locator('#cancelled').count()).toBe(0);
  });

  it('shows why a run failed above the rows that had come', async () => {
    await open('run-failed');
    await page.locator('.notice.error', { hasText: 'needs 5.1 GB' }).waitFor();
    expect(await rows('errors').count()).toBe(7);
    expect(await page.locator('[role="progressbar"]').count()).toBe(0);
  });

  it('shows an earlier report during a run, and goes back to it', async () => {
    await open('running');
    expect(await rows('errors').count()).toBe(7);
    await entry('earlier').locator('.history-show').click();
    await page.waitForSelector('#report-title');
    await page.click('#show-run');
    await expect.poll(() => rows('errors').count()).toBe(7);
    expect(await page.locator('#report-title').count()).toBe(0);
  });

  it('labels published figures, and puts numbers on the right', async () => {
    await open();
    const labelled = headings('errors').filter({ hasText: 'published' });
    expect(await labelled.count()).toBe(1);
    const cell = rows('errors').first().locator('td.published');
    expect(await cell.textContent()).toBe('0.8120');
    const styles = await page.evaluate<string[]>(`(() => {
      const own = document.querySelector('[data-table="errors"] tbody td.numeric');
      const theirs = document.querySelector('[data-table="errors"] tbody td.published');
      return [own, theirs].flatMap((one) => {
        const { textAlign, fontStyle } = getComputedStyle(one);
        return [textAlign, fontStyle];
      });
    })()`);
    expect(styles).toEqual(['right', 'normal', 'right', 'italic']);
    expect(await headings('errors').last().textContent()).toMatch(/^\s*Time\s+ms\s*$/);
  });

  it('compares with an earlier report of the same benchmark, and with no other', async () => {
    await open();
    expect(await page.locator('.history-compare').count()).toBe(1);
    const before = await headings('errors').count();
    await entry('earlier').locator('.history-compare input').check();
    await page.locator('#compared', { hasText: 'TensorPress 0.1.0' }).waitFor();
    await expect.poll(() => headings('errors').count()).toBe(before + 2);
    expect(await rows('errors').first().locator('td.compared').allTextContents()).toEqual([
      '5.92',
      '0.625',
    ]);
    await page.locator('.history-item.shown[data-key="now"]').waitFor();
    await entry('earlier').locator('.history-compare input').uncheck();
    await expect.poll(() => headings('errors').count()).toBe(before);
  });

  it('shows and removes earlier reports', async () => {
    await open();
    await entry('other').locator('.history-show').click();
    await page.locator('#report-title', { hasText: 'Throughput' }).waitFor();
    expect(await entry('other').locator('.history-show').getAttribute('aria-current')).toBe('true');
    await entry('other').locator('.history-forget').click();
    await page.waitForSelector('#empty');
    expect(await page.locator('.history-item').count()).toBe(2);
  });

  it('exports and copies the report, and says so', async () => {
    await open();
    await page.click('#export-csv');
    await page.locator('#said', { hasText: '/workspace/decompositions.csv' }).waitFor();
    await page.click('#copy');
    await page.locator('#said', { hasText: 'on the clipboard' }).waitFor();
    expect(await callsOf('exportAs')).toEqual([{ format: 'csv' }]);
    expect(await callsOf('copy')).toHaveLength(1);
  });

  it('reads its plots to the keyboard, also on a logarithmic axis, and as a table', async () => {
    await open();
    const plot = page.locator('[data-plot="rate-by-n"]');
    await plot.locator('canvas').waitFor();
    await plot.locator('.plot').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await plot
      .locator('[role="status"]', { hasText: 'f64 · n 128 · Rate 5.200 GFLOP/s' })
      .waitFor();
    await plot.locator('[data-series="0"]').click();
    expect(await plot.locator('[data-series="0"]').getAttribute('aria-pressed')).toBe('false');
    await plot.locator('summary').click();
    expect(await plot.locator('tbody tr').count()).toBe(8);
  });

  it('keeps choice and report over a reload', async () => {
    await open();
    await entry('earlier').locator('.history-show').click();
    await page.locator('.history-item.shown[data-key="earlier"]').waitFor();
    await page.selectOption('#benchmark', 'throughput');
    await page.reload();
    await page.locator('.history-item.shown[data-key="earlier"]').waitFor();
    expect(await page.locator('#benchmark').inputValue()).toBe('throughput');
    expect(await callsOf('ready')).toEqual([
      { state: { selected: 'throughput', shown: 'earlier' } },
    ]);
  });

  it('offers to try again when it cannot be opened', async () => {
    await open('failed');
    await page.locator('.notice.error', { hasText: 'could not be started' }).waitFor();
    await page.locator('.retry').click();
    await expect.poll(() => callsOf('ready')).toHaveLength(2);
  });

  it.each(['done', 'running'])('names every control (%s) for a screen reader', async (state) => {
    await open(state);
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const roles = [
      'button',
      'checkbox',
      'combobox',
      'application',
      'region',
      'table',
      'navigation',
    ];
    const found = nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '') }))
      .filter(({ role }) => roles.includes(role));
    expect(found.length).toBeGreaterThan(8);
    expect(found.filter(({ name }) => name.trim() === '')).toEqual([]);
  });

  it.each([
    ['dark', 4.5],
    ['light', 4.5],
    ['hc-dark', 7],
    ['hc-light', 7],
  ])('can be read in the theme %s', async (theme, enough) => {
    await open('done', theme);
    await entry('earlier').locator('.history-compare input').check();
    await page.waitForSelector('#compared');
    const contrasts = await textContrasts(page);
    expect(contrasts.length).toBeGreaterThan(100);
    expect(contrasts.filter(({ ratio }) => ratio < enough)).toEqual([]);
  });

  it('fits into 420 pixels, with long tables scrolling inside', async () => {
    await page.setViewportSize({ width: 420, height: 900 });
    await open();
    await page.locator('press-curve canvas').first().waitFor();
    expect(
      await page.evaluate<number>('document.scrollingElement.scrollWidth'),
    ).toBeLessThanOrEqual(420);
    const [width, height] = await page.evaluate<number[]>(`(() => {
      const box = document.querySelector('[data-table="errors"] .scroll-box');
      return [box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight];
    })()`);
    expect(width).toBeGreaterThan(0);
    expect(height).toBeGreaterThan(0);
  });
});
