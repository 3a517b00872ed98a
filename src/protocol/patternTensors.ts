import type { TensorRow } from './engine';

/** The types whose values are weights; the others are counted and copied, never approximated. */
const floats: readonly string[] = ['float64', 'float32', 'float16', 'bfloat16'];

type Described = Pick<TensorRow, 'shape' | 'dtype' | 'problem'>;

/**
 * Why a tensor has no pattern, as far as the file's table tells, in words that follow "cannot be
 * shown: "; undefined when it can be read as a matrix of numbers.
 */
export function patternProblem({ dtype, problem, shape }: Described): string | undefined {
  if (problem !== undefined) {
    return `its type ${dtype} cannot be read`;
  }
  if (!floats.includes(dtype)) {
    return `${dtype} values have no blocks to drop`;
  }
  if (shape.length < 2) {
    return shape.length === 0 ? 'a single number' : '1-D tensor';
  }
  return shape.includes(0) ? 'it is empty' : undefined;
}

/**
 * The tensor to show first: the largest matrix, where there is none the largest of the others that
 * have a pattern; the first of equals.
 */
export function firstPatternTensor(tensors: readonly TensorRow[]): TensorRow | undefined {
  const eligible = tensors.filter((tensor) => patternProblem(tensor) === undefined);
  const matrices = eligible.filter(({ shape }) => shape.length === 2);
  const [first, ...others] = matrices.length > 0 ? matrices : eligible;
  return others.reduce(
    (best, one) => (best === undefined || one.parameters > best.parameters ? one : best),
    first as TensorRow | undefined,
  );
}
