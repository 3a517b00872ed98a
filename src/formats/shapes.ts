/** Sizes of a shape that a file states, before anything is believed. */

/** No format or framework in use has tensors of higher order (NumPy stops at 64, PyTorch at 64). */
export const maxOrder = 64;

/**
 * A shape as stated by a file, or a sentence fragment saying why it is none: at most
 * {@link maxOrder} non-negative integers whose product is a safe integer.
 */
export function checkShape(value: unknown): { shape: readonly number[]; count: number } | string {
  if (!Array.isArray(value)) {
    return 'is not a list';
  }
  if (value.length > maxOrder) {
    return `has ${value.length} dimensions, more than the ${maxOrder} allowed`;
  }
  const shape: number[] = [];
  for (const size of value as readonly unknown[]) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      return `has the size ${JSON.stringify(size)}, which is not a non-negative whole number`;
    }
    shape.push(size + 0);
  }
  if (shape.includes(0)) {
    return { shape, count: 0 };
  }
  const count = shape.reduce((product, size) => product * size, 1);
  return Number.isSafeInteger(count)
    ? { shape, count }
    : `has more elements than can be counted (${shape.join(' × ')})`;
}
