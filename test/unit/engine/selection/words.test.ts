import { describe, expect, it } from 'vitest';
import { formatChoice, formatPercent } from '../../../../src/engine/selection/words';

describe('a percentage in a sentence', () => {
  it.each([
    [1, '100 %'],
    [0.123456, '12.3 %'],
    [0.0123456, '1.23 %'],
    [0.25, '25 %'],
    [0.001234, '0.12 %'],
    [0.0001234, '0.0123 %'],
    [1e-5, '0.001 %'],
    [3.3e-10, '3.3e-8 %'],
    [0, '0 %'],
  ])('%d reads as %s', (fraction, text) => {
    expect(formatPercent(fraction)).toBe(text);
  });
});

describe('a choice in a sentence', () => {
  it.each([
    ['svd', 12, 'SVD rank 12'],
    ['tucker', [14, 12, 3, 3], 'Tucker (14, 12, 3, 3)'],
    ['block', 120, 'Block-sparse, 120 blocks'],
    ['block', 1, 'Block-sparse, 1 block'],
    ['kpd', 4, 'Block-sparse Kronecker rank 4'],
  ] as const)('%s of %j reads as %s', (method, rank, text) => {
    expect(formatChoice(method, rank)).toBe(text);
  });
});
