import { expect, it } from 'vitest';
import { lastCall } from '../../../webview/lastCall';

it('computes anew only when an argument is another', () => {
  let computed = 0;
  const total = lastCall((values: readonly number[], factor: number) => {
    computed++;
    return values.reduce((sum, value) => sum + factor * value, 0);
  });
  const values = [1, 2];
  expect(total(values, 2)).toBe(6);
  expect(total(values, 2)).toBe(6);
  expect(computed).toBe(1);
  expect(total(values, 3)).toBe(9);
  // Only the last call is remembered, and arrays are compared by identity.
  expect(total(values, 2)).toBe(6);
  expect(total([1, 2], 2)).toBe(6);
  expect(computed).toBe(4);
});
