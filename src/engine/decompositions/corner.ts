import { elementCount, type DenseTensor } from '../tensor/tensor';

/** The elements whose index along every axis k is below `sizes[k]`. */
export function corner(
  tensor: DenseTensor<Float64Array>,
  sizes: readonly number[],
): DenseTensor<Float64Array> {
  const result = new Float64Array(elementCount(sizes));
  let to = 0;
  visitRuns(tensor.shape, sizes, (from, inside) => {
    result.set(tensor.data.subarray(from, from + inside), to);
    to += inside;
  });
  return { shape: [...sizes], data: result };
}

/** Squares of all elements, summed over the axes from `axis` on: a tensor of the axes before it. */
export function energies(
  tensor: DenseTensor<Float64Array>,
  axis: number,
): DenseTensor<Float64Array> {
  const shape = tensor.shape.slice(0, axis);
  const length = elementCount(tensor.shape.slice(axis));
  const data = new Float64Array(elementCount(shape));
  const values = tensor.data;
  for (let i = 0, at = 0; i < data.length; i++) {
    let sum = 0;
    for (const end = at + length; at < end; at++) {
      sum += values[at] * values[at];
    }
    data[i] = sum;
  }
  return { shape, data };
}

/** The sum of all elements outside the corner of `sizes`. */
export function sumOutside(tensor: DenseTensor<Float64Array>, sizes: readonly number[]): number {
  let sum = 0;
  const { data } = tensor;
  visitRuns(
    tensor.shape,
    sizes,
    (from, inside, length) => {
      sum += sumOf(data, from + inside, from + length);
    },
    true,
  );
  return sum;
}

function sumOf(data: Float64Array, from: number, end: number): number {
  let sum = 0;
  for (let at = from; at < end; at++) {
    sum += data[at];
  }
  return sum;
}

/**
 * Calls `visit` for every contiguous run that meets the corner (for every run with `all`): where
 * it starts, how many of its leading elements lie inside, and its length. Trailing axes that the
 * corner takes whole are one run with the axis before them.
 */
function visitRuns(
  shape: readonly number[],
  sizes: readonly number[],
  visit: (from: number, inside: number, length: number) => void,
  all = false,
): void {
  let last = shape.length - 1;
  while (last > 0 && sizes[last] === shape[last]) {
    last--;
  }
  const inner = elementCount(shape.slice(last + 1));
  const index = new Array<number>(Math.max(0, last)).fill(0);
  const length = (shape[last] ?? 1) * inner;
  const insideOfRun = (sizes[last] ?? 1) * inner;
  const count = elementCount(shape);
  for (let from = 0; from < count; from += length) {
    const inside = index.every((position, axis) => position < sizes[axis]);
    if (inside || all) {
      visit(from, inside ? insideOfRun : 0, length);
    }
    for (let axis = last - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
}
