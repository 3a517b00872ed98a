import { expect, it } from 'vitest';
import { noPatternReason } from '../../../../src/engine/patterns/eligibility';
import type { DType } from '../../../../src/engine/tensor/dtype';
import { patternProblem } from '../../../../src/protocol/patternTensors';

it.each<[readonly number[], DType | undefined, string, string | undefined]>([
  [[4, 4], 'float32', 'F32', undefined],
  [[4, 1], 'bfloat16', 'BF16', undefined],
  [[2, 1, 3, 3], 'float16', 'F16', undefined],
  [[2, 3, 4, 5, 6, 7], 'float64', 'F64', undefined],
  [[4, 4], 'int8', 'I8', 'int8 values have no blocks to drop'],
  [[4, 4], undefined, 'F8_E4M3', 'its type F8_E4M3 cannot be read'],
  [[4], 'float32', 'F32', '1-D tensor'],
  [[0], 'float32', 'F32', '1-D tensor'],
  [[], 'float32', 'F32', 'a single number'],
  [[0, 4], 'float32', 'F32', 'it is empty'],
])('shape %j of %s (%s): engine and host agree on %j', (shape, dtype, storedDtype, reason) => {
  const parameters = shape.reduce((product, size) => product * size, 1);
  const problem = dtype === undefined ? 'Its type is unknown.' : undefined;
  expect(noPatternReason({ shape, dtype, storedDtype, parameters, problem })).toBe(reason);
  expect(patternProblem({ shape, dtype: dtype ?? storedDtype, problem })).toBe(reason);
});
