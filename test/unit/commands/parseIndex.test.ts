import { describe, expect, it } from 'vitest';
import { parseIndex } from '../../../src/commands/parseIndex';

const dims = [60, 90];

describe('parseIndex', () => {
  it.each(['3, 17', '3 17', ' 3,17 ', '(3, 17)', '[3;17]'])('reads "%s"', (text) => {
    expect(parseIndex(text, dims)).toEqual([3, 17]);
  });

  it('takes the first and the last place', () => {
    expect(parseIndex('0, 0', dims)).toEqual([0, 0]);
    expect(parseIndex('59, 89', dims)).toEqual([59, 89]);
  });

  it.each([
    ['', '2 whole numbers'],
    ['3', '2 whole numbers'],
    ['1, 2, 3', '2 whole numbers'],
    ['60, 1', 'Number 1 must be a whole one from 0 to 59'],
    ['1, 90', 'Number 2 must be a whole one from 0 to 89'],
    ['-1, 0', 'Number 1'],
    ['1, 1.5', 'Number 2'],
    ['a, 2', 'Number 1'],
  ])('says what is wrong with "%s"', (text, reason) => {
    expect(parseIndex(text, dims)).toContain(reason);
  });
});
