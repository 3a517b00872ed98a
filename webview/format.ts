import type { FailureData, Rank } from '../src/protocol/choices';

/** Narrow no-break space, between groups of digits. */
const THIN = '\u202f';

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes with three significant digits; 1 KB is 1024 B, as everywhere else in VS Code. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) {
    return '–';
  }
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 ? String(Math.round(value)) : threeDigits(value);
  return `${bytes < 0 ? '−' : ''}${digits} ${byteUnits[unit]}`;
}

/** A whole number with its digits in groups of three. */
export function formatCount(count: number): string {
  const digits = String(Math.round(Math.abs(count))).replace(/\B(?=(\d{3})+$)/g, THIN);
  return count < 0 ? `−${digits}` : digits;
}

/** A large number with three significant digits and k, M, G, T; below 10 000 it is exact. */
export function formatCompact(count: number): string {
  if (Math.abs(count) < 10_000) {
    return formatCount(count);
  }
  let value = Math.abs(count);
  let unit = -1;
  const units = ['k', 'M', 'G', 'T'];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${count < 0 ? '−' : ''}${threeDigits(value)} ${units[unit]}`;
}

/**
 * A fraction as a percentage with one decimal. What is not quite nothing or not quite everything
 * never reads as 0 % or 100 %.
 */
export function formatPercent(fraction: number): string {
  if (!Number.isFinite(fraction)) {
    return '–';
  }
  const percent = fraction * 100;
  if (percent === 0 || percent === 100) {
    return `${percent} %`;
  }
  if (percent > 0 && percent < 0.1) {
    return '< 0.1 %';
  }
  if (percent > 99.9 && percent < 100) {
    return '> 99.9 %';
  }
  return `${percent.toFixed(1)} %`;
}

/** A percentage for an axis or a budget: no decimals where there are none. */
export function formatShortPercent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`;
}

/** How `after` compares with `before`, in words: `75.1 % smaller`. */
export function formatChange(
  before: number,
  after: number,
  words: readonly [less: string, more: string] = ['smaller', 'larger'],
): string {
  if (before <= 0 || before === after) {
    return 'unchanged';
  }
  const change = (after - before) / before;
  return `${formatPercent(Math.abs(change))} ${change < 0 ? words[0] : words[1]}`;
}

/** A relative or absolute error: three significant digits, scientific when small. */
export function formatError(error: number): string {
  if (!Number.isFinite(error)) {
    return '–';
  }
  if (error === 0) {
    return '0';
  }
  return Math.abs(error) >= 1e-3 && Math.abs(error) < 1e5
    ? threeDigits(error)
    : error.toExponential(2);
}

/** A value found in a tensor: four significant digits, scientific when very small or large. */
export function formatValue(value: number): string {
  if (value === 0) {
    return '0';
  }
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  const text =
    size >= 1e-4 && size < 1e6
      ? String(Number(value.toPrecision(4)))
      : value.toExponential(3).replace(/\.?0+e/, 'e');
  return text.replace('-', '−').replace('e-', 'e−');
}

/** A number at a tick of an axis: as short as it can be. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 10_000)) {
    return String(Number(value.toPrecision(3))).replace('-', '−');
  }
  if (size < 1e-3) {
    return value.toExponential().replace('-', '−').replace('e-', 'e−');
  }
  return formatCompact(value).replace(/\.0+(?= )|(?<=\.\d)0(?= )/, '');
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) {
    return `${Math.round(milliseconds)} ms`;
  }
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) {
    return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}

export function formatRank(rank: Rank): string {
  return typeof rank === 'number' ? formatCount(rank) : `(${rank.join(', ')})`;
}

/** A rank with what it counts: `rank 12`, `120 blocks`. */
export function formatSize(method: string, rank: Rank): string {
  return method === 'block' && typeof rank === 'number'
    ? formatNumberOf(rank, 'block')
    : `rank ${formatRank(rank)}`;
}

const methodLabels: Readonly<Record<string, string>> = {
  svd: 'SVD',
  cp: 'CP',
  tucker: 'Tucker',
  tt: 'Tensor Train',
  kronecker: 'Kronecker',
  block: 'Block-sparse',
  kpd: 'Block-sparse Kronecker',
  dense: 'Dense',
};

export function formatMethod(method: string): string {
  return methodLabels[method] ?? method;
}

/** `1 tensor`, `12 tensors`. */
export function formatNumberOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** JSON values indented, everything else as it is. */
export function formatMetadata(value: string): string {
  if (/^\s*[[{]/.test(value)) {
    try {
      return JSON.stringify(JSON.parse(value) as unknown, undefined, 2);
    } catch {
      return value;
    }
  }
  return value;
}

/** What lies behind a failure's sentence, for the folded details. */
export function formatFailureDetails(failure: FailureData): string {
  const details = Object.entries(failure.details).map(([name, value]) => `${name}: ${value}`);
  return [`kind: ${failure.kind}`, ...details, ...(failure.stack ? [failure.stack] : [])].join(
    '\n',
  );
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return size >= 99.95 ? value.toFixed(0) : value.toPrecision(3);
}
