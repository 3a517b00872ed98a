import { describe, expect, it } from 'vitest';
import { publishedSettings } from '../../../../src/engine/sparse/publishedSettings';
import { sparseMethods } from '../../../../src/engine/sparse/sparseModel';

describe('published settings', () => {
  it('cover every competitor, each data set once per method', () => {
    const methods = new Set<string>(publishedSettings.map(({ method }) => method));
    expect([...methods].sort()).toEqual(sparseMethods.filter((m) => m !== 'neukron').sort());
    const keys = publishedSettings.map(({ method, data }) => `${method} ${data}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('turn shares of rows and columns into counts', () => {
    const cur = publishedSettings.find(({ method, data }) => method === 'cur' && data === 'email');
    expect(cur?.options).toHaveLength(15);
    expect(cur?.options[0]).toEqual({ rows: 10, columns: 259, rank: 10 });
    expect(cur?.options.at(-1)).toEqual({ rows: 101, columns: 2592, rank: 1000 });
  });
});
