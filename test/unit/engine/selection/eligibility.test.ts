import { describe, expect, it } from 'vitest';
import type { TensorEntry } from '../../../../src/formats/format';
import type { DType } from '../../../../src/engine/tensor/dtype';
import {
  ineligibleReason,
  measure,
  unusableReason,
} from '../../../../src/engine/selection/eligibility';

function entry(shape: readonly number[], dtype: DType | undefined = 'float32'): TensorEntry {
  const parameters = shape.reduce((product, size) => product * size, 1);
  return { name: 'w', shape, dtype, storedDtype: 'F32', parameters, bytes: 4 * parameters };
}

describe('which tensors get choices', () => {
  it.each([
    [[120, 400]],
    [[64, 32, 3]],
    [[64, 32, 3, 3]],
    [[64, 32, 3, 3, 3]],
    [[64, 32, 1, 1]],
    [[1, 32, 3, 3]],
  ])('%o is eligible', (shape) => {
    expect(ineligibleReason(entry(shape))).toBeUndefined();
  });

  it.each([
    [[], /single number/],
    [[64], /1-D/],
    [[64, 1], /one of its dimensions/],
    [[1, 1, 1, 9], /one of its dimensions/],
    [[64, 1, 3, 3], /depth-wise/],
    [[0, 4], /empty/],
    [[2, 2, 2, 2, 2, 2], /6 dimensions/],
  ])('%o is not, and the reason says why', (shape, reason) => {
    expect(ineligibleReason(entry(shape))).toMatch(reason);
  });

  it('leaves integers alone', () => {
    expect(ineligibleReason(entry([8, 8], 'int32'))).toBe('int32 values are not approximated');
  });

  it('leaves types it cannot read alone', () => {
    const unknown = { ...entry([8, 8]), dtype: undefined, storedDtype: 'F8_E4M3' };
    expect(ineligibleReason(unknown)).toContain('F8_E4M3');
  });
});

describe('measuring', () => {
  it('counts NaN and infinity and leaves them out of the norm', () => {
    const found = measure(Float64Array.of(3, Number.NaN, 4, -Infinity));
    expect(found).toEqual({ norm: 5, nonFinite: 2 });
    expect(unusableReason(found)).toBe('2 of its values are NaN or infinite');
  });

  it('has the norm of values whose squares leave the range of f64', () => {
    const faint = measure(Float64Array.of(3e-170, 4e-170));
    expect(faint.norm / 5e-170).toBeCloseTo(1, 12);
    expect(unusableReason(faint)).toContain('too small');
    const huge = measure(Float64Array.of(3e200, 4e200));
    expect(huge.norm / 5e200).toBeCloseTo(1, 12);
    expect(unusableReason(huge)).toContain('too large');
  });

  it('takes a tensor of zeros', () => {
    const found = measure(new Float64Array(4));
    expect(found).toEqual({ norm: 0, nonFinite: 0 });
    expect(unusableReason(found)).toBeUndefined();
  });
});
