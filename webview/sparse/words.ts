import type { SparseInfo, SparseOutcome } from '../../src/protocol/sparse';
import { formatBytes, formatCount, formatShape, formatTick, formatValue } from '../format';

/** `1 005 × 25 919`. */
export function formatDims(dims: readonly number[]): string {
  return dims.map(formatCount).join(' × ');
}

/** A share that may be tiny: `0.35 %`, `2.1e−5 %`. */
export function formatDensity(density: number): string {
  return `${formatValue(Number((density * 100).toPrecision(3)))} %`;
}

/** The time of one entry. */
export function formatMicroseconds(microseconds: number): string {
  if (!Number.isFinite(microseconds)) {
    return '–';
  }
  return microseconds >= 999.5
    ? `${Number((microseconds / 1000).toPrecision(3))} ms`
    : `${Number(microseconds.toPrecision(3))} µs`;
}

/** Bytes at a tick: a power of two. */
export function formatByteTick(bytes: number): string {
  const text = formatBytes(bytes);
  return text.replace(/(\.\d*?)0+(?= )/, '$1').replace(/\.(?= )/, '');
}

export function formatErrorTick(error: number): string {
  return formatTick(error);
}

/** A place in a matrix or tensor. */
export function formatIndex(index: readonly number[]): string {
  return `(${index.map(formatCount).join(', ')})`;
}

/** A setting as used, of any kind. */
export function formatDetail(value: string | number | boolean | readonly number[]): string {
  if (typeof value === 'boolean') {
    return value ? 'yes' : 'no';
  }
  if (typeof value === 'number') {
    return Number.isInteger(value) ? formatCount(value) : formatValue(value);
  }
  return typeof value === 'string' ? value : formatShape(value);
}

/** `matrix` or `tensor of 3 modes`. */
export function kindWords({ dims }: Pick<SparseInfo, 'dims'>): string {
  return dims.length === 2 ? 'matrix' : `tensor of ${dims.length} modes`;
}

/** What a mode is called: rows and columns of a matrix, numbers of a tensor. */
export function modeName(mode: number, modes: number): string {
  return modes === 2 ? (mode === 0 ? 'row' : 'column') : `mode ${mode + 1}`;
}

const states: Readonly<Record<SparseOutcome['state'], string>> = {
  waiting: 'waiting',
  running: 'running',
  done: 'done',
  paused: 'paused',
  failed: 'failed',
};

export function stateWords(state: SparseOutcome['state']): string {
  return states[state];
}

/** What keeps a person who compares from being misled about negative values. */
export function negativeWords({ negative, nonzeros }: SparseInfo): string | undefined {
  return negative > 0
    ? `${formatCount(negative)} of ${formatCount(nonzeros)} nonzeros are negative. A method whose model has no negative values is not offered, or says what it does with them.`
    : undefined;
}
