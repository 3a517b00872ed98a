import { describe, expect, it } from 'vitest';
import { formatCell, formatNumber, ratioOf } from '../../../../webview/benchmarks/cells';

describe('formatCell', () => {
  it('cuts to four significant digits, or to those of the column', () => {
    expect(formatCell({}, 0.123456)).toBe('0.1235');
    expect(formatCell({ digits: 2 }, 3.14159)).toBe('3.1');
  });

  it('never cuts an integer, nor the digits before the point', () => {
    expect(formatCell({ digits: 2 }, 1234567)).toBe('1\u202f234\u202f567');
    expect(formatCell({ digits: 2 }, 12345.6)).toBe('12\u202f346');
  });

  it('shows a dash where there is no value, and texts as they are', () => {
    expect(formatCell({}, null)).toBe('–');
    expect(formatCell({}, undefined)).toBe('–');
    expect(formatCell({}, NaN)).toBe('–');
    expect(formatCell({}, '(4, 4)')).toBe('(4, 4)');
  });
});

describe('formatNumber', () => {
  it('has an exponent for small numbers, and true minus signs', () => {
    expect(formatNumber(0.0000123456)).toBe('1.235e−5');
    expect(formatNumber(-0.25)).toBe('−0.2500');
    expect(formatNumber(0)).toBe('0');
  });
});

describe('ratioOf', () => {
  it('says how many times the earlier value the present one is', () => {
    expect(ratioOf(3, 4)).toBe(0.75);
  });

  it('says nothing without two numbers', () => {
    expect(ratioOf(3, 0)).toBeNull();
    expect(ratioOf(null, 4)).toBeNull();
    expect(ratioOf(3, '4')).toBeNull();
  });
});
