import { describe, expect, it } from 'vitest';
import { noPatternReason } from '../../../src/engine/patterns/eligibility';
import { dtypes } from '../../../src/engine/tensor/dtype';
import type { TensorRow } from '../../../src/protocol/engine';
import type { DType } from '../../../src/engine/tensor/dtype';
import { firstPatternTensor, patternProblem } from '../../../src/protocol/patternTensors';

const row = (name: string, shape: readonly number[], dtype = 'float32'): TensorRow => {
  const parameters = shape.reduce((product, size) => product * size, 1);
  return { name, shape, dtype, parameters, bytes: 4 * parameters };
};

describe('patternProblem', () => {
  it('finds none with exactly the floating-point types of the engine', () => {
    const found = Object.keys(dtypes).filter(
      (dtype) => patternProblem(row('a', [4, 4], dtype)) === undefined,
    );
    const floats = Object.entries(dtypes).filter(([, { isFloat }]) => isFloat);
    expect(found).toEqual(floats.map(([dtype]) => dtype));
  });

  it.each([
    [row('a', [8]), '1-D tensor'],
    [row('a', []), 'a single number'],
    [row('a', [0, 4]), 'it is empty'],
    [row('a', [4, 4], 'int8'), 'int8 values have no blocks to drop'],
    [{ ...row('a', [4, 4], 'F8_E4M3'), problem: 'Unknown.' }, 'its type F8_E4M3 cannot be read'],
  ])('says of %o: %s', (tensor, reason) => {
    expect(patternProblem(tensor)).toBe(reason);
    // The engine refuses the same in the same words.
    const { problem, dtype } = tensor;
    const header = { ...tensor, dtype: problem === undefined ? (dtype as DType) : undefined };
    expect(noPatternReason({ ...header, storedDtype: dtype })).toBe(reason);
  });
});

describe('the tensor to show first', () => {
  it('is the largest matrix, even beside larger convolutions', () => {
    const tensors = [row('conv', [64, 64, 3, 3]), row('small', [4, 4]), row('large', [8, 8])];
    expect(firstPatternTensor(tensors)?.name).toBe('large');
  });

  it('is the largest of the others where there is no matrix, and the first of equals', () => {
    const tensors = [row('a', [4, 2, 3, 3]), row('b', [8, 4, 3, 3]), row('c', [4, 8, 3, 3])];
    expect(firstPatternTensor([...tensors, row('bias', [4096])])?.name).toBe('b');
  });

  it('is none where nothing has a pattern', () => {
    expect(firstPatternTensor([row('bias', [8]), row('index', [8, 8], 'int64')])).toBeUndefined();
  });
});
