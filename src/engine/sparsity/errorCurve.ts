import { UsageError } from '../../failures';

/**
 * What is lost by keeping only the first blocks of an order: entry q, from 0 to the number of
 * blocks, is the Frobenius norm of the blocks from the q-th on. Entry 0 is the norm of the matrix,
 * the last is 0.
 * @param energies squared norms of the blocks.
 */
export function residuals(energies: Float64Array, order: Uint32Array): Float64Array {
  const result = new Float64Array(order.length + 1);
  let square = 0;
  for (let q = order.length - 1; q >= 0; q--) {
    square += energies[order[q]];
    result[q] = Math.sqrt(square);
  }
  return result;
}

/**
 * The nearest whole number of blocks to a share of them, halves up.
 * @throws UsageError for a share outside 0 to 1.
 */
export function blocksForKept(count: number, kept: number): number {
  return Math.round(share('kept', kept) * count);
}

/** Rounding of 1 - energy, and of a square root squared, on a share of 1. */
const slack = 4 * Number.EPSILON;

/**
 * The fewest blocks, taken in order, that hold the share `energy` of the squared norm; an energy of
 * 1 needs every block that is not zero.
 * @param residuals of {@link residuals}.
 * @throws UsageError for a share outside 0 to 1.
 */
export function blocksForEnergy(residuals: Float64Array, energy: number): number {
  const allowed = share('energy', energy) === 1 ? 0 : Math.sqrt(1 - energy + slack);
  const limit = allowed * residuals[0];
  let low = 0;
  let high = residuals.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (residuals[middle] <= limit) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

function share(name: string, value: number): number {
  if (!(value >= 0 && value <= 1)) {
    throw new UsageError(`"${name}" is a share from 0 to 1, not ${value}.`, { value, limit: 1 });
  }
  return value;
}
