import type { FrameLocator, Page } from 'playwright-core';

export interface Contrast {
  readonly text: string;
  readonly ratio: number;
}

// Runs in the page, where there is a DOM, which these tests are compiled without.
const measure = String.raw`(() => {
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const luminance = ({ r, g, b }) => {
    const [R, G, B] = [r, g, b].map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const ancestors = (element) => {
    const all = [];
    for (let one = element; one; one = one.parentElement) all.push(one);
    return all;
  };
  const result = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.nodeValue.trim();
    const element = walker.currentNode.parentElement;
    const disabled = element.closest('[disabled], [aria-disabled="true"], script, style');
    if (text === '' || disabled || !element.checkVisibility({ visibilityProperty: true })) continue;
    // A control of the toolkit paints its text in a tree of its own.
    if (element.shadowRoot || element.closest('vscode-button, vscode-text-field')) continue;
    const chain = ancestors(element);
    const background = chain
      .map((one) => parse(getComputedStyle(one).backgroundColor))
      .reverse()
      .reduce((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
    const style = getComputedStyle(element);
    const opacity = chain.reduce((product, one) => product * Number(getComputedStyle(one).opacity), 1);
    const color = parse(style.color);
    const painted = over({ ...color, a: color.a * opacity }, background);
    const [light, dark] = [luminance(painted), luminance(background)].sort((a, b) => b - a);
    result.push({ text, ratio: (light + 0.05) / (dark + 0.05) });
  }
  return result;
})()`;

/** Contrast, as WCAG defines it, of every text that the page shows in its own tree. */
export async function textContrasts(page: FrameLocator | Page): Promise<readonly Contrast[]> {
  const measured: readonly Contrast[] = await page.locator('body').evaluate(measure);
  return measured;
}
