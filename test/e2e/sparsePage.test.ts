import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import type { SparseAttempt } from '../../src/protocol/sparse';
import { findChromium } from '../vscode/chromium';
import { launchChromium, servePreview } from '../webview-preview/harness.mjs';
import type { Preview } from '../webview-preview/harness.mjs';
import { textContrasts } from './contrast';

/** The page of sparse compression alone, with a host made for tests. */
const executable = findChromium();
let browser: Browser;
let preview: Preview;
let page: Page;
let complaints: string[];

async function open(state = 'done', theme = 'dark'): Promise<void> {
  await page.goto(preview.url('sparse', state, theme));
  await page.waitForSelector('#sparse > *');
}

async function callsOf<T = unknown>(name: string): Promise<readonly T[]> {
  const calls = await page.evaluate<{ call: string; params: T }[]>('globalThis.calls ?? []');
  return calls.filter(({ call }) => call === name).map(({ params }) => params);
}

const textOf = async (selector: string) =>
  ((await page.locator(selector).textContent()) ?? '').replace(/\s+/g, ' ').trim();

const chip = (method: string, label: string) =>
  page.locator(`[data-method="${method}"] [data-attempt="${label}"]`);

const focused = <T>(body: string) => page.evaluate<T>(`(${body})(document.activeElement)`);

async function tabTo(selector: string): Promise<void> {
  for (let presses = 0; presses < 150; presses++) {
    await page.keyboard.press('Tab');
    if (await focused<boolean>(`(element) => element.matches(${JSON.stringify(selector)})`)) {
      return;
    }
  }
  throw new Error(`Tab never reaches ${selector}`);
}

/** Chooses the point of NeuKron with 30 hidden units. */
async function choosePoint(): Promise<void> {
  await page.locator('[data-point="0-2"]').focus();
  await page.keyboard.press('Enter');
  await page.locator('#point-label', { hasText: 'hidden units 30' }).waitFor();
}

describe.skipIf(!executable)('the page of sparse compression', () => {
  beforeAll(async () => {
    preview = await servePreview();
    browser = await launchChromium(executable ?? '');
  });

  afterAll(async () => {
    await browser?.close();
    await preview?.close();
  });

  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(20_000);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      const text = message.text();
      // What Chromium says of drawing in software is about the machine.
      if (['error', 'warning'].includes(message.type()) && !/GPU stall|dev mode/.test(text)) {
        complaints.push(text);
      }
    });
  });

  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  it('says what the data is, and what was done on reading', async () => {
    await open('offer');
    expect(await textOf('.facts')).toBe(
      '1 005 × 25 919 92 159 nonzeros 0.354 % filled 1.41 MB as coordinates',
    );
    await page.click('#data summary');
    expect(await textOf('#notes')).toContain('231 entries were given twice');
    expect(await page.locator('#modes tbody tr').count()).toBe(2);
    expect(await page.locator('#negative').count()).toBe(0);
    await open('negative');
    expect(await textOf('#negative')).toContain('1 204 of 92 159 nonzeros are negative');
  });

  it('offers the quick methods at first, and greys those that cannot be used', async () => {
    await open('offer');
    expect(await textOf('#run-words')).toBe('35 settings of 7 methods');
    await page.click('#method-neukron');
    expect(await textOf('#run-words')).toBe('40 settings of 8 methods, NeuKron trains for a while');
    await chip('tsvd', 'rank 5').click();
    expect(await textOf('#run-words')).toContain('39 settings');
    expect(await page.evaluate(`document.querySelector('#method-tsvd').indeterminate`)).toBe(true);
    await open('tensor');
    expect(await page.locator('#method-tsvd').isDisabled()).toBe(true);
    expect(await textOf('#why-tsvd')).toBe('It takes a matrix; this tensor has 4 modes.');
  });

  it('runs what is ticked, shows points as they come, and does not run them again', async () => {
    await open('offer');
    for (const method of ['cur', 'cmd', 'accams', 'baccams', 'cp', 'tucker']) {
      await page.click(`#method-${method}`);
    }
    await page.click('#run');
    await expect.poll(() => page.locator('.scatter-point').count()).toBe(5);
    await page.locator('#cancel').waitFor({ state: 'detached' });
    const [run] = await callsOf<{ attempts: SparseAttempt[] }>('run');
    expect(run.attempts.map(({ options }) => options.rank)).toEqual([1, 5, 20, 50, 100]);
    await page.locator('#run[disabled]').waitFor();
    await page.click('#method-cp');
    await page.click('#run');
    await expect.poll(() => page.locator('.scatter-point').count()).toBe(10);
    const second = (await callsOf<{ attempts: SparseAttempt[] }>('run'))[1];
    expect(new Set(second.attempts.map(({ method }) => method))).toEqual(new Set(['cp']));
  });

  it('follows a training, stops it, and continues it', async () => {
    await open('offer');
    for (const method of ['tsvd', 'cur', 'cmd', 'accams', 'baccams', 'cp', 'tucker']) {
      await page.click(`#method-${method}`);
    }
    await chip('neukron', 'hidden units 60').click();
    await page.click('#run');
    await page.waitForSelector('#training canvas');
    await page.waitForSelector('#spy-after canvas');
    const before = await textOf('#training-facts');
    await expect.poll(() => textOf('#training-facts')).not.toBe(before);
    await page.click('#stop-training');
    await page.locator('#said', { hasText: 'Stopped.' }).waitFor();
    await page.locator('#continue-all', { hasText: 'Continue 1 Training' }).waitFor();
    await page.locator('.chip.paused').click();
    await page.locator('#as-it-stands', { hasText: 'it is written as it stands' }).waitFor();
    expect(await page.locator('.scatter-point.hollow').count()).toBe(1);
    await page.click('#continue');
    await page.locator('[data-method="neukron"] .chip.done').waitFor();
    const runs = await callsOf<{ attempts: SparseAttempt[] }>('run');
    expect(runs.map(({ attempts }) => attempts)).toEqual([
      [{ method: 'neukron', options: { hidden: 60 } }],
      [{ method: 'neukron', options: { hidden: 60 } }],
    ]);
  });

  it('redraws a curve and a picture at most ten times a second', async () => {
    await open('running');
    await page.waitForSelector('#spy-after canvas');
    const changes = await page.evaluate<number>(`(async () => {
      let changes = 0;
      const facts = document.querySelector('#training-facts');
      new MutationObserver(() => changes++).observe(facts, { subtree: true, characterData: true });
      const running = sparseModel().outcomes.find(({ state }) => state === 'running');
      for (let at = 1; at <= 150; at++) {
        const epochs = running.epochs.slice(0, at);
        sparseEvents.outcome({ ...running, epochs });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return changes;
    })()`);
    // Each redraw changes several texts at once, which come as one record of changes.
    expect(changes).toBeGreaterThan(3);
    expect(changes).toBeLessThan(30);
    await page.locator('#training-facts', { hasText: '150 of 500' }).waitFor();
  });

  it('keeps the reader’s place on a curve that grows', async () => {
    await open('running');
    const plot = page.locator('#loss-curve .plot');
    await plot.focus();
    for (let step = 0; step < 5; step++) {
      await page.keyboard.press('ArrowRight');
    }
    const spoken = () => textOf('#loss-curve [role="status"]');
    const before = await spoken();
    expect(before).toContain('epoch 5');
    await page.evaluate(`(() => {
      const running = sparseModel().outcomes.find(({ state }) => state === 'running');
      const last = running.epochs.at(-1);
      sparseEvents.outcome({ ...running, epochs: [...running.epochs, { ...last, epoch: last.epoch + 1 }] });
    })()`);
    await page.locator('#training-facts', { hasText: '215 of 500' }).waitFor();
    expect(await spoken()).toBe(before);
  });

  it('draws 10 000 epochs', async () => {
    await open('long');
    await page.waitForSelector('#loss-curve canvas');
    const points = await page.evaluate<number>(
      `document.querySelector('#loss-curve').series[0].points.length`,
    );
    expect(points).toBeGreaterThan(150);
    expect(points).toBeLessThan(402);
    expect(await textOf('#training-facts')).toContain('Epoch 10 000');
  });

  it('adds settings of one’s own, and says at the field what is wrong', async () => {
    await open('offer');
    await page.click('#own-neukron');
    const field = '#option-neukron-hidden';
    await page.locator(`${field}:focus`).waitFor();
    await page.fill(field, '5000');
    await page.keyboard.press('Enter');
    await page.locator('#option-neukron-hidden-problem', { hasText: 'from 1 to 1024' }).waitFor();
    expect(await page.locator(field).getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator(field).getAttribute('aria-describedby')).toContain('-problem');
    await page.fill(field, '20');
    expect(await page.locator('.field-problem').count()).toBe(0);
    await page.click('#form-neukron summary');
    await page.selectOption('#option-neukron-init', 'random');
    await page.fill('#option-neukron-rate', '7');
    await page.click('#add-neukron');
    await page.locator('#option-neukron-rate:focus').waitFor();
    await page.fill('#option-neukron-rate', '0.05');
    await page.keyboard.press('Enter');
    const added = chip('neukron', 'hidden units 20, learning rate 0.05, first order random');
    await added.waitFor();
    expect(await added.getAttribute('aria-pressed')).toBe('true');
    expect(await textOf('#run-words')).toContain('36 settings');
    await page.keyboard.press('Escape');
    expect(await page.locator('#form-neukron').count()).toBe(0);
    expect(await focused<string>('({ id }) => id')).toBe('own-neukron');
    await page.click('[data-method="neukron"] .chip.forget');
    expect(await added.count()).toBe(0);
    expect(await focused<string>('({ id }) => id')).toBe('own-neukron');
  });

  it('selects what is there already instead of adding it again', async () => {
    await open();
    await page.click('#own-neukron');
    await page.fill('#option-neukron-hidden', '30');
    await page.keyboard.press('Enter');
    await page
      .locator('#said', { hasText: 'NeuKron, hidden units 30, is there already.' })
      .waitFor();
    await page.locator('#point-label', { hasText: 'hidden units 30' }).waitFor();
  });

  it('takes away what failed, and keeps what is selected', async () => {
    await open('stopped');
    await page.locator('[data-failed="tsvd"]').waitFor();
    const done = page.locator('.chip.done').first();
    await done.click();
    const selected = await textOf('#point-label');
    await page.click('[data-method="tsvd"] .chip.forget');
    await page.locator('[data-failed="tsvd"]').waitFor({ state: 'detached' });
    expect(await callsOf('remove')).toEqual([
      { attempt: { method: 'tsvd', options: { rank: 100 } } },
    ]);
    expect(await focused<string>('({ id }) => id')).toBe('own-tsvd');
    expect(await textOf('#point-label')).toBe(selected);
  });

  it('leaves the focus at its point when others come', async () => {
    await open();
    await choosePoint();
    const name = () => focused<string>(`(point) => point.getAttribute('aria-label')`);
    expect(await name()).toContain('hidden units 30');
    await page.evaluate(`(() => {
      const model = sparseModel();
      const [first] = model.outcomes.filter(({ attempt }) => attempt.method === 'neukron');
      const point = { ...first.point, bytes: 1, label: 'hidden units 1' };
      const attempt = { method: 'neukron', options: { hidden: 1 } };
      sparseEvents.outcome({ ...first, attempt, point: { ...point, attempt } });
    })()`);
    await expect.poll(() => page.locator('.scatter-point').count()).toBe(46);
    expect(await name()).toContain('hidden units 30');
    await page.keyboard.press('ArrowLeft');
    expect(await name()).toContain('hidden units 11');
  });

  it('can be read and chosen from with the keyboard alone', async () => {
    await open();
    await tabTo('.scatter-point');
    expect(await focused<string>(`(point) => point.getAttribute('role')`)).toBe('option');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('press-scatter .readout', { hasText: 'NeuKron, hidden units 30' }).waitFor();
    expect(await textOf('press-scatter .heatmap-tooltip')).toContain('with orders');
    const name = await focused<string>(`(point) => point.getAttribute('aria-label')`);
    expect(name).toBe(
      'NeuKron, hidden units 30, bytes 17.8 KB, with orders 66.5 KB, relative error 0.608, squared error 1.60e+5, time 2 min 21 s.',
    );
    // One tab stop for all points.
    expect(await page.locator('.scatter-point[tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('ArrowDown');
    await page.locator('press-scatter .readout', { hasText: 'KronFit' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForSelector('#point[aria-label^="Selected: KronFit"]');
    expect(await page.locator('.scatter-point[aria-selected="true"]').count()).toBe(1);
    await tabTo('#write');
  });

  it('is read and chosen from with the mouse, in the plot, the table and the list', async () => {
    await open();
    const box = (await page.locator('[data-point="0-4"]').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2 + 6, box.y + box.height / 2);
    await page.locator('.heatmap-tooltip', { hasText: 'NeuKron, hidden units 90' }).waitFor();
    await page.mouse.down();
    await page.mouse.up();
    await page.locator('#point-label', { hasText: 'hidden units 90' }).waitFor();
    await page.click('.front-item >> nth=1');
    await page.locator('#point-label', { hasText: 'hidden units 5' }).waitFor();
    await page
      .locator('#points-table .table-body .table-row', { hasText: 'KronFit' })
      .first()
      .click();
    await page.locator('#point h2', { hasText: 'KronFit, levels 8' }).waitFor();
    await chip('cmd', 'rows 60, columns 350').click();
    await page.locator('#point h2', { hasText: 'CMD, rows 60, columns 350' }).waitFor();
  });

  it('counts orders where asked to, and shows the squared error', async () => {
    await open();
    const x = () => page.locator('[data-point="0-0"]').getAttribute('transform');
    const before = await x();
    await page.click('#count-orders');
    await expect.poll(x).not.toBe(before);
    expect(await textOf('.scatter')).toContain('Bytes, orders included');
    // The network is smaller than its orders.
    expect(await textOf('#front')).toContain('66.5 KB NeuKron, hidden units 30');
    await page.selectOption('#measure', 'squared');
    await page.locator('#front h3', { hasText: 'Smallest squared error' }).waitFor();
    await page.click('[data-series="neukron"]');
    expect(await page.locator('.scatter-point').count()).toBe(40);
    expect(await textOf('.front-list')).not.toContain('NeuKron');
  });

  it('has the points as a table that can be sorted', async () => {
    await open();
    await page.click('#points-table [data-column="relative"]');
    await page.click('#points-table [data-column="relative"]');
    const first = page.locator('#points-table .table-body .table-row').first();
    await first.filter({ hasText: 'hidden units 90' }).waitFor();
    await page.click('#points-table [data-column="bytes"]');
    await page.locator('#points-table .table-row', { hasText: '20.5 MB' }).first().waitFor();
    expect((await page.locator('#points-table').boundingBox())!.height).toBeLessThan(340);
  });

  it('exports the plot as SVG and PNG, and the points as CSV', async () => {
    await open();
    const saved = async (format: string) => {
      await page.click(`#export-${format}`);
      await page.locator('#said', { hasText: `email-interactions.errors.${format}` }).waitFor();
      return page.evaluate<{ text: string; base64: string }>('globalThis.saved');
    };
    const { text: svg } = await saved('svg');
    // 45 points, and a marker of the legend for each of 9 methods.
    expect(svg.match(/<path /g)).toHaveLength(54);
    expect(svg).toContain('Truncated SVD');
    expect(
      await page.evaluate<string | null>(
        `new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml').querySelector('parsererror')`,
      ),
    ).toBeNull();
    const png = Buffer.from((await saved('png')).base64, 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(1800);
    const { text: csv } = await saved('csv');
    expect(csv.trimEnd().split('\n')).toHaveLength(46);
  });

  it('shows where the nonzeros are, before and after, in pictures and in words', async () => {
    await open();
    await choosePoint();
    await page.waitForSelector('#spy-before canvas');
    await page.waitForSelector('#spy-after canvas');
    expect(await textOf('#spy-words')).toContain('14.0 % of the cells are empty');
    expect(await textOf('#spy-after-words')).toContain('70.1 % of the cells are empty');
    await page.locator('#spy-after .heatmap-stage').focus();
    await page.keyboard.press('Control+Home');
    await page
      .locator('#spy-after .heatmap-spoken', { hasText: 'positions of rows 0–10' })
      .waitFor();
    await page.locator('#spy-before .zoom-in').click();
  });

  it('writes the selected point, with progress that can be stopped, and opens what was written', async () => {
    await open();
    await choosePoint();
    await page.click('#with-orders');
    await page.locator('#orders-words', { hasText: 'in another order' }).waitFor();
    await page.selectOption('#number-type', 'float16');
    expect(await textOf('#write-words')).toBe('About 8.89 KB.');
    expect(await textOf('#write')).toBe('Write .neukron…');
    await page.click('#write');
    await page.click('#cancel-write');
    await page.locator('#said', { hasText: 'nothing was written' }).waitFor();
    await page.click('#write');
    await page.waitForSelector('#result');
    await expect.poll(() => focused<string>('({ id }) => id')).toBe('result');
    expect((await callsOf('compress')).at(-1)).toEqual({
      attempt: { method: 'neukron', options: { hidden: 30 } },
      withOrders: false,
      type: 'float16',
    });
    expect(await textOf('#result')).toContain('position in the model’s own order');
    // Indices of the data mean nothing in that order.
    await page.click('#lookup summary');
    expect(await page.locator('#look-up-sample').count()).toBe(0);
    await page.click('#open');
    await page.click('#reveal');
    await expect.poll(() => callsOf('reveal')).toHaveLength(1);
    expect(await callsOf('open')).toEqual([{ path: '/workspace/data/email-interactions.neukron' }]);
    await page.click('#dismiss-result');
    await expect.poll(() => page.locator('#result').count()).toBe(0);
    expect(await focused<string>('({ id }) => id')).toBe('plot');
  });

  it('writes the factors of a method without orders, and says so', async () => {
    await open();
    await chip('tsvd', 'rank 20').click();
    expect(await textOf('#write')).toBe('Write Factors…');
    expect(await page.locator('#with-orders').count()).toBe(0);
    expect(await page.locator('#number-type').count()).toBe(0);
    await page.click('#write');
    await page.waitForSelector('#result');
    expect(await callsOf('compress')).toMatchObject([{ withOrders: true, type: 'float32' }]);
    expect(await textOf('#result')).not.toContain('own order');
  });

  it('looks up entries of the file that was written', async () => {
    await open('written');
    await page.click('#lookup summary');
    await page.fill('#lookup-0', '1005');
    await page.fill('#lookup-1', '3');
    await page.click('#look-up');
    await page.locator('#lookup-problem', { hasText: 'from 0 to 1004 as row' }).waitFor();
    await page.fill('#lookup-0', '1000');
    await page.keyboard.press('Enter');
    await page
      .locator('#lookup-words', { hasText: '(1 000, 3) is 0.25; 4.91 µs an entry.' })
      .waitFor();
    await page.click('#look-up-sample');
    await expect.poll(() => page.locator('#found tbody tr').count()).toBe(9);
    const [first, second] = await callsOf<{ path: string; indices: number[][] }>('entries');
    expect(first).toEqual({
      path: '/workspace/data/email-interactions.neukron',
      indices: [[1000, 3]],
    });
    expect(second.indices).toHaveLength(8);
  });

  it('offers four index fields for a tensor of four modes, and sums its picture', async () => {
    await open('tensor');
    await choosePoint();
    expect(await textOf('#spy')).toContain('Mode 1 downwards, mode 2 to the right');
    await page.click('#write');
    await page.waitForSelector('#result');
    await page.click('#lookup summary');
    expect(await page.locator('.lookup .field').count()).toBe(4);
    await page.click('#own-tucker');
    await page.fill('#option-tucker-ranks', '2, 3');
    await page.keyboard.press('Enter');
    await page.locator('#option-tucker-ranks-problem', { hasText: 'or 4 with commas' }).waitFor();
    await page.fill('#option-tucker-ranks', '2, 3, 4, 5');
    await page.keyboard.press('Enter');
    await chip('tucker', 'ranks 2 × 3 × 4 × 5').waitFor();
  });

  it('takes a point off the plot', async () => {
    await open();
    await choosePoint();
    await page.click('#remove');
    await expect.poll(() => page.locator('.scatter-point').count()).toBe(44);
    expect(await callsOf('remove')).toEqual([
      { attempt: { method: 'neukron', options: { hidden: 30 } } },
    ]);
    expect(await chip('neukron', 'hidden units 30').getAttribute('aria-pressed')).toBe('false');
    await page.locator('#select-hint').waitFor();
    expect(await focused<string>('({ id }) => id')).toBe('plot');
  });

  it('says what went wrong where it went wrong, and tries again', async () => {
    await open('failed');
    await page.locator('.notice.error', { hasText: 'permission denied' }).waitFor();
    await page.click('.retry');
    await expect.poll(() => callsOf('ready')).toHaveLength(2);
    await open('unread');
    await page.locator('.notice.error', { hasText: 'line 1 201 has two numbers' }).waitFor();
    await page.click('.retry');
    await page.waitForSelector('#run');
    await open('stopped');
    await page.locator('[data-failed="tsvd"]', { hasText: 'needs 4.2 GB' }).waitFor();
    await page.locator('.notice.error', { hasText: 'The engine stopped' }).waitFor();
    await page.click('.retry');
    await expect
      .poll(() => callsOf('run'))
      .toEqual([{ attempts: [{ method: 'tsvd', options: { rank: 100 } }] }]);
    await open('write-failed');
    await choosePoint();
    await page.click('#write');
    await page.locator('.notice.error', { hasText: 'No space is left' }).waitFor();
    await page.click('.retry');
    await page.waitForSelector('#result');
  });

  it('says so while the file is read, where nothing can be used, and before anything has run', async () => {
    await open('loading');
    await page.locator('main', { hasText: 'Opening the data' }).waitFor();
    await open('reading');
    await page.locator('#reading', { hasText: '34 121 of 92 402 entries' }).waitFor();
    await page.click('#cancel-reading');
    await page.locator('.notice.error', { hasText: 'Reading was stopped' }).waitFor();
    await page.click('.retry');
    await page.waitForSelector('#run');
    expect(await textOf('#said')).toBe('');
    await open('none');
    await page.waitForSelector('#no-methods');
    expect(await page.locator('#run').count()).toBe(0);
    await open('offer');
    await page.locator('#plot-empty', { hasText: 'Nothing has been tried yet' }).waitFor();
    await open('writing');
    await page.locator('.progress', { hasText: 'Writing' }).waitFor();
    expect(await page.locator('#write').count()).toBe(0);
  });

  it('keeps what was tried, the selection and the orders over a reload', async () => {
    await open('offer');
    for (const method of ['cur', 'cmd', 'accams', 'baccams', 'cp', 'tucker']) {
      await page.click(`#method-${method}`);
    }
    await page.click('#run');
    await expect.poll(() => page.locator('.scatter-point').count()).toBe(5);
    await page.locator('#cancel').waitFor({ state: 'detached' });
    await chip('tsvd', 'rank 50').click();
    await page.waitForSelector('#point');
    await page.waitForTimeout(300);
    await page.reload();
    await page.locator('#point-label', { hasText: 'rank 50' }).waitFor();
    expect(await page.locator('.scatter-point').count()).toBe(5);
    const { state } = (await callsOf<{ state: { outcomes: unknown[] } }>('ready')).at(-1)!;
    expect(state).toMatchObject({
      selected: { method: 'tsvd', options: { rank: 50 } },
      withOrders: false,
    });
    expect(state.outcomes).toHaveLength(5);
  });

  it('begins anew when the file has become another one, and only then', async () => {
    await open('offer');
    await page.click('#method-cp');
    await page.evaluate('sparseEvents.model({ ...sparseModel() })');
    await page.waitForTimeout(200);
    expect(await textOf('#run-words')).toContain('30 settings');
    await page.evaluate(`(() => {
      const model = sparseModel();
      const { info, methods, spy } = model.offer;
      sparseEvents.model({
        ...model,
        offer: { info: { ...info, dims: [40, 50] }, methods, spy },
      });
    })()`);
    await page.locator('#dims', { hasText: '40 × 50' }).waitFor();
    expect(await textOf('#run-words')).toContain('35 settings');
  });

  it('names every control for a screen reader, and has no id twice', async () => {
    await open();
    await choosePoint();
    await page.click('#own-neukron');
    await page.click('#form-neukron summary');
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const roles = ['button', 'checkbox', 'combobox', 'textbox', 'application', 'region', 'option'];
    const found = nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '') }))
      .filter(({ role }) => [...roles, 'listbox', 'grid', 'group'].includes(role));
    expect(found.length).toBeGreaterThan(120);
    // What is a group to Chromium and has no name of its own: details, svg.
    const nameless = found.filter(({ name, role }) => name.trim() === '' && role !== 'group');
    expect(nameless).toEqual([]);
    expect(found.filter(({ role }) => role === 'option').length).toBeGreaterThanOrEqual(45);
    const twice = await page.evaluate<string[]>(
      `[...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, at, all) => all.indexOf(id) !== at)`,
    );
    expect(twice).toEqual([]);
  });

  it.each([
    ['done', 'dark', 4.5],
    ['done', 'light', 4.5],
    ['done', 'hc-dark', 7],
    ['done', 'hc-light', 7],
    ['stopped', 'dark', 4.5],
    ['offer', 'light', 4.5],
  ])('can be read in the state %s in the theme %s', async (state, theme, enough) => {
    await open(state, theme);
    if (state === 'done') {
      await choosePoint();
    }
    const contrasts = await textContrasts(page);
    expect(contrasts.length).toBeGreaterThan(60);
    expect(contrasts.filter(({ ratio }) => ratio < enough)).toEqual([]);
  });

  it.each([
    [500, 900],
    [640, 430],
    [420, 900],
  ])('fits into %i × %i pixels, in every state', async (width, height) => {
    await page.setViewportSize({ width, height });
    for (const state of ['offer', 'done', 'running', 'written', 'tensor', 'stopped']) {
      await open(state);
      await page.waitForSelector('#spy-before canvas');
      if (state === 'offer') {
        await page.click('#own-neukron');
        await page.click('#form-neukron summary');
      }
      const wide = await page.evaluate<number>('document.scrollingElement.scrollWidth');
      expect(wide, state).toBeLessThanOrEqual(width);
    }
  });

  it('folds the methods away on a narrow screen once there is a plot', async () => {
    await page.setViewportSize({ width: 500, height: 900 });
    await open('offer');
    expect(await page.locator('#method-cp').isVisible()).toBe(true);
    await open();
    expect(await page.locator('#method-cp').isVisible()).toBe(false);
    await page.click('#methods summary');
    expect(await page.locator('#method-cp').isVisible()).toBe(true);
  });
});
