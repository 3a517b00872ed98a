import { describe, expect, it } from 'vitest';
import {
  createFeatureErrors,
  frobeniusNorm,
  residualNorm,
  weightErrors,
} from '../../../src/engine/errors';

describe('weightErrors', () => {
  it('gives the three errors of an example known by hand', () => {
    const absolute = residualNorm([3, 0, 4, 5], [1.5, 1.5, 4.5, 4.5]);
    const errors = weightErrors(absolute, frobeniusNorm([3, 0, 4, 5]), 4);
    expect(errors.absolute).toBeCloseTo(2.236068, 6);
    expect(errors.relative).toBeCloseTo(0.316228, 6);
    expect(errors.scaled).toBeCloseTo(0.559017, 6);
  });

  it('calls an exact zero tensor errorless and any other approximation of it infinitely wrong', () => {
    expect(weightErrors(0, 0, 9)).toEqual({ absolute: 0, relative: 0, scaled: 0 });
    expect(weightErrors(1, 0, 2)).toEqual({ absolute: 1, relative: Infinity, scaled: 0.5 });
  });
});

describe('residualNorm', () => {
  it('neither overflows nor vanishes at extreme scales', () => {
    expect(residualNorm([3e200, 0], [0, 4e200]) / 5e200).toBeCloseTo(1, 14);
    expect(residualNorm([3e-200, 0], [0, 4e-200]) / 5e-200).toBeCloseTo(1, 14);
    expect(frobeniusNorm([])).toBe(0);
    expect(frobeniusNorm([1, Infinity])).toBe(Infinity);
    expect(frobeniusNorm([1, NaN])).toBeNaN();
  });

  it('refuses arrays of different length', () => {
    expect(() => residualNorm([1], [1, 2])).toThrow(/Cannot compare/);
  });
});

describe('createFeatureErrors', () => {
  it('averages the errors of single inputs, not the error of all inputs together', () => {
    const errors = createFeatureErrors();
    expect(errors.result()).toBeUndefined();
    errors.add([3, 4], [0, 0]);
    errors.add([0, 10], [0, 9]);
    expect(errors.result()).toEqual({ absolute: 3, relative: (1 + 0.1) / 2, scaled: 1.5 });
  });
});
