import { describe, expect, it } from 'vitest';
import { printable, renderTable } from '../../../src/cli/table';
import { bar, formatBytes, formatSeconds, formatShare } from '../../../src/cli/text';

describe('a table', () => {
  it('aligns text left and numbers right under a rule', () => {
    const lines = renderTable(
      [{ title: 'Name' }, { title: 'Count', align: 'right' }, { title: '' }],
      [
        ['a', '1', 'x'],
        ['longer', '1,234', ''],
      ],
    );
    expect(lines).toEqual(['Name    Count', '──────  ─────', 'a           1  x', 'longer  1,234']);
  });

  it('is cut off at the width of the terminal', () => {
    const lines = renderTable([{ title: 'Name' }], [['a long name']], 6);
    expect(lines).toEqual(['Name', '──────', 'a lon…']);
  });

  it('shows control characters instead of obeying them', () => {
    expect(printable('a\u001b[2Jb\n\u202e')).toBe('a\\u001b[2Jb\\u000a\\u202e');
  });
});

describe('a bar', () => {
  it('is filled in eighths of a character', () => {
    expect(bar(0, 4)).toBe('    ');
    expect(bar(0.5, 4)).toBe('██  ');
    expect(bar(1 / 32, 4)).toBe('▏   ');
    expect(bar(1, 4)).toBe('████');
  });

  it('shows a trace of what is not nothing, and never leaves its width', () => {
    expect(bar(1e-9, 4)).toBe('▏   ');
    expect(bar(7, 4)).toBe('████');
  });
});

it('numbers have units and three significant digits', () => {
  expect([0, 999, 1000, 1536, 10_239, 5e9].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '0.977 KB',
    '1.50 KB',
    '10.0 KB',
    '4.66 GB',
  ]);
  expect([0, 0.25, 1, 0.00123, 1e-9, 1.5].map(formatShare)).toEqual([
    '0 %',
    '25.0 %',
    '100 %',
    '0.123 %',
    '1.0e-7 %',
    '150 %',
  ]);
  expect([12.3, 1500, 75_000].map(formatSeconds)).toEqual(['12 ms', '1.50 s', '75.0 s']);
});
