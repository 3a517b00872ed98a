import type { Locator, Page } from 'playwright-core';

export type Point = readonly [x: number, y: number];
type Colour = readonly [r: number, g: number, b: number];

/** Colours of a PNG, decoded by a page of its own, because there is no decoder here. */
export async function coloursAt(
  page: Page,
  png: Buffer,
  points: readonly Point[],
): Promise<Colour[]> {
  const decoder = await page.context().newPage();
  try {
    return await decoder.evaluate<Colour[]>(`(async () => {
      const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (c) => c.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data, width } = context.getImageData(0, 0, image.width, image.height);
      return ${JSON.stringify(points)}.map(([x, y]) => {
        const at = 4 * (Math.floor(y) * width + Math.floor(x));
        return [data[at], data[at + 1], data[at + 2]];
      });
    })()`);
  } finally {
    await decoder.close();
  }
}

/** How many colours a part of a page has, counted on a grid of its pixels: 1 where it is empty. */
export async function colourCount(page: Page, part: Locator): Promise<number> {
  const box = await part.boundingBox();
  if (!box) {
    return 0;
  }
  const step = 2;
  const points = Array.from({ length: Math.floor((box.width / step) * (box.height / step)) }).map(
    (_, at): Point => {
      const columns = Math.floor(box.width / step);
      return [(at % columns) * step, Math.floor(at / columns) * step];
    },
  );
  const inside = points.filter(([, y]) => y < box.height - 1);
  const colours = await coloursAt(page, await part.screenshot(), inside);
  return new Set(colours.map(String)).size;
}
