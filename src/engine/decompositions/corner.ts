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

/** The sum of squares of all elements outside that corner. */
export function energyOutside(tensor: DenseTensor<Float64Array>, sizes: readonly number[]): number {
  const length = tensor.shape.at(-1) ?? 1;
  let sum = 0;
  visitRuns(
    tensor.shape,
    sizes,
    (from, inside) => {
      for (let at = from + inside; at < from + length; at++) {
        sum += tensor.data[at] ** 2;
      }
    },
    true,
  );
  return sum;
}

/**
 * Calls `visit` for every run of the last axis that meets the corner (for every run with `all`):
 * where it starts, and how many of its leading elements lie inside.
 */
function visitRuns(
  shape: readonly number[],
  sizes: readonly number[],
  visit: (from: number, inside: number) => void,
  all = false,
): void {
  const last = shape.length - 1;
  const index = new Array<number>(last).fill(0);
  const length = shape[last];
  const count = elementCount(shape);
  for (let from = 0; from < count; from += length) {
    const inside = index.every((position, axis) => position < sizes[axis]);
    if (inside || all) {
      visit(from, inside ? sizes[last] : 0);
    }
    for (let axis = last - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
}
