import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { findChromium } from '../vscode/chromium';
import { launchChromium, servePreview } from '../webview-preview/harness.mjs';
import type { Preview } from '../webview-preview/harness.mjs';

/** The pages alone, with a host made for tests: what VS Code itself adds is tested elsewhere. */
const executable = findChromium();
let browser: Browser;
let preview: Preview;
let page: Page;
let complaints: string[];

interface Call {
  readonly call: string;
  readonly params: Readonly<Record<string, unknown>>;
}

async function open(name: 'inspector' | 'choices', state = 'done', theme = 'dark'): Promise<void> {
  await page.goto(preview.url(name, state, theme));
  await page.waitForSelector('#inspector > *, #choices > *');
}

async function callsOf(name: string): Promise<readonly Call['params'][]> {
  const calls = await page.evaluate<Call[]>('globalThis.calls ?? []');
  return calls.filter(({ call }) => call === name).map(({ params }) => params);
}

const row = (tensor: string) => page.locator(`#tensor-table [data-tensor="${tensor}"]`);

/** Presses Tab until `selector` has the focus; fails where it never gets it. */
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

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
  }
}

/** Roles and names as a screen reader is told of them. */
async function controls(): Promise<{ role: string; name: string }[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const roles = [
    'button',
    'checkbox',
    'slider',
    'textbox',
    'radio',
    'radiogroup',
    'grid',
    'application',
  ];
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '') }))
    .filter(({ role }) => roles.includes(role));
}

describe.skipIf(executable === undefined)('the pages in a browser', () => {
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

  it('lets a person with a keyboard only go all the way from budget to result', async () => {
    await open('choices', 'live');
    await page.waitForSelector('#compress:not([disabled])');
    // Until then choices still arrive, and with them other plans and rows.
    await page.waitForSelector('#cancel-choices', { state: 'detached' });
    await tabTo('#budget');
    const before = await page.textContent('#result-size');
    await press('ArrowLeft', 'ArrowLeft');
    await expect
      .poll(() => callsOf('plan'))
      .toContainEqual({ budget: { kept: 0.48 }, overrides: [] });
    await tabTo('#budget-value');
    await press('Control+A', '3', '0', 'Enter');
    await expect.poll(() => page.textContent('#result-size')).not.toBe(before);

    await tabTo('#tensor-table .table');
    await press('Home', 'ArrowDown', 'ArrowDown', 'ArrowDown');
    await page.locator('#detail-title', { hasText: 'layer1.0.conv1.weight' }).waitFor();
    await press('Space');
    await page.locator('#plan-line', { hasText: 'Stays dense' }).waitFor();

    await tabTo('#automatic');
    await press('Enter');
    await page.locator('#plan-line', { hasText: 'Chosen automatically' }).waitFor();
    await tabTo('#choice-curve .plot');
    await press('ArrowRight', 'ArrowDown');
    await page.locator('#choice-curve [role="status"]', { hasText: 'CP · kept' }).waitFor();
    await tabTo('#choice-table tr');
    await press('Home', 'ArrowDown', 'Enter');
    await page.locator('#plan-line', { hasText: 'Chosen by you' }).waitFor();
    expect((await callsOf('plan')).at(-1)).toEqual({
      budget: { kept: 0.3 },
      overrides: [{ tensor: 'layer1.0.conv1.weight', method: 'svd', kept: 0.25 }],
    });

    await tabTo('#compress');
    await press('Enter');
    await page.waitForSelector('#result:focus');
    await tabTo('#reveal');
    await press('Enter');
    await expect
      .poll(() => callsOf('reveal'))
      .toEqual([{ path: '/workspace/models/resnet18.press.safetensors' }]);
  });

  it.each([
    ['inspector', 'pressed'],
    ['choices', 'done'],
    ['choices', 'finished'],
    ['choices', 'compressing'],
  ] as const)('names every control of the %s (%s) for a screen reader', async (name, state) => {
    await open(name, state);
    await row('fc.weight').or(row('conv1.weight')).first().click();
    await page.waitForSelector('press-curve canvas');
    const found = await controls();
    expect(found.length).toBeGreaterThan(8);
    expect(found.filter((control) => control.name.trim() === '')).toEqual([]);
  });

  it('shows a hostile name as text', async () => {
    await open('inspector');
    await page.locator('#filter').locator('input').fill('img');
    await page.locator('#tensor-table [data-tensor]').click();
    await page.locator('#detail-title', { hasText: '<img src=x onerror=' }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('TensorPress');
  });

  it('scrolls, filters and sorts 100 000 tensors with a handful of rows in the document', async () => {
    await open('inspector', 'huge');
    await page.locator('#tensor-table .table').focus();
    await press('End');
    await row('decoder.layers.99999.weight').waitFor();
    expect(await page.locator('#tensor-table .table-body .table-row').count()).toBeLessThan(60);
    await page.locator('#tensor-table [data-column="name"]').click();
    await page.locator('#tensor-table [data-column="name"]').click();
    await expect
      .poll(() => page.locator('[role="columnheader"]').first().getAttribute('aria-sort'))
      .toBe('descending');
    await page.locator('#filter').locator('input').fill('layers.777');
    await expect.poll(() => page.textContent('#shown-count')).toMatch(/^111 of 100.000 tensors$/);
  });

  it('asks only for the statistics of the tensor on which the selection comes to rest', async () => {
    await open('inspector');
    // Of the first tensor, which is selected from the start.
    await page.locator('#energy-ranks li').first().waitFor();
    await page.evaluate(`(() => {
      const grid = document.querySelector('#tensor-table .table');
      for (let i = 0; i < 3; i++) {
        grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }));
      }
    })()`);
    await expect
      .poll(() => callsOf('statistics'))
      .toEqual([{ tensor: 'conv1.weight' }, { tensor: 'layer1.0.conv1.weight' }]);
  });

  it('cancels the statistics under way when another tensor is selected', async () => {
    await open('inspector', 'stat-loading');
    await row('conv1.weight').click();
    await expect.poll(() => callsOf('statistics')).toHaveLength(1);
    await row('bn1.weight').click();
    await expect.poll(() => callsOf('abort')).toEqual([{ tensor: 'conv1.weight' }]);
  });

  it('pictures the tensors in view, a few at a time, and no others', async () => {
    await open('inspector', 'huge');
    const painted = () =>
      page.evaluate<string[]>(`[...document.querySelectorAll('press-thumbnail canvas')]
        .filter(({ width }) => width > 0)
        .map((canvas) => canvas.closest('[data-tensor]').dataset.tensor)`);
    await expect.poll(painted).toContain('decoder.layers.20.weight');
    const known = await painted();
    await page.locator('#tensor-table .table').focus();
    await press('End');
    await expect.poll(painted).toContain('decoder.layers.99999.weight');
    const calls = (await callsOf('thumbnails')) as readonly { tensors: readonly string[] }[];
    expect(Math.max(...calls.map(({ tensors }) => tensors.length))).toBeLessThanOrEqual(8);
    const asked = calls.flatMap(({ tensors }) => tensors);
    expect(new Set(asked).size).toBeLessThan(120);

    await press('Home');
    await expect.poll(painted).toEqual(expect.arrayContaining(known));
    // What had arrived was kept.
    const later = (await callsOf('thumbnails')) as typeof calls;
    const askedAgain = later.slice(calls.length).flatMap(({ tensors }) => tensors);
    expect(askedAgain.filter((tensor) => known.includes(tensor))).toEqual([]);
  });

  it('no longer asks for the pictures of tensors that are scrolled away', async () => {
    await open('inspector', 'picture-loading');
    await expect.poll(() => callsOf('thumbnails')).not.toEqual([]);
    await page.locator('#tensor-table .table').focus();
    await press('End');
    await expect.poll(() => callsOf('abort-thumbnails')).toHaveLength(1);
  });

  it('paints its pictures in the colour of the theme, and keeps them from screen readers', async () => {
    await open('inspector');
    const canvas = 'document.querySelector("press-thumbnail canvas")';
    const middle = () =>
      page.evaluate<number[]>(`(() => {
        const { width, height } = ${canvas};
        return [...${canvas}.getContext('2d').getImageData(width / 2, height / 2, 1, 1).data];
      })()`);
    await expect.poll(() => page.evaluate<number>(`${canvas}.width`)).toBeGreaterThan(0);
    await page.evaluate(`(() => {
      document.documentElement.style.setProperty('--vscode-charts-blue', '#ff0000');
    })()`);
    await expect.poll(async () => (await middle()).slice(0, 3)).toEqual([255, 0, 0]);
    expect(await page.locator('press-thumbnail:not([aria-hidden="true"])').count()).toBe(0);
  });

  it('shows the patterns of the selected tensor, where it has any', async () => {
    await open('inspector');
    await row('bn1.weight').click();
    await page.locator('#detail-title', { hasText: 'bn1.weight' }).waitFor();
    expect(await page.locator('#preview-patterns').count()).toBe(0);
    await row('fc.weight').or(row('layer1.0.conv1.weight')).first().click();
    await tabTo('#preview-patterns');
    await press('Enter');
    await expect.poll(() => callsOf('patterns')).toEqual([{ tensor: 'layer1.0.conv1.weight' }]);
  });

  it('offers to compress a matrix as sparse when most of it is zeros, and no other', async () => {
    await open('inspector');
    await row('conv1.weight').click();
    await page.locator('#stat-zeros').waitFor();
    expect(await page.locator('#compress-sparse').count()).toBe(0);
    await open('inspector', 'pruned');
    await row('bn1.weight').click();
    await page.locator('#stat-zeros').waitFor();
    expect(await page.locator('#compress-sparse').count()).toBe(0);
    await row('conv1.weight').click();
    await page.locator('#compress-sparse').click();
    await expect.poll(() => callsOf('sparse')).toEqual([{ tensor: 'conv1.weight' }]);
  });

  it('shows what failed in its place, and tries again', async () => {
    await open('inspector', 'stat-failed');
    await row('conv1.weight').click();
    await page.locator('.notice.error', { hasText: 'needs 4.2 GB' }).waitFor();
    expect(await page.locator('#stat-min').textContent()).toContain('0.4123');
    await page.locator('.notice.error .retry').click();
    await page.locator('#energy-ranks li').first().waitFor();
    expect(await page.locator('.notice.error').count()).toBe(0);
  });

  it('has one plan under way while the slider is dragged, and ends with the last budget', async () => {
    await open('choices');
    await page.evaluate(`(() => {
      const slider = document.querySelector('#budget');
      for (let kept = 50; kept >= 20; kept--) {
        slider.value = String(kept);
        slider.dispatchEvent(new Event('input'));
      }
    })()`);
    await expect
      .poll(async () => (await callsOf('plan')).map(({ budget }) => budget))
      .toEqual([{ kept: 0.5 }, { kept: 0.2 }]);
    await expect.poll(() => page.textContent('#result-parameters')).toMatch(/\(9\.\d % kept\)/);
  });

  it('keeps budget, overrides and selection over a reload', async () => {
    await open('choices');
    await row('layer1.0.conv1.weight').click();
    await page.click('#keep-dense');
    await page.locator('#budget-value').locator('input').fill('75');
    await press('Enter');
    await expect.poll(() => callsOf('plan')).toHaveLength(2);
    await page.reload();
    await page.locator('#detail-title', { hasText: 'layer1.0.conv1.weight' }).waitFor();
    expect(await page.locator('#budget').inputValue()).toBe('75');
    await page.locator('#plan-line', { hasText: 'Chosen by you' }).waitFor();
  });

  it('says what it expects when the budget makes no sense, and plans nothing', async () => {
    await open('choices');
    await page.locator('#budget-value').locator('input').fill('200');
    await press('Enter');
    await page.locator('#budget-problem', { hasText: 'up to 100' }).waitFor();
    expect(await callsOf('plan')).toEqual([]);
  });

  it('cancels a compression and says that nothing was written', async () => {
    await open('choices');
    await page.click('#compress');
    await page.click('#cancel-compress');
    await page.locator('#said', { hasText: 'nothing was written' }).waitFor();
    expect(await page.locator('#result').count()).toBe(0);
    await page.waitForSelector('#compress:not([disabled])');
  });

  it('offers a failed compression again', async () => {
    await open('choices', 'compress-failed');
    await page.click('#compress');
    await page.locator('.notice.error', { hasText: 'no space left' }).waitFor();
    await page.locator('.notice.error .retry').click();
    await page.waitForSelector('#result');
    expect(await page.locator('.notice.error').count()).toBe(0);
  });

  it('stops the computation of choices, plans with those it has, and starts again', async () => {
    await open('choices', 'live');
    await page.waitForSelector('#result-size');
    await page.click('#cancel-choices');
    await page.waitForSelector('#cancelled');
    await page.click('#restart');
    await page.waitForSelector('#compress:not([disabled])');
    await expect.poll(() => page.textContent('#shown-count')).toBe('39 tensors');
  });

  it('lets a person compress with the choices so far, and says that it is those', async () => {
    await open('choices', 'live');
    await expect.poll(() => page.textContent('#blocked')).toBe('Uses the choices so far');
    await page.waitForSelector('#compress:not([disabled])');
    expect(await page.locator('#cancel-choices').count()).toBe(1);
  });

  it('stands one curve for methods that are the same on a matrix', async () => {
    await open('choices');
    await page.locator('#filter').locator('input').fill('fc.weight');
    await row('fc.weight').click();
    await page
      .locator('#equal-methods', { hasText: 'CP, Tucker and Tensor Train equal SVD' })
      .waitFor();
    expect(await page.locator('.legend-item').count()).toBe(2);
  });

  it('paints its plots anew when the theme changes', async () => {
    await open('choices');
    const paint = () =>
      page.evaluate<string>(`document.querySelector('#choice-curve canvas').toDataURL()`);
    await page.waitForSelector('#choice-curve canvas');
    const dark = await paint();
    await page.evaluate(`(() => {
      document.documentElement.style.setProperty('--vscode-charts-blue', '#ff00ff');
      document.body.className = 'vscode-light';
    })()`);
    await expect.poll(paint).not.toBe(dark);
  });

  it.each(['inspector', 'choices'] as const)('fits the %s into 420 pixels', async (name) => {
    await page.setViewportSize({ width: 420, height: 900 });
    await open(name);
    await row('conv1.weight').click();
    await page.waitForSelector('press-curve canvas');
    expect(
      await page.evaluate<number>('document.scrollingElement.scrollWidth'),
    ).toBeLessThanOrEqual(420);
  });
});
