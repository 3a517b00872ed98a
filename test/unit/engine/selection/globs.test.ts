import { expect, it } from 'vitest';
import { matchesAnyGlob } from '../../../../src/engine/selection/globs';

it.each([
  ['conv*.weight', 'conv1.weight', true],
  ['conv*.weight', 'conv1.bias', false],
  ['*.weight', 'layer1.0.conv2.weight', true],
  ['layer?.0.*', 'layer1.0.conv2.weight', true],
  ['layer?.0.*', 'layer12.0.conv2.weight', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['*a*b*', 'xxbxxaxx', false],
  ['a.b', 'aXb', false],
  ['[ab]', 'a', false],
  ['', '', true],
  ['', 'a', false],
  ['**', 'anything', true],
])('%j against %j: %s', (glob, name, matches) => {
  expect(matchesAnyGlob([glob])(name)).toBe(matches);
});

it('lets any one of several globs match, and everything match none', () => {
  expect(matchesAnyGlob(['x', 'y*'])('yes')).toBe(true);
  expect(matchesAnyGlob([])('yes')).toBe(true);
  expect(matchesAnyGlob(undefined)('yes')).toBe(true);
});

it('does not run away on a name that almost matches', () => {
  const started = performance.now();
  expect(matchesAnyGlob(['*a'.repeat(30)])('a'.repeat(200) + 'b')).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});
