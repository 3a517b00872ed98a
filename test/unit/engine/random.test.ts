import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/engine/random';

const draws = 20_000;

describe('createRandom', () => {
  it('repeats its stream for the same seed and differs for another, also a fractional or negative one', () => {
    const first = (seed: number) => {
      const random = createRandom(seed);
      return [random.next(), random.normal(), random.next(), random.normal()];
    };
    expect(first(5)).toEqual(first(5));
    const distinct = new Set([0, 1, 2, -1, 0.5, 2 ** 40].map((seed) => first(seed)[0]));
    expect(distinct.size).toBe(6);
  });

  it('keeps to one documented stream, so that a seed means the same in every version', () => {
    const random = createRandom(0);
    expect([random.next(), random.next(), random.normal()]).toMatchInlineSnapshot(`
      [
        0.6750985024813072,
        0.051309421615726936,
        -0.24977939451173042,
      ]
    `);
  });

  it('draws uniformly from [0, 1)', () => {
    const random = createRandom(1);
    const values = Array.from({ length: draws }, () => random.next());
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = values.filter((value) => Math.floor(value * 10) === tenth).length / draws;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.01);
    }
  });

  it('draws normals with mean 0, variance 1 and fourth moment 3', () => {
    const random = createRandom(2);
    const values = Array.from({ length: draws }, () => random.normal());
    const moment = (k: number) => values.reduce((sum, value) => sum + value ** k, 0) / draws;
    expect(Math.abs(moment(1))).toBeLessThan(0.03);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.04);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.3);
  });
});
