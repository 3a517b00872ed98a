import { describe, expect, it } from 'vitest';
import { LEVELS, colorScale } from '../../../../../webview/components/heatmap/colorScale';
import { frameOf, sampleOffset, samplesFor } from '../../../../../webview/components/heatmap/frame';
import { paint } from '../../../../../webview/components/heatmap/paint';
import { fit, zoomAt } from '../../../../../webview/components/heatmap/viewport';
import type { Stage } from '../../../../../webview/components/heatmap/viewport';

const theme = {
  isDark: true,
  isHighContrast: false,
  background: [31, 31, 31],
  foreground: [204, 204, 204],
} as const;
const colors = colorScale(theme, 'dim');

/** The colour of a table entry as a pixel. */
function entry(index: number): number {
  return new Uint32Array(colors.table.buffer)[index];
}

function painted(
  stage: Stage,
  levels: Uint8Array,
  places: Uint32Array | undefined,
  kept: number,
  { ratio = 1, view = fit(stage), hatched = false } = {},
): { pixels: Uint32Array; width: number } {
  const frame = frameOf(stage, view, ratio, kept, hatched);
  const pixels = new Uint32Array(frame.width * frame.height).fill(0x12345678);
  paint(frame, { levels, ...(places && { places }) }, colors, pixels);
  return { pixels, width: frame.width };
}

describe('painting a heatmap', () => {
  const stage: Stage = { width: 40, height: 20, rows: 2, columns: 3, aspect: 1.5 };
  const levels = Uint8Array.of(0, 50, 100, 150, 200, 255);
  const places = Uint32Array.of(5, 4, 3, 2, 1, 0);

  it('gives every cell the colour of its level, by the order kept or dropped', () => {
    // 30 x 20 pixels of cells in the middle of 40.
    const { pixels, width } = painted(stage, levels, places, 3);
    for (let cell = 0; cell < 6; cell++) {
      const [x, y] = [5 + 10 * (cell % 3) + 5, 10 * Math.floor(cell / 3) + 5];
      const isDropped = places[cell] >= 3;
      expect(pixels[y * width + x]).toBe(entry(levels[cell] + (isDropped ? LEVELS : 0)));
    }
  });

  it('leaves what is beside the grid transparent', () => {
    const { pixels, width } = painted(stage, levels, places, 3);
    expect(pixels[4]).toBe(0);
    expect(pixels[35]).toBe(0);
    expect(pixels[5]).not.toBe(0);
    expect(pixels[5 * width + 34]).not.toBe(0);
  });

  it('is as sharp on a screen with two pixels per length', () => {
    const { pixels, width } = painted(stage, levels, places, 6, { ratio: 2 });
    expect(width).toBe(80);
    expect(pixels[29]).toBe(entry(levels[0]));
    expect(pixels[30]).toBe(entry(levels[1]));
  });

  it('keeps all cells where there is no order', () => {
    const { pixels, width } = painted(stage, levels, undefined, 0);
    expect(pixels[5 * width + 10]).toBe(entry(levels[0]));
  });

  it('draws lines over dropped cells that are large enough, and over no kept one', () => {
    const { pixels } = painted(stage, levels, places, 3, { hatched: true });
    const [r, g, b] = colors.hatch;
    const hatch = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
    const rows = [pixels.slice(0, 40 * 10), pixels.slice(40 * 10)];
    expect(rows[0].filter((pixel) => pixel === hatch).length).toBeGreaterThan(50);
    expect(rows[1].filter((pixel) => pixel === hatch).length).toBe(0);
  });

  it('averages the cells of a pixel where there are several', () => {
    const small: Stage = { width: 2, height: 2, rows: 4, columns: 4, aspect: 1 };
    // Per pixel: two cells of one level above two of another.
    const two = Uint8Array.from({ length: 16 }, (_, cell) =>
      Math.floor(cell / 4) % 2 === 0 ? 0 : 255,
    );
    const { pixels } = painted(small, two, undefined, 0);
    const channel = (value: number, shift: number) => (value >>> shift) & 255;
    for (const shift of [0, 8, 16]) {
      const mean = (channel(entry(0), shift) + channel(entry(255), shift)) / 2;
      expect(Math.abs(channel(pixels[0], shift) - mean)).toBeLessThanOrEqual(1);
    }
    expect(new Set(pixels).size).toBe(1);
  });

  it('shows the kept share as brightness where cells are smaller than pixels', () => {
    const tiny: Stage = { width: 64, height: 64, rows: 640, columns: 640, aspect: 1 };
    const count = 640 * 640;
    const level = new Uint8Array(count).fill(255);
    // A pattern as regular as can be: every second cell is kept.
    const order = Uint32Array.from({ length: count }, (_, cell) =>
      ((cell % 640) + Math.floor(cell / 640)) % 2 === 0 ? 0 : 1,
    );
    const { pixels } = painted(tiny, level, order, 1);
    const green = (value: number) => (value >>> 8) & 255;
    const values = Array.from(pixels, green);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const expected = (green(entry(255)) + green(entry(255 + LEVELS))) / 2;
    expect(Math.abs(mean - expected)).toBeLessThan(6);
    // No pattern of its own (moiré): the halves of the picture are equally bright.
    const half = (from: number) =>
      values.slice(from, from + 2048).reduce((sum, value) => sum + value, 0) / 2048;
    expect(Math.abs(half(0) - half(2048))).toBeLessThan(6);
  });

  it('finds its cells also far down a grid of a million rows', () => {
    const tall: Stage = { width: 60, height: 56, rows: 1_000_000, columns: 1, aspect: 1 / 3 };
    const many = Uint8Array.from({ length: 1_000_000 }, (_, cell) => cell % 251);
    const view = zoomAt(tall, fit(tall), 1e12, { x: 30, y: 55.999 });
    const { pixels, width } = painted(tall, many, undefined, 0, { view });
    expect(pixels[28 * width + 30]).toBe(entry(Math.floor(view.y + 0.5) % 251));
  });
});

describe('samples of a pixel', () => {
  it('are one where a cell covers it, and no more than sixteen', () => {
    expect(samplesFor(0.2, 0.9)).toEqual([1, 1]);
    expect(samplesFor(2.1, 2.6)).toEqual([2, 3]);
    expect(samplesFor(0.5, 2500)).toEqual([1, 16]);
    const [x, y] = samplesFor(40, 40);
    expect(x * y).toBeLessThanOrEqual(16);
    expect(x).toBeGreaterThan(2);
  });

  it('are scattered evenly where they are further apart than cells', () => {
    const offsets = Array.from({ length: 4000 }, (_, pixel) =>
      sampleOffset(pixel, pixel % 16, true),
    );
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...offsets)).toBeLessThan(1);
    const mean = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    expect(sampleOffset(17, 3, false)).toBe(0.5);
  });
});
