import { describe, expect, it } from 'vitest';
import { attemptKey, isTrained, methodTitle } from '../../../../src/views/sparse/attempts';
import { neukron, offer, tsvd } from './sparseSamples';

describe('attemptKey', () => {
  it('is the same for settings that are left out and for their defaults', () => {
    expect(attemptKey({ method: 'tsvd', options: {} }, offer)).toBe(attemptKey(tsvd(10), offer));
  });

  it('does not depend on the order of the settings', () => {
    const one = { method: 'neukron', options: { hidden: 5, epochs: 3 } } as const;
    const other = { method: 'neukron', options: { epochs: 3, hidden: 5 } } as const;
    expect(attemptKey(one, offer)).toBe(attemptKey(other, offer));
  });

  it('differs where a method or a setting does', () => {
    const keys = [tsvd(1), tsvd(2), neukron, { method: 'cur', options: { rank: 1 } } as const].map(
      (attempt) => attemptKey(attempt, offer),
    );
    expect(new Set(keys).size).toBe(4);
  });
});

describe('what an offer says of a method', () => {
  it('tells which are trained, and their titles', () => {
    expect([isTrained('neukron', offer), isTrained('tsvd', offer)]).toEqual([true, false]);
    expect(methodTitle('tsvd', offer)).toBe('Truncated SVD');
    expect(methodTitle('cp', offer)).toBe('cp');
  });
});
