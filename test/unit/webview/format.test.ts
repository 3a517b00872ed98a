import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatChange,
  formatCompact,
  formatCount,
  formatDuration,
  formatError,
  formatFailureDetails,
  formatMetadata,
  formatNumberOf,
  formatPercent,
  formatRank,
  formatShape,
  formatShortPercent,
  formatSize,
  formatTick,
  formatValue,
} from '../../../webview/format';

const thin = '\u202f';
/** Compares without regard to which kind of space separates number and unit. */
const plain = (text: string) => text.replaceAll(thin, ' ');

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.977 KB'],
    [1024, '1.00 KB'],
    [181_000, '177 KB'],
    [1_047_552, '0.999 MB'],
    [46_000_000, '43.9 MB'],
    [10 * 1024 ** 3, '10.0 GB'],
    [-2048, '−2.00 KB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(plain(formatBytes(bytes))).toBe(text);
  });
});

describe('counts', () => {
  it('groups digits by three', () => {
    expect(formatCount(61_706)).toBe(`61${thin}706`);
    expect(formatCount(999)).toBe('999');
    expect(formatCount(-1_234_567)).toBe(`−1${thin}234${thin}567`);
  });

  it.each([
    [9999, '9 999'],
    [61_706, '61.7 k'],
    [999_600, '1.00 M'],
    [11_689_512, '11.7 M'],
    [7.24e9, '7.24 G'],
  ])('shortens %d to %s', (count, text) => {
    expect(plain(formatCompact(count))).toBe(text);
  });

  it('says one tensor, but two tensors', () => {
    expect(formatNumberOf(1, 'tensor')).toBe('1 tensor');
    expect(formatNumberOf(2, 'tensor')).toBe('2 tensors');
  });
});

describe('percentages', () => {
  it.each([
    [0, '0 %'],
    [1, '100 %'],
    [0.2475, '24.8 %'],
    [0.05, '5.0 %'],
    [1.25, '125.0 %'],
  ])('writes %d as %s', (fraction, text) => {
    expect(plain(formatPercent(fraction))).toBe(text);
  });

  it('never rounds something to nothing, nor less than all to all', () => {
    expect(plain(formatPercent(0.0001))).toBe('< 0.1 %');
    expect(plain(formatPercent(0.99996))).toBe('> 99.9 %');
  });

  it('leaves out decimals where a budget has none', () => {
    expect(plain(formatShortPercent(0.25))).toBe('25 %');
    expect(plain(formatShortPercent(0.125))).toBe('12.5 %');
  });

  it('says in words how two sizes compare', () => {
    expect(plain(formatChange(100, 25))).toBe('75.0 % smaller');
    expect(plain(formatChange(100, 103))).toBe('3.0 % larger');
    expect(plain(formatChange(100, 40, ['fewer', 'more']))).toBe('60.0 % fewer');
    expect(formatChange(100, 100)).toBe('unchanged');
  });
});

describe('errors and values', () => {
  it.each([
    [0, '0'],
    [0.341_23, '0.341'],
    [1, '1.00'],
    [0.001, '0.00100'],
    [0.000_012_34, '1.23e-5'],
    [21.04, '21.0'],
    [1234.5, '1235'],
  ])('writes the error %d as %s', (error, text) => {
    expect(formatError(error)).toBe(text);
  });

  it('shows a dash for an error that is unknown', () => {
    expect(formatError(Number.NaN)).toBe('–');
  });

  it.each([
    [0, '0'],
    [-0.412_341, '−0.4123'],
    [123_456, '123500'],
    [-0.000_081_2, '−8.12e−5'],
    [1.5e9, '1.5e+9'],
  ])('writes the value %d as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it.each([
    [0, '0'],
    [-0.4, '−0.4'],
    [5000, '5000'],
    [10_000, '10 k'],
    [12_500, '12.5 k'],
    [100_000, '100 k'],
    [0.0001, '1e−4'],
  ])('keeps the tick %d as short as %s', (value, text) => {
    expect(plain(formatTick(value))).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [0.4, '0 ms'],
    [850, '850 ms'],
    [1234, '1.23 s'],
    [12_345, '12.3 s'],
    [200_000, '3 min 20 s'],
    [3_900_000, '1 h 5 min'],
  ])('writes %d ms as %s', (milliseconds, text) => {
    expect(plain(formatDuration(milliseconds))).toBe(text);
  });
});

describe('shapes, ranks and metadata', () => {
  it('writes shapes and ranks as the field does', () => {
    expect(formatShape([64, 3, 7, 7])).toBe('64 × 3 × 7 × 7');
    expect(formatShape([])).toBe('scalar');
    expect(formatRank(12)).toBe('12');
    expect(formatRank([1, 4, 5, 1])).toBe('(1, 4, 5, 1)');
  });

  it('indents metadata that is JSON and leaves the rest alone', () => {
    expect(formatMetadata('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(formatMetadata('{not json')).toBe('{not json');
    expect(formatMetadata('pt')).toBe('pt');
  });

  it('gives what lies behind a failure line by line', () => {
    const failure = {
      kind: 'file',
      message: 'No.',
      details: { file: 'a.npy', limit: 3 },
      stack: 'at x',
    } as const;
    expect(formatFailureDetails(failure)).toBe('kind: file\nfile: a.npy\nlimit: 3\nat x');
  });
});

describe('a rank with what it counts', () => {
  it.each([
    ['svd', 12, 'rank 12'],
    ['tucker', [14, 12, 3, 3], 'rank (14, 12, 3, 3)'],
    ['block', 1, '1 block'],
    ['block', 6554, '6 554 blocks'],
    ['kpd', 4, 'rank 4'],
  ])('%s %j reads as %s', (method, rank, text) => {
    expect(plain(formatSize(method, rank))).toBe(text);
  });
});
