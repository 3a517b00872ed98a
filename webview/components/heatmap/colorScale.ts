/** Colours of a heatmap: one per level for cells that are kept, one for cells that are dropped. */
export interface ColorScale {
  /** RGBA bytes: 256 levels of kept cells, then the same of dropped ones. */
  readonly table: Uint8Array;
  /** RGBA bytes of the lines over dropped cells that are large enough for them. */
  readonly hatch: readonly [r: number, g: number, b: number];
}

export type DroppedLook = 'dim' | 'hide';

export interface ColorTheme {
  readonly isDark: boolean;
  readonly isHighContrast: boolean;
  readonly background: Rgb;
  readonly foreground: Rgb;
}

export type Rgb = readonly [r: number, g: number, b: number];

/** Levels of a scale; a cell's level is a byte. */
export const LEVELS = 256;

/** A dropped cell keeps this share of its lightness beside the background. */
const DIMMED = 0.2;
const HATCHED = 0.38;
/** Just so much that one sees where the matrix ends. */
const HIDDEN = 0.05;

interface Range {
  readonly lightness: readonly [low: number, high: number];
  readonly hue: readonly [low: number, high: number];
  readonly chroma: number;
}

/**
 * Lightness rises (on light themes: falls) evenly with the value, so that the order can be read
 * without seeing colours; hues lead from violet over teal to yellow, which red-green blindness
 * leaves apart.
 */
const ranges: Readonly<Record<'dark' | 'light' | 'contrastDark' | 'contrastLight', Range>> = {
  dark: { lightness: [0.36, 0.94], hue: [300, 104], chroma: 0.135 },
  light: { lightness: [0.93, 0.3], hue: [104, 300], chroma: 0.135 },
  contrastDark: { lightness: [0.42, 0.985], hue: [300, 104], chroma: 0.15 },
  contrastLight: { lightness: [0.88, 0.2], hue: [104, 300], chroma: 0.15 },
};

export function colorScale(theme: ColorTheme, dropped: DroppedLook): ColorScale {
  const table = new Uint8Array(2 * LEVELS * 4);
  for (let level = 0; level < LEVELS; level++) {
    const kept = levelColor(theme, level);
    table.set([...kept, 255], 4 * level);
    table.set([...droppedColor(theme, kept, dropped), 255], 4 * (LEVELS + level));
  }
  return { table, hatch: mix(theme.background, theme.foreground, HATCHED) };
}

/** The colour of a kept cell. @param level 0 to 255. */
export function levelColor({ isDark, isHighContrast }: ColorTheme, level: number): Rgb {
  const range =
    ranges[
      isHighContrast ? (isDark ? 'contrastDark' : 'contrastLight') : isDark ? 'dark' : 'light'
    ];
  const share = level / (LEVELS - 1);
  const between = ([low, high]: readonly [number, number]) => low + (high - low) * share;
  return oklch(between(range.lightness), range.chroma, between(range.hue));
}

/** The colour of a level in a table; dropped ones follow the {@link LEVELS} kept ones. */
export function levelRgb({ table }: ColorScale, level: number): Rgb {
  const at = 4 * Math.round(level);
  return [table[at] ?? 0, table[at + 1] ?? 0, table[at + 2] ?? 0];
}

/** `#rrggbb`, for styles and pictures. */
export function hexColor(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** `rgb(…)` or `rgba(…)`, as computed styles are written, or `#rrggbb`. */
export function parseColor(text: string): Rgb | undefined {
  const hex = /^#([0-9a-f]{6})/i.exec(text)?.[1];
  if (hex !== undefined) {
    const value = parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  }
  const [r, g, b] = (/^rgba?\(([^)]*)\)/.exec(text)?.[1] ?? '').split(/[\s,/]+/).map(Number);
  return r === undefined || g === undefined || b === undefined || Number.isNaN(r + g + b)
    ? undefined
    : [Math.round(r), Math.round(g), Math.round(b)];
}

export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2) => Math.round(a[index] + (b[index] - a[index]) * share);
  return [at(0), at(1), at(2)];
}

/** Relative luminance (WCAG 2), 0 to 1. */
export function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

/** Grey, and near the background: a dropped cell never looks like a kept one of another level. */
function droppedColor({ background, foreground }: ColorTheme, kept: Rgb, look: DroppedLook): Rgb {
  if (look === 'hide') {
    return mix(background, foreground, HIDDEN);
  }
  const grey = Math.round(0.3 * kept[0] + 0.59 * kept[1] + 0.11 * kept[2]);
  return mix(background, [grey, grey, grey], DIMMED);
}

/** The sRGB colour nearest to OKLCH coordinates: as colourful as the screen can show them. */
function oklch(lightness: number, chroma: number, hue: number): Rgb {
  let [low, high] = [0, chroma];
  if (inGamut(linearRgb(lightness, chroma, hue))) {
    low = chroma;
  }
  for (let round = 0; round < 16 && low < chroma; round++) {
    const middle = (low + high) / 2;
    if (inGamut(linearRgb(lightness, middle, hue))) {
      low = middle;
    } else {
      high = middle;
    }
  }
  const [r, g, b] = linearRgb(lightness, low, hue).map(encode);
  return [r ?? 0, g ?? 0, b ?? 0];
}

/** Linear sRGB of OKLCH; B. Ottosson, "A perceptual color space for image processing" (2020). */
function linearRgb(lightness: number, chroma: number, hue: number): readonly number[] {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function inGamut(color: readonly number[]): boolean {
  return color.every((part) => part >= -1e-4 && part <= 1.0001);
}

function encode(part: number): number {
  const value = Math.min(1, Math.max(0, part));
  const share = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.round(255 * share);
}
