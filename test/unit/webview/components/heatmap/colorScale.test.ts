import { describe, expect, it } from 'vitest';
import {
  LEVELS,
  colorScale,
  hexColor,
  luminance,
  parseColor,
} from '../../../../../webview/components/heatmap/colorScale';
import type { ColorTheme, Rgb } from '../../../../../webview/components/heatmap/colorScale';

const themes: Readonly<Record<string, ColorTheme>> = {
  dark: {
    isDark: true,
    isHighContrast: false,
    background: [31, 31, 31],
    foreground: [204, 204, 204],
  },
  light: {
    isDark: false,
    isHighContrast: false,
    background: [255, 255, 255],
    foreground: [59, 59, 59],
  },
  'high contrast dark': {
    isDark: true,
    isHighContrast: true,
    background: [0, 0, 0],
    foreground: [255, 255, 255],
  },
  'high contrast light': {
    isDark: false,
    isHighContrast: true,
    background: [255, 255, 255],
    foreground: [41, 41, 41],
  },
};

const colorAt = (table: Uint8Array, index: number): Rgb => [
  table[4 * index],
  table[4 * index + 1],
  table[4 * index + 2],
];

const contrast = (a: Rgb, b: Rgb) => {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};

/**
 * How a person without long-wave (protan) or middle-wave (deutan) cones sees a colour: the
 * matrices of Machado, Oliveira and Fernandes (2009), on linear sRGB.
 */
const deficiencies = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
} as const;

function seenBy(deficiency: keyof typeof deficiencies, color: Rgb): Rgb {
  const linear = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const [r, g, b] = deficiencies[deficiency].map((row) => {
    const value = row.reduce((sum, factor, index) => sum + factor * (linear[index] ?? 0), 0);
    const clipped = Math.min(1, Math.max(0, value));
    return Math.round(
      255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055),
    );
  });
  return [r, g, b];
}

describe.each(Object.entries(themes))('the colours of a heatmap (%s)', (_, theme) => {
  const { table } = colorScale(theme, 'dim');

  it('change in lightness with every step, away from the background', () => {
    const sign = theme.isDark ? 1 : -1;
    for (let level = 8; level < LEVELS; level++) {
      const step = luminance(colorAt(table, level)) - luminance(colorAt(table, level - 8));
      expect(sign * step).toBeGreaterThan(0);
    }
  });

  it.each(['protan', 'deutan'] as const)('keep their order for %s eyes', (deficiency) => {
    const sign = theme.isDark ? 1 : -1;
    for (let level = 16; level < LEVELS; level += 4) {
      const [now, before] = [colorAt(table, level), colorAt(table, level - 16)].map((color) =>
        luminance(seenBy(deficiency, color)),
      ) as [number, number];
      expect(sign * (now - before)).toBeGreaterThan(0);
    }
  });

  it('show the largest values with a contrast of at least 7 to the background', () => {
    expect(contrast(colorAt(table, LEVELS - 1), theme.background)).toBeGreaterThan(7);
  });

  it('show a dropped cell in grey and nearer to the background than when it is kept', () => {
    for (let level = 0; level < LEVELS; level += 5) {
      const dropped = colorAt(table, LEVELS + level);
      const kept = colorAt(table, level);
      expect(Math.max(...dropped) - Math.min(...dropped)).toBeLessThanOrEqual(1);
      const away = (color: Rgb) =>
        Math.hypot(...color.map((part, index) => part - theme.background[index as 0 | 1 | 2]));
      expect(away(dropped)).toBeLessThan(0.6 * away(kept));
    }
  });

  it('are opaque, and hide dropped cells of every level alike', () => {
    const hidden = colorScale(theme, 'hide').table;
    for (let index = 0; index < 2 * LEVELS; index++) {
      expect(hidden[4 * index + 3]).toBe(255);
    }
    expect(colorAt(hidden, LEVELS)).toEqual(colorAt(hidden, 2 * LEVELS - 1));
  });
});

describe('colours as text', () => {
  it('are read as computed styles and themes write them', () => {
    expect(parseColor('rgb(31, 31, 31)')).toEqual([31, 31, 31]);
    expect(parseColor('rgba(0, 120, 212, 0.4)')).toEqual([0, 120, 212]);
    expect(parseColor('#0078d4')).toEqual([0, 120, 212]);
    expect(parseColor('')).toBeUndefined();
    expect(parseColor('transparent')).toBeUndefined();
  });

  it('are written with six digits', () => {
    expect(hexColor([0, 120, 212])).toBe('#0078d4');
  });
});
