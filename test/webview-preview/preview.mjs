/**
 * Looks at the pages without VS Code.
 *   node test/webview-preview/preview.mjs OUT [FILTER]   screenshots into OUT
 *   node test/webview-preview/preview.mjs --serve        prints addresses, to try by hand
 * The browser is /usr/bin/chromium, or what the variable CHROMIUM names.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launchChromium, servePreview } from './harness.mjs';
import { themes } from './themes.mjs';

const wide = { width: 1280, height: 860 };
const narrow = { width: 420, height: 900 };
const conv = '[data-tensor="layer2.0.conv2.weight"]';

const click = (selector) => (page) => page.click(selector);

const scrollTo = (selector) => (page) =>
  page.locator(selector).evaluate((element) => element.scrollIntoView({ block: 'end' }));

/** Waits for the curves and the Kronecker form, then goes to a block with the keyboard. */
const readCell = async (page) => {
  await page.waitForSelector('#kpd-words');
  await page.locator('.heatmap-stage').focus();
  for (const key of ['ArrowUp', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
};

/** Goes to a point with the keyboard and chooses it. */
const choosePoint = async (page) => {
  await page.locator('[data-point="0-2"]').focus();
  await page.keyboard.press('Enter');
};

/** [name, page, state, what to do before looking, viewport] */
const shots = [
  ...Object.keys(themes).flatMap((theme) => [
    [`inspector-${theme}`, 'inspector', 'done', click(conv), wide, theme],
    [`choices-${theme}`, 'choices', 'done', click(conv), wide, theme],
    [`benchmarks-${theme}`, 'benchmarks', 'done', undefined, wide, theme],
    [`patterns-${theme}`, 'patterns', 'done', readCell, wide, theme],
    [`sparse-${theme}`, 'sparse', 'done', choosePoint, wide, theme],
    [`sparse-training-${theme}`, 'sparse', 'running', scrollTo('#spy'), wide, theme],
  ]),
  ['inspector-loading', 'inspector', 'loading'],
  ['inspector-failed', 'inspector', 'failed'],
  ['inspector-empty', 'inspector', 'empty'],
  ['inspector-none-selected', 'inspector', 'done'],
  ['inspector-pressed', 'inspector', 'pressed', click('#pressed-banner summary')],
  ['inspector-streaming', 'inspector', 'stat-streaming', click(conv)],
  ['inspector-stat-failed', 'inspector', 'stat-failed', click(conv)],
  [
    'inspector-problem',
    'inspector',
    'done',
    async (page) => {
      await page.locator('#filter').locator('input').fill('s');
      await page.locator('.table').focus();
      await page.keyboard.press('End');
    },
  ],
  [
    'inspector-huge',
    'inspector',
    'huge',
    async (page) => {
      await page.locator('.table').focus();
      await page.keyboard.press('End');
    },
  ],
  ['inspector-metadata', 'inspector', 'done', click('#metadata summary')],
  ['inspector-narrow', 'inspector', 'done', click(conv), narrow],
  ['choices-loading', 'choices', 'loading'],
  ['choices-failed', 'choices', 'failed'],
  ['choices-empty', 'choices', 'empty'],
  ['choices-streaming', 'choices', 'streaming', click(conv)],
  ['choices-cancelled', 'choices', 'cancelled'],
  ['choices-choices-failed', 'choices', 'choices-failed'],
  ['choices-infeasible', 'choices', 'infeasible'],
  ['choices-skipped', 'choices', 'done', click('[data-tensor="bn1.weight"]')],
  [
    'choices-matrix',
    'choices',
    'done',
    async (page) => {
      await page.locator('#filter').locator('input').fill('fc');
      await page.click('[data-tensor="fc.weight"]');
      await page.click('#log-scale');
      await page.locator('#choice-curve .plot').focus();
      for (const key of ['ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    },
  ],
  [
    'choices-override',
    'choices',
    'done',
    async (page) => {
      await page.click(conv);
      await page.click('#choice-table tr[data-method="tt"][data-kept="0.25"]');
      await page.click('[data-tensor="conv1.weight"] .exclude');
    },
  ],
  ['choices-max-error', 'choices', 'done', click('#mode-error')],
  ['choices-compressing', 'choices', 'compressing'],
  ['choices-finished', 'choices', 'finished', click('#result summary')],
  [
    'choices-compress-failed',
    'choices',
    'compress-failed',
    async (page) => {
      await page.click('#compress');
      await page.waitForSelector('.notice.error');
    },
  ],
  ['choices-narrow', 'choices', 'done', click(conv), narrow],
  ['choices-finished-narrow', 'choices', 'finished', undefined, narrow],
  ['benchmarks-empty', 'benchmarks', 'empty'],
  ['benchmarks-running', 'benchmarks', 'running', click('#parts summary')],
  ['benchmarks-cancelled', 'benchmarks', 'cancelled'],
  ['benchmarks-run-failed', 'benchmarks', 'run-failed'],
  ['benchmarks-failed', 'benchmarks', 'failed'],
  ['benchmarks-compared', 'benchmarks', 'done', click('.history-compare input')],
  ['benchmarks-plots', 'benchmarks', 'done', scrollTo('[data-plot="rate-by-n"]')],
  [
    'benchmarks-plots-hc',
    'benchmarks',
    'done',
    scrollTo('[data-plot="rate-by-n"]'),
    wide,
    'hc-dark',
  ],
  ['benchmarks-end', 'benchmarks', 'done', scrollTo('#environment')],
  ['benchmarks-narrow', 'benchmarks', 'done', undefined, narrow],
  ['patterns-loading', 'patterns', 'loading'],
  ['patterns-failed', 'patterns', 'failed'],
  ['patterns-empty', 'patterns', 'empty'],
  ['patterns-map-failed', 'patterns', 'map-failed'],
  ['patterns-million', 'patterns', 'million', (page) => page.waitForSelector('#kpd-words')],
  ['patterns-conv', 'patterns', 'conv', click('#table summary')],
  ['patterns-odd', 'patterns', 'odd', (page) => page.selectOption('#block', 'custom')],
  ['patterns-nm', 'patterns', 'done', (page) => page.selectOption('#kind', 'nm')],
  [
    'patterns-hidden',
    'patterns',
    'done',
    async (page) => {
      await page.click('#hide-dropped');
      await page.click('#log-scale');
      await page.hover('.heatmap-stage', { position: { x: 330, y: 180 } });
    },
  ],
  ['patterns-end', 'patterns', 'done', scrollTo('#apply-panel')],
  [
    'patterns-applied',
    'patterns',
    'done',
    async (page) => {
      await page.click('#apply');
      await page.waitForSelector('#result');
    },
  ],
  ['patterns-narrow', 'patterns', 'done', readCell, narrow],
  ['patterns-zoomed', 'patterns', 'done', readCell, { width: 640, height: 430 }],
  ['sparse-reading', 'sparse', 'reading'],
  ['sparse-unread', 'sparse', 'unread'],
  ['sparse-offer', 'sparse', 'offer', click('#data summary')],
  ['sparse-none', 'sparse', 'none'],
  ['sparse-negative', 'sparse', 'negative'],
  ['sparse-running', 'sparse', 'running'],
  ['sparse-stopped', 'sparse', 'stopped'],
  ['sparse-paused', 'sparse', 'paused', click('.chip.paused')],
  ['sparse-tensor', 'sparse', 'tensor', scrollTo('#spy')],
  ['sparse-long', 'sparse', 'long', scrollTo('#training')],
  [
    'sparse-form',
    'sparse',
    'offer',
    async (page) => {
      await page.click('#own-neukron');
      await page.fill('#option-neukron-hidden', '0');
      await page.keyboard.press('Enter');
    },
  ],
  [
    'sparse-point',
    'sparse',
    'done',
    async (page) => {
      await choosePoint(page);
      await page.click('#sample summary');
      await scrollTo('#details')(page);
    },
  ],
  ['sparse-table', 'sparse', 'done', scrollTo('#table')],
  [
    'sparse-written',
    'sparse',
    'written',
    async (page) => {
      await page.click('#lookup summary');
      await page.click('#look-up-sample');
    },
  ],
  ['sparse-narrow', 'sparse', 'done', choosePoint, { width: 500, height: 900 }],
  ['sparse-zoomed', 'sparse', 'done', choosePoint, { width: 640, height: 430 }],
  ['choices-zoomed', 'choices', 'done', click(conv), { width: 640, height: 430 }],
];

const preview = await servePreview();
if (process.argv[2] === '--serve') {
  for (const page of ['inspector', 'choices', 'benchmarks', 'patterns', 'sparse']) {
    console.log(preview.url(page, page === 'choices' ? 'live' : 'done'));
  }
} else {
  await takeShots(process.argv[2] ?? 'test-results/webview', process.argv[3] ?? '');
  await preview.close();
}

async function takeShots(folder, filter) {
  await mkdir(folder, { recursive: true });
  const browser = await launchChromium(process.env.CHROMIUM ?? '/usr/bin/chromium');
  try {
    for (const [name, page, state, act, viewport = wide, theme = 'dark'] of shots) {
      if (!name.includes(filter)) {
        continue;
      }
      const context = await browser.newContext({ viewport });
      const tab = await context.newPage();
      tab.on('pageerror', (error) => console.error(`${name}: ${error.message}`));
      tab.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') {
          console.error(`${name}: ${message.text()}`);
        }
      });
      await tab.goto(preview.url(page, state, theme));
      await tab.waitForSelector(
        '#inspector > *, #choices > *, #benchmarks > *, #patterns > *, #sparse > *',
      );
      await act?.(tab);
      await tab.waitForTimeout(500);
      const fullPage = viewport !== wide;
      await tab.screenshot({ path: join(folder, `${name}.png`), fullPage });
      await context.close();
      console.log(name);
    }
  } finally {
    await browser.close();
  }
}
