const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Three significant digits; 1 KB is 1024 B. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${byteUnits[unit]}`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A percentage of three significant digits; what is not quite nothing never reads as 0. */
export function formatShare(fraction: number): string {
  if (!Number.isFinite(fraction)) {
    return '–';
  }
  const percent = fraction * 100;
  if (percent > 0 && percent < 0.001) {
    return `${percent.toExponential(1)} %`;
  }
  return `${percent === 0 ? 0 : threeDigits(percent)} %`;
}

export function formatShapeShort(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}

export function formatSeconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${threeDigits(ms / 1000)} s`;
}

function threeDigits(value: number): string {
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
  return value.toFixed(digits);
}

/** A bar of `width` characters filled to `fraction` (0 to 1), in eighths of a character. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  // Something that is there is seen.
  const shown = fraction > 0 ? Math.max(1, eighths) : 0;
  const full = Math.floor(shown / 8);
  const rest = ' ▏▎▍▌▋▊▉'[shown % 8];
  return `${'█'.repeat(full)}${full < width ? rest : ''}`.padEnd(width, ' ');
}
